"""What each service says of itself at /metrics: requests by route and status, how long they took."""

import time
from typing import Any

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUESTS = Counter("http_requests", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "http_request_duration_seconds",
    "Time to the end of the answer",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10),
)

#: Asked by probes and scrapes only, several times a second.
OWN = frozenset({"/healthz", "/readyz", "/metrics"})


class Counted:
    """Counts every request that passes. A status of 0 is an answer broken off before its first byte."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OWN:
            await self.app(scope, receive, send)
            return
        status, began = 0, time.perf_counter()

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            _count(scope, status, time.perf_counter() - began)


def _count(scope: Scope, status: int, seconds: float) -> None:
    # The template, never the path: a label for each station would be without end.
    route: Any = scope.get("route")
    path = getattr(route, "path", "unknown")
    REQUESTS.labels(scope["method"], path, str(status)).inc()
    SECONDS.labels(scope["method"], path).observe(seconds)
