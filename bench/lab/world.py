"""One small world: users whose fate is known, an exporter that counts them, a cluster whose pod can die."""

import csv
import gzip
import io
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

from fake_api import FakeCluster

from slaharness.ledger.ledger import HEADER

#: What the load's clients count in.
COUNTER, BUCKET, GAUGE = "loadgen_requests_total", "loadgen_request_duration_seconds_bucket", "lag_seconds"
#: Seconds that an answer takes.
LATENCY = 0.02


class SetUpError(Exception):
    """The bench could not make a situation: that is nobody's wrong conclusion."""


def never(_since: float | None) -> bool:
    """No request fails."""
    return False


@dataclass
class World:
    """``fails`` says by the seconds since the fault struck (None before) whether a request fails.

    ``once_struck`` happens to the world two seconds after the fault.
    """

    folder: Path
    rate: float = 50.0
    fails: Callable[[float | None], bool] = never
    once_struck: Callable[["World"], None] | None = None
    counts: dict[str, float] = field(default_factory=lambda: {"ok": 0.0, "fail": 0.0})
    slow: Callable[[float | None], bool] = never
    lag: float = 1.0  # a gauge of the service's own
    quick: float = 0.0  # of the ok ones, those that took under half a second
    second: float | None = None  # what a second worker counts as ok
    told: str = ""  # how the exporter counts every request, whatever became of it
    strange: float | None = None  # in the place of the count of ok ones
    clock: float | None = None  # seconds that times, sent along with the figures, are off
    every: int = 1  # of so many scrapes one is answered
    bounds: tuple[str, ...] = ("0.1", "0.5", "+Inf")
    other_bounds: tuple[str, ...] = ()  # of a second pod's histogram
    rollback: str = "works"
    dies_after: float = 0.0  # seconds from its deletion until a pod's node acts
    ledger_ends: bool = True  # the load's account is whole
    mute: bool = False  # the exporter answers with errors
    prometheus: Any = None
    _struck: float | None = None
    _rows: list[tuple[object, ...]] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        world = self

        class Cluster(FakeCluster):
            def deleted(self, pod: dict[str, Any]) -> None:
                threading.Timer(world.dies_after, self.dead, (pod,)).start()

            def dead(self, pod: dict[str, Any]) -> None:
                super().deleted(pod)
                if not self.mute_kubelet:
                    world.strike()

        self.folder.mkdir(parents=True)
        self.folder.chmod(0o777)  # the rollback of an experiment that is nobody's makes a folder here
        self.cluster = Cluster(self.folder / "kubeconfig")
        self.cluster.namespace("application", **{"slaharness.dev/faults": "allowed"})
        self.cluster.deployment("application", "api", replicas=1, app="api")
        self.cluster.pod("application", "api-0", app="api")
        self.exporter = _exporter(self)

    def strike(self) -> None:
        """The fault has happened."""
        self._struck = time.time()
        if self.once_struck:
            threading.Timer(2.0, self.once_struck, (self,)).start()

    def restart_clients(self) -> None:
        """Begin to count from zero again, as a new process does."""
        self.counts, self.quick = {"ok": 0.0, "fail": 0.0}, 0.0

    @property
    def marker(self) -> Path:
        """The folder that a rollback makes, where it works."""
        return self.folder / ("restored" if self.rollback == "works" else "no/such/folder")

    @property
    def url(self) -> str:
        """Where users' answers are to be had, and of the world's own users their metrics and their ledger."""
        return f"http://127.0.0.1:{self.exporter.server_address[1]}"

    def failing(self) -> bool:
        """Whether a request fails now."""
        return self.fails(self._since)

    @property
    def _since(self) -> float | None:
        return time.time() - self._struck if self._struck else None

    def live(self) -> None:
        """Have users until ``end``."""
        threading.Thread(target=self._users, daemon=True).start()

    def end(self) -> None:
        self._over.set()
        self.cluster.close()
        self.exporter.shutdown()

    def ledger(self) -> bytes:
        """What became of every request, as the load has it."""
        rows, text = list(self._rows), io.StringIO()
        end = [("# end", len(rows))] if self.ledger_ends else []
        csv.writer(text, lineterminator="\n").writerows([HEADER, *rows, *end])
        return gzip.compress(text.getvalue().encode())

    def metrics(self) -> str:
        """What the load's exporter shows."""
        counts = dict(self.counts)
        if self.told:
            counts = {outcome: sum(counts.values()) if outcome == self.told else 0.0 for outcome in counts}
        if self.strange is not None:
            counts["ok"] = self.strange
        lines = [f"{GAUGE} {self.lag}"]
        for outcome, ended in counts.items():
            lines.append(f'{COUNTER}{{outcome="{outcome}"}} {ended}')
            quick = self.quick if outcome == "ok" else ended
            lines += [
                f'{BUCKET}{{outcome="{outcome}",le="{le}"}} {ended if le == "+Inf" else quick}'
                for le in self.bounds
            ]
        lines += [f'{BUCKET}{{outcome="ok",pod="b",le="{le}"}} 7' for le in self.other_bounds]
        if self.second is not None:
            lines.append(f'{COUNTER}{{outcome="ok",worker="2"}} {self.second}')
        stamp = "" if self.clock is None else f" {round(1000 * (time.time() + self.clock))}"
        return "".join(f"{line}{stamp}\n" for line in lines)

    def _users(self) -> None:
        due = time.monotonic()
        while not self._over.wait(max(0.0, due - time.monotonic())):
            due += 1 / self.rate
            now = time.time()
            outcome, status = ("fail", 503) if self.failing() else ("ok", 200)
            slow = self.slow(self._since)
            self.quick += outcome == "ok" and not slow
            sent = f"{now - (1.0 if slow else LATENCY):.6f}"
            self._rows.append((sent, sent, f"{now:.6f}", "read", "read", "", "", outcome, status))
            self.counts[outcome] += 1


def _exporter(world: World) -> ThreadingHTTPServer:
    scrapes = count()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/answer":
                self.answer(503 if world.failing() else 200)
            elif self.path == "/ledger":
                self.answer(200, world.ledger())
            else:
                scraped = next(scrapes) % world.every == 0 and not world.mute
                self.answer(200 if scraped else 500, world.metrics().encode())

        def do_POST(self) -> None:
            with suppress(FileNotFoundError):
                world.marker.mkdir()
            self.answer(200 if world.marker.exists() else 500)

        def answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.end_headers()
            with suppress(ConnectionError):  # Prometheus was stopped
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.5,), daemon=True).start()
    return server
