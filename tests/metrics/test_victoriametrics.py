"""VictoriaMetrics in Prometheus's place: asked about the same samples, it leads to the same verdicts."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import requests
import victoriametrics
from judged import judged, verdict

from slaharness.cluster.api import Endpoint
from slaharness.metrics import replay, start_time
from slaharness.metrics.evidence import Series
from slaharness.metrics.prometheus import Prometheus
from slaharness.model import Measurement, Objective, Op, Outcome, Phase, SourceType, Timeslice, Window
from slaharness.objectives.judge import judge
from slaharness.report.outward.send import Receiver, send

pytestmark = pytest.mark.live

START = 1_700_000_000.25
WINDOW = Window(Phase.FAULT, START, START + 20)
GROWN = "sum(requests_total{%s} @ $end) - sum(requests_total{%s} @ $start)"
OK = 'job="load",case="%s",outcome="ok"'
ALL = 'job="load",case="%s"'
#: Per case, how many of ten requests a second fail in the Nth second, or None where nothing was scraped.
CASES: Mapping[str, list[float | None]] = {
    "calm": [0.0] * 30,
    "one in ten fails": [1.0] * 30,
    "an outage of five seconds": [0.0] * 12 + [10.0] * 5 + [0.0] * 13,
    "a gap of five seconds": [0.0] * 12 + [None] * 5 + [0.0] * 13,
    "ends before the window": [0.0] * 15,
    "nothing": [],
}
OUTCOMES = {
    "calm": Outcome.MET,
    "one in ten fails": Outcome.MISSED,
    "an outage of five seconds": Outcome.MISSED,
    "a gap of five seconds": Outcome.UNKNOWN,
    "ends before the window": Outcome.UNKNOWN,
    "nothing": Outcome.UNKNOWN,
    "began again": Outcome.UNKNOWN,
}


def objective(case: str, **more: object) -> Objective:
    good, total = (GROWN % (labels % case, labels % case) for labels in (OK, ALL))
    words = {"total": total, "good": good, "floor": 100, **more}
    return Objective("answers", "A", "edge", SourceType.RATIO, target=0.99, op=Op.AT_LEAST, **words)  # type: ignore[arg-type]  # words of one call


def series(case: str) -> Iterator[Series]:
    """Scraped every second from 5 s before the window; the counters as they grew until then."""
    counts = {"ok": 100.0, "fail": 0.0}
    samples: dict[str, list[tuple[float, float]]] = {"ok": [], "fail": []}
    for second, failed in enumerate(CASES[case]):
        counts["ok"] += 10 - (failed or 0)
        counts["fail"] += failed or 0
        for outcome, at in samples.items():
            if failed is not None:
                at.append((START - 4.6 + second, counts[outcome]))
    for outcome, found in samples.items():
        labels = {"__name__": "requests_total", "job": "load", "case": case, "outcome": outcome}
        yield Series(labels, tuple(found))


def everything() -> list[Series]:
    """All cases, one whose counter began again, and that the load was scraped."""
    found = [one for case in CASES for one in series(case) if one.samples]
    began = [(START - 4.6 + second, 10.0 * (second % 15)) for second in range(30)]
    labels = {"__name__": "requests_total", "job": "load", "case": "began again", "outcome": "ok"}
    found.append(Series(labels, tuple(began)))
    up = tuple((at, 1.0) for at, _ in began)
    return [*found, Series({"__name__": "up", "job": "load"}, up), *start_time.kept(START - 100, START + 25)]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Prometheus, Prometheus]]:
    """A Prometheus and a VictoriaMetrics that hold the same samples."""
    with (
        replay.replaying(everything()) as prometheus,
        victoriametrics.running(tmp_path_factory.mktemp("victoriametrics")) as url,
    ):
        victoriametrics.hold(url, everything())
        started = start_time.recorded(everything())
        endpoint = Endpoint(url, requests.Session())
        yield prometheus, Prometheus(endpoint, started=lambda _: started)


def figures(measured: Measurement) -> tuple[object, ...]:
    return measured.value, measured.good, measured.total, measured.problems, measured.slices


@pytest.mark.parametrize("case", OUTCOMES)
def test_the_same_samples_lead_to_the_same_verdict(both: tuple[Prometheus, Prometheus], case: str) -> None:
    """With the same figures, and the same doubts in the same words."""
    for asked in (objective(case), objective(case, timeslice=Timeslice(5.0, 0.99))):
        ours, theirs = (one.measure(asked, WINDOW) for one in both)
        assert figures(theirs) == figures(ours)
    assert judge(objective(case), both[1].measure(objective(case), WINDOW)).outcome is OUTCOMES[case]


def test_increase_is_exact_where_prometheus_guesses(both: tuple[Prometheus, Prometheus]) -> None:
    """The one difference: VictoriaMetrics reads increase() from samples, and extrapolates nothing."""
    query = 'sum(increase(requests_total{job="load",case="calm"}[$window] @ $end))'
    asked = Objective("grown", "G", "edge", SourceType.THRESHOLD, query, 150.0, Op.AT_LEAST)
    ours, theirs = (one.measure(asked, WINDOW) for one in both)
    assert theirs.value == 200
    assert ours.value == pytest.approx(200, rel=0.06)
    assert theirs.problems == ours.problems == ()


def test_it_says_when_it_started(tmp_path: Path) -> None:
    """By its own metrics: what it forgot in a restart inside a window would not be known else."""
    before = time.time()
    with victoriametrics.running(tmp_path) as url:
        said = start_time.asked(Endpoint(url, requests.Session()))
    assert said is not None
    assert before - 1 <= said <= time.time() + 1


def test_figures_arrive_by_either_protocol(tmp_path: Path) -> None:
    """Of runs of any age, as of when each ended."""
    with victoriametrics.running(tmp_path) as url:
        for path, protocol in (("api/v1/write", "remote-write"), ("opentelemetry/v1/metrics", "otlp")):
            store = judged(tmp_path / "reports", verdict(Outcome.MISSED), ended=START)
            send(store, Receiver(f"{url}/{path}", protocol, {"way": protocol}))
        victoriametrics.flush(url)
        asked = {"query": 'slaharness_verdict{way=~".+"}[5m]', "time": f"{START + 60:.3f}"}
        found = requests.get(f"{url}/api/v1/query", params=asked, timeout=10).json()["data"]["result"]
    assert {one["metric"]["way"]: one["values"] for one in found} == {
        "remote-write": [[START, "2"]], "otlp": [[START, "2"]],
    }  # fmt: skip
    named = {one["metric"]["way"]: one["metric"] for one in found}
    assert named["remote-write"]["job"] == "slaharness"
    # Unlike Prometheus, it makes no label `job` of the service's name.
    assert named["otlp"]["service.name"] == "slaharness"
