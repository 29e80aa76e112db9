"""What Prometheus and the kubelet may ask: how far behind this is, whether it has begun; that it lives."""

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from prometheus_client import Counter, Gauge, generate_latest

MESSAGES = Counter("lake_messages", "Messages done with, repeats included")
ROWS = Counter("lake_rows", "Rows that were added or changed")
DEAD = Counter("lake_dead_letters", "Messages that could not be true, put aside with the reason")
COMMITS = Counter("lake_commits", "Batches that were kept")
FAILURES = Counter("lake_failures", "Tries that failed and were made again")
FILES = Gauge("lake_files", "Parquet files that count")
SECONDS = Gauge("lake_commit_seconds", "What the last batch took to keep")
BEHIND = Gauge("lake_behind_seconds", "Age of the oldest message in hand")
#: Seconds without a turn after which this is taken for stuck. A try has its own limits, far below.
STUCK = 180.0


class Health:
    """Since when the oldest message in hand waits, whether all is open, and when the last turn was."""

    def __init__(self) -> None:
        self.begun = False
        self._oldest: float | None = None
        self.turn()
        BEHIND.set_function(self._behind)

    def turn(self) -> None:
        self._turned = time.monotonic()

    def holds(self, published: int | None) -> None:
        """The oldest message in hand is of then (epoch ms); None: there is none."""
        self._oldest = None if published is None else published / 1000

    def _behind(self) -> float:
        oldest = self._oldest
        return 0.0 if oldest is None else max(time.time() - oldest, 0.0)

    def answer(self, path: str) -> tuple[int, bytes]:
        """Of ``/metrics``, ``/ready`` and ``/alive``."""
        if path == "/metrics":
            return 200, generate_latest()
        if path == "/ready":
            return (200, b"ready\n") if self.begun else (503, b"waiting for Pulsar and the object store\n")
        if path == "/alive":
            stuck = time.monotonic() - self._turned > STUCK
            return (503, b"stuck\n") if stuck else (200, b"alive\n")
        return 404, b"there is /metrics, /ready, /alive\n"


class Server(ThreadingHTTPServer):
    """Answers beside the work."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], health: Health) -> None:
        super().__init__(address, Handler)
        self.health = health
        Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server

    def do_GET(self) -> None:
        status, content = self.server.health.answer(self.path)
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing of each probe."""
