"""A small web shop: takes orders, shows them, exports them all. One table in PostgreSQL."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import psycopg
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool
from pydantic import BaseModel, Field

COLUMNS = ("id", "customer", "item", "quantity", "price")
COLUMN_LIST = ", ".join(COLUMNS)
INSERT = f"INSERT INTO orders ({COLUMN_LIST}) VALUES (%s, %s, %s, %s, %s) ON CONFLICT (id) DO NOTHING"  # noqa: S608
SELECT = f"SELECT {COLUMN_LIST} FROM orders"  # noqa: S608

#: A database that is replaced has another address: what was sent to the old one must not be waited for.
pool = ConnectionPool(
    os.environ["DATABASE"],
    kwargs={"connect_timeout": 2, "tcp_user_timeout": 3000, "options": "-c statement_timeout=3000"},
    min_size=1, max_size=10, timeout=3, reconnect_timeout=2, open=False,
)  # fmt: skip
requests = Counter("shop_requests", "Requests answered")
errors = Counter("shop_errors", "Requests that were answered with an error of ours")


@asynccontextmanager
async def connected(_: FastAPI) -> AsyncIterator[None]:
    """Begin to connect: the database may come later than we do."""
    pool.open()
    yield
    pool.close()


app = FastAPI(title="shop", lifespan=connected)


class Order(BaseModel):
    """One order, as a customer sends it."""

    id: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    customer: str = Field(pattern=r"^[A-Za-z0-9-]{1,60}$")
    item: str = Field(pattern=r"^[a-z ]{1,40}$")
    quantity: int = Field(ge=1, le=99)
    price: float = Field(ge=0)


@app.middleware("http")
async def count(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await answer(request)
    requests.inc()
    errors.inc(response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR)
    return response


@app.exception_handler(psycopg.OperationalError)
def unavailable(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": f"no database: {error}"}, status_code=503)


@app.get("/")
async def front_page() -> dict[str, list[str]]:
    return {"items": ["garden chair", "kettle", "lamp", "umbrella"]}


@app.post("/orders", status_code=201)
def place(order: Order) -> Order:
    """Answer 201 only once the order is committed: leaving the block commits, or raises."""
    with pool.connection() as database:
        database.execute(INSERT, [getattr(order, column) for column in COLUMNS])
    return order


@app.get("/orders/{order}")
def show(order: str) -> Order:
    with pool.connection() as database, database.cursor(row_factory=class_row(Order)) as cursor:
        found = cursor.execute(f"{SELECT} WHERE id = %s", [order]).fetchone()
    if found is None:
        raise HTTPException(404, f"no order {order}")
    return found


@app.get("/export")
def export() -> StreamingResponse:
    """All orders as CSV; the last line says how many there were, so that a cut is seen."""
    return StreamingResponse(_lines(), media_type="text/csv")


def _lines() -> Iterator[str]:
    count = 0
    yield ",".join(COLUMNS) + "\n"
    with pool.connection() as database, database.cursor(name="export") as cursor:
        for row in cursor.execute(f"{SELECT} ORDER BY id"):
            count += 1
            yield ",".join(map(str, row)) + "\n"
    yield f"# end,{count}\n"


@app.get("/ready")
def ready() -> dict[str, bool]:
    """Whether orders can be taken now."""
    with pool.connection() as database:
        database.execute("SELECT FROM orders LIMIT 1")
    return {"ready": True}


@app.get("/alive")
async def alive() -> dict[str, bool]:
    return {"alive": True}


@app.get("/metrics")
async def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
