"""Every cause of UNKNOWN, one case each: it comes out UNKNOWN, and the reason names the cause.

The world without a cause is good in all cases: only the cause stands between it and MET.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf, nan

import pytest

from slaharness.errors import MeasuringTrouble
from slaharness.metrics.evidence import Scrapes, Series
from slaharness.metrics.measure import measure
from slaharness.model import Objective, Op, Outcome, Phase, SourceType, Timeslice, Window
from slaharness.objectives.judge import judge

START, END = 1000.4, 1030.4
WINDOW = Window(Phase.FAULT, START, END)
TIMES = tuple(float(at) for at in range(998, 1034))
Value = Callable[[float], float]


def series(value: Value, *times: float, **labels: str) -> Series:
    labels = {"job": "load", "instance": "a", **labels}
    return Series(labels, tuple((at, value(at)) for at in times or TIMES))


def world() -> dict[str, list[Series]]:
    """A load of 100 requests a second that are all answered within 0.5 s, and a Prometheus that is well."""
    return {
        "requests_total": [
            series(lambda at: 100 * at, outcome="ok"),
            series(lambda _: 7.0, outcome="fail"),
        ],
        "took_bucket": [series(lambda at: 100 * at, le=le) for le in ("0.5", "1.0", "+Inf")],
        "up": [series(lambda _: 1.0)],
        "process_start_time_seconds": [series(lambda _: 500.0, job="prometheus")],
    }


def difference(selector: str) -> str:
    return f"sum({selector} @ $end) - sum({selector} @ $start)"


ANSWERS = Objective(
    "answers", "", "edge", SourceType.RATIO, difference("requests_total"), 0.99, Op.AT_LEAST,
    good=difference('requests_total{outcome="ok"}'), floor=100,
)  # fmt: skip
NOTHING_GOOD = replace(ANSWERS, good=difference("none"))
UNSUMMED = replace(ANSWERS, total="requests_total @ $end")
QUICK = replace(ANSWERS, good=difference('took_bucket{le="0.5"}'), total=difference("requests_total"))


def sliced(seconds: float) -> Objective:
    return replace(ANSWERS, timeslice=Timeslice(seconds, 0.9))


@dataclass(frozen=True)
class Case:
    """What is changed in the good world, and the words that must then stand in the verdict."""

    said: str
    change: Callable[[dict[str, list[Series]]], None] = lambda _: None
    objective: Objective = ANSWERS
    window: Window = WINDOW


def ok_is(value: Value, *times: float) -> Callable[[dict[str, list[Series]]], None]:
    """Put other samples in the place of the answered requests'."""

    def change(there: dict[str, list[Series]]) -> None:
        there["requests_total"][0] = series(value, *times, outcome="ok")

    return change


def only(*times: float) -> Callable[[dict[str, list[Series]]], None]:
    return ok_is(lambda at: 100 * at, *times)


def gone(name: str) -> Callable[[dict[str, list[Series]]], None]:
    return lambda there: there.pop(name) and None


def another_bucket(le: str, value: Value) -> Callable[[dict[str, list[Series]]], None]:
    return lambda there: there["took_bucket"].append(series(value, le=le))


def restarts(there: dict[str, list[Series]]) -> None:
    there["process_start_time_seconds"] = [
        series(lambda at: 500.0 if at < 1010 else 1009.5, job="prometheus")
    ]


def stamped(shift: float) -> Callable[[dict[str, list[Series]]], None]:
    return only(*(at + shift for at in TIMES))


def silent_seconds(there: dict[str, list[Series]]) -> None:
    """No request between 1008 and 1022, as the load stood still."""
    there["requests_total"][0] = series(
        lambda at: 100 * (at if at < 1008 else max(1008, at - 14)), outcome="ok"
    )


