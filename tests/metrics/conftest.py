"""A real Prometheus on loopback, with an exporter whose counts are known; and a source of canned samples."""

from samples import nothing_lost, replicas, scrapes, series, window

__all__ = ["nothing_lost", "replicas", "scrapes", "series", "window"]

import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from promql_parser import AggregateExpr, BinaryExpr, Call, Expr, MatrixSelector, VectorSelector, parse

from slaharness.cluster.api import Endpoint
from slaharness.errors import HostTrouble
from slaharness.host.wait import until
from slaharness.metrics import process
from slaharness.metrics.evidence import Series
from slaharness.metrics.prometheus import Prometheus
from slaharness.model import Objective, Op, SourceType

#: Seconds between two scrapes of the real Prometheus here: quick, so that a window of ten scrapes is 4 s.
INTERVAL = 0.4

CONFIG = """
global: {{scrape_interval: 400ms, scrape_timeout: 400ms}}
scrape_configs:
- job_name: load
  static_configs: [{{targets: ['127.0.0.1:{exporter}']}}]
- job_name: prometheus
  static_configs: [{{targets: ['127.0.0.1:{prometheus}']}}]
  metric_relabel_configs:
  - {{source_labels: [__name__], regex: process_start_time_seconds, action: keep}}
"""


@dataclass
class Exporter:
    """Serves ``counts``, by label set, as the counter ``requests_total``; only errors when ``broken``.

    With a ``clock``, it sends times along, that many seconds from the true ones.
    """

    counts: dict[str, float] = field(default_factory=lambda: {'outcome="ok"': 1000, 'outcome="fail"': 7})
    broken: bool = False
    clock: float | None = None

    def serve(self) -> ThreadingHTTPServer:
        exporter = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(500 if exporter.broken else 200)
                self.end_headers()
                clock = exporter.clock
                stamp = "" if clock is None else f" {round(1000 * (time.time() + clock))}"
                counts = exporter.counts.items()
                lines = [f"requests_total{{{labels}}} {count}{stamp}\n" for labels, count in counts]
                lines += [f'took_bucket{{le="{le}"}} 7{stamp}\n' for le in ("0.5", "+Inf")]
                self.wfile.write("".join(lines).encode())

            def log_message(self, *args: object) -> None:
                """Be quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server


@dataclass
class Server:
    """A Prometheus process; its data outlive a restart. It takes five seconds to its first scrape."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(f"http://127.0.0.1:{self.port}", requests.Session())

    def start(self) -> None:
        self.started = time.time()
        self.process = process.launch(self.folder, self.port)
        until(self._scrapes_both, within=20, every=0.1, what="both jobs are scraped")

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _scrapes_both(self) -> bool:
        query = {"query": f"count(up == 1 and timestamp(up) > {self.started})"}
        try:
            answer = requests.get(f"{self.endpoint.url}/api/v1/query", params=query, timeout=5)
        except requests.ConnectionError:
            return False
        return answer.ok and [one["value"][1] for one in answer.json()["data"]["result"]] == ["2"]


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Exporter]]:
    """A Prometheus that scrapes an exporter and itself, for all tests here; skipped where there is none."""
    try:
        process.programs()
    except HostTrouble as missing:
        pytest.skip(str(missing))
    folder, exporter = tmp_path_factory.mktemp("prometheus"), Exporter()
    port = process.free_port()
    target = exporter.serve()
    (folder / "config.yaml").write_text(CONFIG.format(exporter=target.server_port, prometheus=port))
    server = Server(folder, port)
    yield server, exporter
    server.stop()
    target.shutdown()
    target.server_close()


@pytest.fixture
def server(pair: tuple[Server, Exporter]) -> Server:
    """The Prometheus, running, whatever the test before did to it or to the exporter."""
    server, exporter = pair
    exporter.counts, exporter.broken, exporter.clock = Exporter().counts, False, None
    if server.process is None:
        server.start()
    time.sleep(5 * INTERVAL)
    return server


@pytest.fixture
def exporter(pair: tuple[Server, Exporter]) -> Exporter:
    return pair[1]


@pytest.fixture
def prometheus(server: Server) -> Iterator[Prometheus]:
    """Our client of ``server``."""
    endpoint = server.endpoint
    with endpoint.session:
        yield Prometheus(endpoint, interval=INTERVAL)


@pytest.fixture(scope="session")
def availability() -> Objective:
    """99 % of what the exporter counts is ok."""
    return Objective(
        name="availability",
        title="Answers",
        service="edge",
        source=SourceType.RATIO,
        good='sum(requests_total{outcome="ok"} @ $end) - sum(requests_total{outcome="ok"} @ $start)',
        total="sum(requests_total @ $end) - sum(requests_total @ $start)",
        target=0.99,
        op=Op.AT_LEAST,
    )


@dataclass
class Tape:
    """A source that answers from canned series, by name; it knows as much PromQL as the objectives here use.

    Like Prometheus, it takes the newest sample before an instant, however old (up to five minutes) it is.
    """

    series: dict[str, list[Series]]

    def ask(self, query: str, at: float) -> Sequence[Series]:
        expression = parse(query)
        if isinstance(expression, MatrixSelector):
            return self._range(expression)
        return [Series({}, ((at, value),)) for value in self._values(expression)]

    def _values(self, node: Expr) -> list[float]:
        match node:
            case AggregateExpr():
                values = self._values(node.expr)
                return [sum(values)] if values else []
            case BinaryExpr():
                return [
                    left - right
                    for left, right in zip(self._values(node.lhs), self._values(node.rhs), strict=False)
                ]
            case Call() if node.func.name == "increase":
                return [one.samples[-1][1] - one.samples[0][1] for one in self._range(node.args[0])]
            case VectorSelector():
                instant = node.at.at.timestamp()
                return [found[1] for one in self._matching(node) if (found := one.before(instant))]
        raise NotImplementedError(str(node))

    def _range(self, matrix: MatrixSelector) -> list[Series]:
        end = matrix.vector_selector.at.at.timestamp()
        start = end - matrix.range.total_seconds()
        cut = [
            Series(one.labels, tuple(sample for sample in one.samples if start <= sample[0] <= end))
            for one in self._matching(matrix.vector_selector)
        ]
        return [one for one in cut if one.samples]

    def _matching(self, selector: VectorSelector) -> list[Series]:
        wanted = {matcher.name: matcher.value for matcher in selector.matchers.matchers}
        return [
            one
            for one in self.series.get(selector.name or "", [])
            if all(one.labels.get(name) == value for name, value in wanted.items())
        ]


@pytest.fixture(scope="session")
def tape() -> Callable[[dict[str, list[Series]]], Tape]:
    """Make a source of canned series."""
    return Tape
