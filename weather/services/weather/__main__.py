"""``python -m weather SERVICE``: run one until SIGTERM, then leave politely."""

import argparse
import asyncio
import logging
import signal
import socket
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from types import FrameType, ModuleType

import uvicorn
from fastapi import FastAPI

from weather import app
from weather.database import Database
from weather.settings import UNREAD, Settings, from_environment

SERVICES = ("readings", "conditions", "alerts", "forecast", "tasks", "fanout", "analytics", "notify")


class Server(uvicorn.Server):
    """On SIGTERM: say not ready, serve on until every edge has seen it, finish what is in flight, end."""

    def __init__(
        self, config: uvicorn.Config, service: FastAPI, drain: float, end: Callable[[], None] = lambda: None
    ) -> None:
        """``end``: ends what would go on without end."""
        super().__init__(config)
        self._service, self._drain, self._end = service, drain, end
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig != signal.SIGTERM or self._loop is None or self._service.state.draining:
            super().handle_exit(sig, frame)
            return
        self._service.state.draining = True
        self._loop.call_soon_threadsafe(self._loop.call_later, self._drain, self._stop)

    def _stop(self) -> None:
        self._end()
        self.should_exit = True


def build(name: str, module: ModuleType, settings: Settings) -> FastAPI:
    """The service on a real database. One that has work of its own does it beside its answers."""
    database = Database(settings, module.STATEMENTS)
    own = (module.work,) if hasattr(module, "work") else ()
    return app.create(
        name, module.routes, database, about=module.__doc__, lifespan=app.supervised(database, *own)
    )


def listening(config: uvicorn.Config, unread: float) -> socket.socket:
    """Where the service listens; who takes nothing for so many seconds is cut off by the kernel."""
    made = config.bind_socket()
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(unread * 1000))  # connections inherit it
    return made


def main() -> None:
    """Run the service named on the command line."""
    parser = argparse.ArgumentParser(prog="weather", description=__doc__)
    parser.add_argument("service", choices=SERVICES)
    name = parser.parse_args().service
    settings = from_environment()
    settings = replace(settings, database_role=settings.database_role or name)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # The driver tells every failed try, once a second and node, with a traceback; we tell what is new of it.
    logging.getLogger("cassandra").setLevel(logging.CRITICAL)
    module = import_module(f"weather.{name}")
    service = build(name, module, settings)
    config = uvicorn.Config(
        service,
        host=settings.address,
        port=settings.port,
        access_log=False,
        # Longer than the edge keeps an idle connection, so that only the edge closes them.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=int(settings.finish_within),
    )
    server = Server(config, service, settings.drain, getattr(module, "end", lambda: None))
    server.run([listening(config, UNREAD)])


if __name__ == "__main__":
    main()
