"""Runs beside any load profile, inside Locust: counts each request for Prometheus, writes it in the ledger.

``locust -f recorder.py,PROFILE.py``; of the harness only ``arrivals`` and ``rows`` are in the load's pod.
One listener does both in one go and never yields to another user between, so counters and ledger are two
accounts of the same events. HTTP on RECORDER_ADDRESS: ``GET /metrics``, ``GET /ledger`` (a gzip file),
``GET /state``, ``POST /stop`` (ends all users, waits for what is in flight, answers when all is written).
All but the metrics is for whoever sends as Slaharness-Token what RECORDER_TOKEN_SHA256 is the digest of.

A planned request (see ``arrivals``) is timed from the instant it was meant for, any other from its sending.
"""

import gc
import gzip
import hashlib
import hmac
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from typing import Any

import geventhttpclient.client
from gevent.event import Event
from gevent.pywsgi import WSGIServer
from locust import events
from locust.contrib.fasthttp import LocustBadStatusCode
from locust.exception import CatchResponseError, ResponseError
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    make_wsgi_app,
)
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector
from requests.exceptions import HTTPError

from slaharness.load.arrivals import Counts, Overflow, counts
from slaharness.load.rows import Rows

COLUMNS = ("intended", "sent", "finished", "name", "operation", "key", "value", "outcome", "status")
OUTCOMES = ("ok", "fail", "unknown")
#: Finite past the clients' timeouts: 5 s to connect and 5 s of silence.
BUCKETS = (
    0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75,
    1, 1.5, 2, 3, 5, 7.5, 10, 12.5, 15,
)  # fmt: skip
#: Errors that come with a whole answer. Any other says nothing about what became of the request.
ANSWERED = (CatchResponseError, ResponseError, LocustBadStatusCode, HTTPError)
#: What a method does to what is stored; any other writes.
OPERATIONS = {"GET": "read", "HEAD": "read", "OPTIONS": "read", "DELETE": "delete"}
#: What a profile's context may say of it. ``other`` changes what is not read back.
CHANGES = ("read", "write", "delete", "other")
#: Seconds since the epoch that a request may have begun ago, or be ahead: any other start is another clock's.
LONGEST, AHEAD = 3600.0, 1.0
#: Seconds that requests in flight may take to end after a stop: longer than any client waits.
DRAIN = 30
#: States of Locust's runner in which nothing is sent any more.
ENDED = frozenset({"stopping", "stopped", "cleanup"})

# FastHttpUser's client would send a read again when its connection is dropped, and show us only the last try.
geventhttpclient.client.IDEMPOTENT_METHODS = frozenset()

Start = Callable[[str, list[tuple[str, str]]], Any]