CASES = {
    "empty": Case("requests_total matches no series", gone("requests_total")),
    "empty-good": Case("Prometheus has nothing to count as good", objective=NOTHING_GOOD),
    "nan": Case("a sample is nan", ok_is(lambda at: nan if at == 1030 else 100 * at)),
    "nan-in-the-middle": Case("a sample is nan", ok_is(lambda at: nan if at == 1015 else 100 * at)),
    "inf": Case("a sample is inf", ok_is(lambda at: inf if at == 1030 else 100 * at)),
    "fewer-samples": Case("only 22 of 30 promised samples", only(*TIMES[:10], *TIMES[18:])),
    "late-start": Case("no sample at the window's start", only(*TIMES[5:])),
    "stale": Case("the newest sample was 13.4 s old", only(*TIMES[:20])),
    "restarted": Case("Prometheus restarted 9.1 s into the window", restarts),
    "unwatched": Case("Prometheus does not watch itself", gone("process_start_time_seconds")),
    "short": Case("the window is 3 s long, too short", window=replace(WINDOW, end=START + 3)),
    "few-requests": Case("nothing is concluded below 5,000", objective=replace(ANSWERS, floor=5000)),
    "no-requests": Case("only 0 requests", ok_is(lambda _: 5.0)),
    "negative": Case("requests cannot be", ok_is(lambda at: 4e6 - 100 * at)),
    "reset": Case("began again from zero inside the window, 1 in all", ok_is(lambda at: 100 * (at % 1015))),
    "no-bucket": Case(
        "no such bucket; the histogram's bounds are 0.5, 1.0, +Inf",
        objective=replace(QUICK, good=difference('took_bucket{le="0.7"}')),
    ),
    "bucket-twice": Case("the bound 0.5 2 times", another_bucket("0.50", lambda at: 100 * at), QUICK),
    "buckets-fall": Case("fewer requests under 0.7 than", another_bucket("0.7", lambda at: at), QUICK),
    "stamps-late": Case("stamps its samples with a clock of its own", stamped(-0.6)),
    "stamps-in-the-future": Case("stamps its samples with a clock of its own", stamped(0.3)),
    "out-of-order": Case("not in order of time", only(*TIMES[:20], *TIMES[19:])),
    "many-values": Case("values where one is needed", objective=UNSUMMED),
    "silent-slices": Case("slices had no requests", silent_seconds, sliced(5)),
    "no-whole-slice": Case("holds no slice of 60 s", objective=sliced(60)),
    "short-slice": Case("a slice of the window is 2 s long", objective=sliced(2)),
    "slice-unseen": Case(
        "scrapes are missing 5.0 s into the window, where a slice ends",
        only(*(at for at in TIMES if at != 1005)),
        sliced(5),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_cause_is_unknown_and_named(tape, case):
    """Whatever the numbers look like, nothing is concluded, and a reader learns why."""
    there = world()
    case.change(there)
    verdict = judge(case.objective, measure(tape(there), case.objective, Scrapes(case.window, 1.0)))
    assert verdict.outcome is Outcome.UNKNOWN
    assert case.said in verdict.reason
    assert "the judge itself failed" not in verdict.reason


@pytest.mark.parametrize(
    "objective",
    [ANSWERS, QUICK, sliced(5)],
    ids=["ratio", "quick", "slices"],
)
def test_the_world_without_a_cause_is_met(tape, objective):
    """So that each case above is UNKNOWN for its cause, and for nothing else."""
    verdict = judge(objective, measure(tape(world()), objective, Scrapes(WINDOW, 1.0)))
    assert verdict.outcome is Outcome.MET, verdict.reason


def test_a_prometheus_that_cannot_be_reached_is_named(tape):
    """At the first question as at any later one."""

    class Dying:
        def __init__(self, answers: int) -> None:
            self.left = answers

        def ask(self, query, at):
            self.left -= 1
            if self.left < 0:
                raise MeasuringTrouble("Prometheus did not answer: connection refused")
            return tape(world()).ask(query, at)

    for answers in range(6):
        verdict = judge(ANSWERS, measure(Dying(answers), ANSWERS, Scrapes(WINDOW, 1.0)))
        assert verdict.outcome is Outcome.UNKNOWN
        assert "Prometheus did not answer: connection refused" in verdict.reason
