"""The services, found where they are since images get them by copy, on a store without a database."""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from fastapi import APIRouter
from tables import Tables

from slaharness.host import wait

sys.path.insert(0, str(Path(__file__).parents[2] / "weather" / "services"))

import uvicorn
from weather.database import Unavailable

from weather import alerts, app, conditions, forecast, notify, readings, tasks


@dataclass
class FakeStore:
    """A Store that notes what it is asked, answers from ``rows``, and fails while ``trouble`` is set."""

    ready: bool = True
    trouble: str = ""
    rows: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, tuple[Any, ...], str]] = field(default_factory=list)

    async def run(
        self, text: str, values: Any = (), *, consistency: Any, within: Any = None, page: Any = None
    ) -> Any:
        self.asked.append((text, tuple(values), str(consistency)))
        if self.trouble:
            raise Unavailable(self.trouble)
        found = self.rows.get(text, [])
        return found(page) if callable(found) else found


@dataclass(frozen=True)
class Service:
    """One service on loopback."""

    url: str
    store: Any
    app: Any

    def ask(self, method: str, path: str, **words: Any) -> requests.Response:
        return requests.request(method, self.url + path, timeout=5, **words)


@contextmanager
def served(name: str, module: Any, store: Any = None) -> Iterator[Service]:
    store = store or FakeStore()
    service = app.create(name, module.routes, store)
    server = uvicorn.Server(uvicorn.Config(service, host="127.0.0.1", port=0, log_level="critical"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    try:
        wait.until(lambda: server.started, within=5, every=0.01, what="the service listens")
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Service(f"http://127.0.0.1:{port}", store, service)
    finally:
        server.should_exit = True
        thread.join(5)


@pytest.fixture
def readings_service() -> Iterator[Service]:
    with served("readings", readings) as service:
        yield service


@pytest.fixture
def conditions_service() -> Iterator[Service]:
    with served("conditions", conditions) as service:
        yield service


@pytest.fixture
def alerts_service() -> Iterator[Service]:
    with served("alerts", alerts) as service:
        yield service


@pytest.fixture
def forecast_service() -> Iterator[Service]:
    with served("forecast", forecast) as service:
        yield service


@pytest.fixture
def tasks_service() -> Iterator[Service]:
    with served("tasks", tasks) as service:
        yield service


@pytest.fixture
def notify_service() -> Iterator[Service]:
    with served("notify", notify, Tables()) as service:
        yield service


@pytest.fixture
def all_services() -> Iterator[Service]:
    """At one address, as the edge has them."""
    routes = APIRouter()
    for module in (readings, conditions, notify):
        routes.include_router(module.routes)
    with served("weather", SimpleNamespace(routes=routes), Tables()) as service:
        yield service


@pytest.fixture
def row() -> Callable[..., Any]:
    """Make a row as the driver gives it."""

    def make(at: int, temperature: float, station: str = "S1", key: str = "0" * 32) -> Any:
        instant = datetime(1970, 1, 1) + timedelta(milliseconds=at)  # noqa: DTZ001 - as the driver does
        return SimpleNamespace(station=station, at=instant, id=key, temperature=temperature)

    return make