class Recorder:
    """The counters and the ledger of one Locust process."""

    def __init__(self, environment: Any, ledger: str) -> None:
        self.environment = environment
        self.errors: list[str] = []
        self.requests = 0
        self.stopping = Lock()
        self.fetched = Event()
        self.rows = Rows(ledger, COLUMNS, self._failed)
        self._register()
        self.metrics_app = make_wsgi_app(self.registry)

    def _register(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("name", "outcome")
        self.total = Counter("loadgen_requests", "Requests ended", labels, registry=self.registry)
        self.duration = Histogram(
            "loadgen_request_duration_seconds", "From when it was meant to be sent to its end", labels,
            buckets=BUCKETS, registry=self.registry,
        )  # fmt: skip
        users = Gauge("loadgen_users", "Users running", registry=self.registry)
        users.set_function(lambda: self.environment.runner.user_count)
        ProcessCollector(registry=self.registry)
        self.registry.register(Arriving())
        self.names: set[str] = set()
        for user in self.environment.user_classes:
            for name in getattr(user, "requests", ()):
                self._at_zero(name)

    def _at_zero(self, name: str) -> None:
        """A series that appears with its first count hides that count from Prometheus.

        Users who do not name their requests have them all from the first of that name: its first failure, in
        the middle of a fault, is then counted.
        """
        self.names.add(name)
        for outcome in OUTCOMES:
            self.total.labels(name, outcome)
            self.duration.labels(name, outcome)

    def on_request(self, **event: Any) -> None:
        """Count and write one request that has ended. Locust drops what a listener raises; this one tells."""
        try:
            self._record(**event)
        except Exception as error:  # noqa: BLE001 - whatever it is, this request stands nowhere
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        self.errors.append(f"the recorder: {type(error).__name__}: {error}")

    def _record(
        self, *, request_type: str, name: str, response_time: float | None = None,
        start_time: float | None = None, response: Any = None, exception: BaseException | None = None,
        context: dict[str, Any] | None = None, **_: Any,
    ) -> None:  # fmt: skip
        """Of an event that is fired by hand, Locust itself asks no more than a type, a name and a time."""
        status = getattr(response, "status_code", 0) or 0
        outcome, context = outcome_of(status, exception), context or {}
        took = (response_time or 0.0) / 1000
        start = began(start_time, took)
        # In the ledger's microseconds, so that both accounts put it under the same bounds.
        finished = round(start + took, 6)
        intended = round(min(context.get("intended", start), start), 6)
        operation = context.get("operation") or OPERATIONS.get(request_type, "write")
        said = (name, operation, context.get("key"), context.get("value"))
        words = ["" if one is None else str(one) for one in said]
        if operation not in CHANGES or any(mark in word for word in words for mark in "\r\n"):
            raise ValueError(f"a request that no ledger can hold: {words}")
        times = (f"{intended:.6f}", f"{start:.6f}", f"{finished:.6f}")
        if name not in self.names:
            self._at_zero(name)
        self.total.labels(name, outcome).inc()
        self.duration.labels(name, outcome).observe(round(finished - intended, 6))
        self.rows.write((*times, *words, outcome, status))
        self.requests += 1

    def on_user_error(self, *, exception: BaseException, **_: Any) -> None:
        self.errors.append(f"{type(exception).__name__}: {exception}")

    def state(self) -> dict[str, Any]:
        runner = self.environment.runner
        return {
            "at": time.time(),
            "state": runner.state,
            "users": runner.user_count,
            "wanted": runner.target_user_count,
            "requests": self.requests,
            "rate": round(runner.stats.total.current_rps, 2),
            "arrivals": Counts(*map(sum, zip(Counts(), *counts().values(), strict=True)))._asdict(),
            "errors": len(self.errors),
            "error": self.errors[0] if self.errors else "",
        }

    def stop(self) -> dict[str, Any]:
        """End all users. ``drained`` is false when some had to be cut off in mid-request: unrecorded."""
        with self.stopping:
            began = time.monotonic()
            self.environment.stop_timeout = DRAIN
            self.environment.runner.stop()
            drained = time.monotonic() - began < DRAIN
        return {"drained": drained, **self.state()}

    def ledger(self) -> bytes:
        """What is written by now, as a gzip file, with a last line that proves it whole."""
        end = f"# end,{self.requests}\n".encode()
        return gzip.compress(self.rows.whole() + end, compresslevel=3)

    def linger(self, **_: Any) -> None:
        """Keep a load that has ended by itself, as a shape's does, until its ledger was fetched."""
        self.fetched.wait(float(os.environ.get("RECORDER_LINGER") or 0))

    def _handed_over(self) -> Iterator[bytes]:
        yield self.ledger()
        if self.environment.runner.state in ENDED:
            self.fetched.set()

    def __call__(self, request: dict[str, Any], start: Start) -> Iterable[bytes]:
        """Answer one HTTP request (WSGI)."""
        match request["REQUEST_METHOD"], request["PATH_INFO"]:
            case "GET", "/metrics":
                answer: Iterable[bytes] = self.metrics_app(request, start)
                return answer
            case _ if not admitted(request.get("HTTP_SLAHARNESS_TOKEN", "")):
                start("403 Forbidden", [("Content-Type", "text/plain")])
                return [b"only whoever began this load may ask for that\n"]
            case "GET", "/ledger":
                start("200 OK", [("Content-Type", "application/gzip")])
                return self._handed_over()
            case "GET", "/state":
                return _json(start, self.state())
            case "POST", "/stop":
                return _json(start, self.stop())
            case _:
                start("404 Not Found", [("Content-Type", "text/plain")])
                return [b"GET /metrics /ledger /state, POST /stop\n"]


class Arriving(Collector):
    """The arrivals of each user class, for Prometheus."""

    def collect(self) -> Iterator[CounterMetricFamily]:
        there = counts()
        for kind in Counts._fields:
            family = CounterMetricFamily(f"loadgen_arrivals_{kind}", f"Arrivals {kind}", labels=("user",))
            for user, each in there.items():
                family.add_metric((user,), getattr(each, kind))
            yield family


def admitted(token: str) -> bool:
    """Whether it is the token that the load was begun with. Without one in the environment, nobody has it."""
    wanted = os.environ.get("RECORDER_TOKEN_SHA256", "")
    return hmac.compare_digest(hashlib.sha256(token.encode()).hexdigest(), wanted)


def began(start: float | None, took: float) -> float:
    """When a request began that ends now; ``start`` is what its event says, in whatever clock."""
    now = time.time()
    if start is None or not now - LONGEST <= start <= now + AHEAD:
        return now - took
    return start


def outcome_of(status: int, exception: BaseException | None) -> str:
    """Whether all was good, surely bad, or no whole answer came (``unknown``: it may have been done)."""
    if exception is None:
        return "ok"
    if isinstance(exception, Overflow):
        return "fail"
    return "fail" if status and isinstance(exception, ANSWERED) else "unknown"


def _json(start: Start, body: dict[str, Any]) -> list[bytes]:
    start("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(body).encode()]


@events.init.add_listener  # type: ignore[untyped-decorator]
def listen(environment: Any, **_others: Any) -> None:
    """Begin to record once all user classes are known. An address that is taken ends Locust."""
    recorder = Recorder(environment, os.environ.get("RECORDER_LEDGER", "ledger.csv"))
    environment.events.request.add_listener(recorder.on_request)
    environment.events.user_error.add_listener(recorder.on_user_error)
    environment.events.quitting.add_listener(recorder.linger)
    host, _, port = os.environ.get("RECORDER_ADDRESS", ":9646").rpartition(":")
    WSGIServer((host, int(port)), recorder, log=None).start()
    # Whenever the collector went through all that is loaded by now, requests would wait for 30 ms.
    gc.freeze()
