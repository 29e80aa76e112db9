"""Which Prometheus is asked what, when the load's own series are with one and the stack's with another."""

import math
import time
from dataclasses import replace

import pytest
import requests

from slaharness.cluster.api import Endpoint
from slaharness.errors import MeasuringTrouble
from slaharness.metrics.evidence import Series
from slaharness.metrics.prometheus import Prometheus
from slaharness.metrics.routed import Routed
from slaharness.model import Objective, Op, Outcome, SourceType
from slaharness.objectives.judge import judge

LOAD = 'loadgen_requests_total{job="load"}'


class Taped(Prometheus):
    """Answers from canned series; None: does not answer at all."""

    def __init__(self, tape, interval=1.0):
        super().__init__(Endpoint("http://nowhere", requests.Session()), interval=interval)
        self.tape = tape

    def _answer(self, query, params):
        if self.tape is None:
            raise MeasuringTrouble("Prometheus did not answer")
        if query.startswith("min("):  # when all targets were scraped
            return [Series({}, ((0.0, math.inf),))]
        if query.startswith("{"):
            return [one for series in self.tape.series.values() for one in series]
        return [] if "vector(" in query else self.tape.ask(query, float(params["time"]))


def counting(*selectors):
    total = " + ".join(f"sum({one} @ $end) - sum({one} @ $start)" for one in selectors)
    return Objective(
        name="counted", title="", service="s", source=SourceType.THRESHOLD, total=total, target=1,
        op=Op.AT_LEAST,
    )  # fmt: skip


@pytest.fixture
def started(series):
    return series(lambda _: 1.0, __name__="process_start_time_seconds", job="prometheus", instance="p")


@pytest.fixture
def beside(tape, series, started):
    """The load's counter grows by 7 a second, and is scraped every second."""
    load = series(lambda at: 7 * at, __name__="loadgen_requests_total", job="load", instance="w:1")
    return Taped(tape({"loadgen_requests_total": [load], "process_start_time_seconds": [started]}))


@pytest.fixture
def stack(tape, started):
    """The stack's own, scraped every 15 s: its counter grows by 2 a second, and it has seen the load, too."""
    times = range(975, 1095, 15)
    web = Series({"__name__": "web_total", "job": "web"}, tuple((at, 2.0 * at) for at in times))
    load = Series(
        {"__name__": "loadgen_requests_total", "job": "pods"}, tuple((at, 7.0 * at) for at in times)
    )
    own = Series({**started.labels, "instance": "q"}, tuple((at, 1.0) for at in times))
    held = {"web_total": [web], "loadgen_requests_total": [load], "process_start_time_seconds": [own]}
    return Taped(tape(held), interval=15.0)


def test_what_the_load_counts_is_asked_of_the_prometheus_beside_it(beside, stack, window):
    """One sample a second is there for it, however seldom the stack's Prometheus looks."""
    found = Routed(beside, stack).measure(counting(LOAD), window)
    assert (found.value, found.problems) == (420.0, ())
    assert found.evidence["scrape interval, seconds"] == 1.0


def test_what_the_stack_counts_is_held_against_its_own_interval(beside, stack, window):
    """Four scrapes in a minute are what was promised: that is evidence, at 15 s and not at 1 s."""
    found = Routed(beside, stack).measure(counting("web_total"), window)
    assert (found.value, found.problems) == (120.0, ())
    assert found.evidence["scrape interval, seconds"] == 15.0
    hasty = Routed(beside, Taped(stack.tape, interval=1.0)).measure(counting("web_total"), window)
    assert any("promised" in problem for problem in hasty.problems)


def test_the_stacks_prometheus_is_given_its_time_to_look_once_more(beside, stack, window, monkeypatch):
    """A window's last scrape comes up to one interval later; what rests on the load does not wait for it."""
    settled = []
    monkeypatch.setattr(stack, "settle", settled.append)
    routed = Routed(beside, stack)
    routed.settle(window.end)
    routed.measure(counting(LOAD), window)
    assert settled == []
    routed.measure(counting("web_total"), window)
    assert settled == [window.end]


@pytest.mark.parametrize(
    ("selectors", "reason"),
    [
        ((LOAD, "web_total"), "no one Prometheus has both"),
        (("web_total",), "the stack has no Prometheus"),
    ],
)
def test_what_no_prometheus_has_is_unknown_and_says_why(beside, window, selectors, reason):
    """Half of an answer is none: neither a number nor an error, but UNKNOWN with the reason."""
    objective = counting(*selectors)
    verdict = judge(objective, Routed(beside, None).measure(objective, window))
    assert verdict.outcome is Outcome.UNKNOWN
    assert reason in verdict.reason


@pytest.mark.parametrize("selector", [LOAD, 'up{job="load"}', '{__name__=~"loadgen_.+"}'])
def test_the_loads_series_are_known_by_name_or_job(beside, stack, selector, window):
    """Metrics of Locust's process and whether it was scraped belong to the load as its counters do."""
    stack.tape = None
    found = Routed(beside, stack).measure(replace(counting(selector), name="x"), window)
    assert "Prometheus did not answer" not in found.problems


def test_a_record_keeps_the_series_of_both_and_the_loads_only_once(beside, stack):
    """The ledger is compared with what was scraped every second, not with the stack's few looks."""
    kept = Routed(beside, stack).series([counting(LOAD), counting("web_total")], 1000, 1060)
    jobs = sorted((one.name, one.labels["job"]) for one in kept)
    assert jobs == [
        ("loadgen_requests_total", "load"),
        ("process_start_time_seconds", "prometheus"),
        ("process_start_time_seconds", "prometheus"),
        ("web_total", "web"),
    ]


def test_a_stacks_prometheus_that_does_not_answer_takes_nothing_from_the_load(beside, stack, window):
    """A fault may take it; what the clients saw is measured and kept all the same, its own is UNKNOWN."""
    stack.tape = None
    routed = Routed(beside, stack)
    began = time.monotonic()
    counted, web = routed.measure_all([counting(LOAD), counting("web_total")], [window])
    assert time.monotonic() - began < 5
    assert (counted.value, counted.problems) == (420.0, ())
    assert "Prometheus did not answer" in web.problems
    assert [one.name for one in routed.series([counting("web_total")], 1000, 1060)] == [
        "loadgen_requests_total",
        "process_start_time_seconds",
    ]


def test_without_an_answer_of_the_prometheus_beside_the_load_a_record_keeps_nothing(beside, stack):
    """Then there is no second witness, and that is said."""
    beside.tape = None
    with pytest.raises(MeasuringTrouble, match="did not answer"):
        Routed(beside, stack).series([], 1000, 1060)
