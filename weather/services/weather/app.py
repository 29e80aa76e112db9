"""What the services have in common: health, readiness, metrics, errors as JSON, the database's life."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Gauge, generate_latest
from starlette.types import Lifespan

from weather import answers
from weather.database import Database, Store
from weather.metrics import Counted


def store(request: Request) -> Store:
    """The database of the service that got this request."""
    found: Store = request.app.state.store
    return found


Db = Annotated[Store, Depends(store)]


def create(
    name: str,
    routes: APIRouter,
    database: Store,
    *,
    about: str | None = None,
    lifespan: Lifespan[Any] | None = None,
) -> FastAPI:
    """A service ready to be run; ``about`` tells its readers what it is for."""
    app = FastAPI(
        title=name,
        description=about or "",
        lifespan=lifespan,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses=answers.EVERYWHERE,
        max_body_size=answers.MOST,
    )
    app.state.store = database
    app.state.draining = False
    app.state.supervisor = None
    app.include_router(routes)
    app.include_router(_own)
    answers.add_to(app)
    app.add_middleware(Counted)
    return app


def supervised(database: Database, *work: Callable[[Store], Awaitable[None]]) -> Lifespan[Any]:
    """Keeps ``database`` connected for as long as the service runs, and the service at its ``work``."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        Gauge("database_reachable", "1 while a database node answers").set_function(
            lambda: float(database.reachable)
        )
        app.state.supervisor = task = asyncio.gather(database.supervise(), *(do(database) for do in work))
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    return lifespan


_own = APIRouter(include_in_schema=False)


@_own.get("/healthz")
async def healthz(request: Request) -> Response:
    """Alive: the event loop turns, and someone looks after the connection to the database."""
    supervisor = request.app.state.supervisor
    if supervisor and supervisor.done():
        return JSONResponse({"reason": f"supervisor ended: {supervisor}"}, status_code=503)
    return JSONResponse({"status": "alive"})


@_own.get("/readyz")
async def readyz(request: Request) -> Response:
    """Can serve: has reached a quorum once, and is not on its way out."""
    state = request.app.state
    if state.draining:
        return JSONResponse({"reason": "shutting down"}, status_code=503)
    if not state.store.ready:
        return JSONResponse({"reason": "the database has not answered yet"}, status_code=503)
    return JSONResponse({"status": "ready"})


@_own.get("/metrics")
async def metrics() -> Response:
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
