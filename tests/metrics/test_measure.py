"""Measurements from canned samples: removing evidence never makes a verdict better."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaharness.errors import MeasuringTrouble
from slaharness.metrics.evidence import Scrapes, Series
from slaharness.metrics.measure import measure
from slaharness.model import Op, Outcome, Phase, SourceType, Timeslice, Window
from slaharness.objectives.judge import judge

SCRAPES = Scrapes(Window(Phase.FAULT, 1000.4, 1030.4), 1.0)
TIMES = range(998, 1034)


def counter(per_second: float, since: float = 0.0, **labels: str) -> Series:
    """A client's counter that grows by ``per_second`` from ``since`` on."""
    samples = ((float(at), 50 + per_second * max(0.0, at - max(since, 998))) for at in TIMES)
    return Series({"job": "load", **labels}, tuple(samples))


def world(ok: Series, fail: Series) -> dict[str, list[Series]]:
    watching = Series({"job": "prometheus"}, tuple((float(at), 500.0) for at in TIMES))
    up = Series({"job": "load"}, tuple((float(at), 1.0) for at in TIMES))
    return {"requests_total": [ok, fail], "up": [up], "process_start_time_seconds": [watching]}


class NoSource:
    """The source that has no series."""

    def ask(self, query, at):
        return ()


@pytest.fixture
def good_world():
    return world(counter(100, outcome="ok"), counter(0, outcome="fail"))


@pytest.fixture
def bad_world():
    return world(counter(100, outcome="ok"), counter(5, outcome="fail"))


def test_good_bad_and_unmeasurable(tape, availability, good_world, bad_world):
    """The three verdicts, each from a world where it is the truth."""
    for source, outcome in (
        (tape(good_world), Outcome.MET),
        (tape(bad_world), Outcome.MISSED),
        (NoSource(), Outcome.UNKNOWN),
    ):
        assert judge(availability, measure(source, availability, SCRAPES)).outcome is outcome


def test_figures_and_queries_are_in_the_measurement(tape, availability, bad_world):
    """A reader of the record sees what was asked, what came back, and what it rests on."""
    found = measure(tape(bad_world), availability, SCRAPES)
    assert (found.good, found.total, found.value) == (3000, 3150, 3000 / 3150)
    assert (
        found.evidence["query for total"] == "sum(requests_total @ 1030.400) - sum(requests_total @ 1000.400)"
    )
    assert found.evidence["requests_total: samples promised"] == 30
    assert found.evidence["job load: up changes"] == 0
    assert found.evidence["scrape interval, seconds"] == 1.0


def test_nothing_there_is_named(availability):
    """A Prometheus without the series is unknown for each thing that is missing."""
    problems = measure(NoSource(), availability, SCRAPES).problems
    assert "Prometheus has nothing to count as good" in problems
    assert "Prometheus has nothing to count as total" in problems
    assert "requests_total matches no series that was there in this window" in problems


def test_a_query_with_many_answers_is_named(tape, availability, good_world):
    """A total for each outcome is not a total."""
    loose = replace(availability, total="requests_total @ $end - requests_total @ $start")
    found = measure(tape(good_world), loose, SCRAPES)
    assert "total has 2 values where one is needed; sum() them" in found.problems
    assert found.total is None


def test_a_restart_that_lost_no_sample_is_named(tape, availability, good_world):
    """Prometheus's own start time is enough: what else it forgot when it went is not known."""
    times = ((float(at), 500.0 if at < 1010 else 1010.4) for at in TIMES)
    anew = {"process_start_time_seconds": [Series({"job": "prometheus"}, tuple(times))]}
    found = measure(tape(good_world | anew), availability, SCRAPES)
    assert found.problems == ("Prometheus restarted 10.0 s into the window",)


def test_a_window_too_short_is_named(tape, availability, good_world):
    """However good the numbers, three seconds are no measurement."""
    found = measure(tape(good_world), availability, Scrapes(Window(Phase.FAULT, 1000.4, 1003.4), 1.0))
    assert found.problems == ("the window is 3 s long, too short to measure: 4 s at least",)


def test_a_source_that_dies_half_way_is_named(tape, availability, good_world):
    """Numbers without the samples behind them are not judged."""

    class Dying:
        def ask(self, query, at):
            if "ms]" in query:
                raise MeasuringTrouble("Prometheus did not answer: connection refused")
            return tape(good_world).ask(query, at)

    found = measure(Dying(), availability, SCRAPES)
    assert found.value == 1.0
    assert found.problems == ("Prometheus did not answer: connection refused",)


def test_a_threshold_is_measured(tape, availability, good_world):
    """An objective that is no ratio has a value, and no counts."""
    limit = replace(
        availability, source=SourceType.THRESHOLD, good="", op=Op.AT_MOST, target=3000,
        total="sum(requests_total @ $end) - sum(requests_total @ $start)",
    )  # fmt: skip
    found = measure(tape(good_world), limit, SCRAPES)
    assert (found.value, found.good, found.total) == (3000, None, None)
    assert judge(limit, found).outcome is Outcome.MET


@pytest.mark.parametrize("timeslice", [None, Timeslice(5, 0.9)], ids=["occurrences", "slices"])
@given(
    trouble=st.tuples(st.floats(0, 20), st.integers(998, 1033)),
    gone=st.sets(st.tuples(st.sampled_from(["ok", "fail", "both"]), st.sampled_from(TIMES))),
)
def test_removing_samples_never_makes_a_verdict_met(tape, availability, timeslice, trouble, gone):
    """Whatever scrapes are lost, of one series or of all: UNKNOWN and MISSED never become MET."""
    objective = replace(availability, timeslice=timeslice)
    series = {
        "ok": counter(100, outcome="ok"),
        "fail": counter(*trouble, outcome="fail"),
    }
    left = {
        outcome: replace(
            one, samples=tuple(s for s in one.samples if not gone & {(outcome, s[0]), ("both", s[0])})
        )
        for outcome, one in series.items()
    }
    before, after = (
        judge(objective, measure(tape(world(**one)), objective, SCRAPES)).outcome for one in (series, left)
    )
    assert before is Outcome.MET or after is not Outcome.MET


def test_slices_are_measured(tape, availability):
    """Each whole slice has its counts, subtracted where it ends; failures stand in the slice they were in."""
    sliced = replace(availability, timeslice=Timeslice(10, 0.9), target=0.6)
    found = measure(tape(world(counter(100, outcome="ok"), late_failures())), sliced, SCRAPES)
    assert found.problems == ()
    assert found.slices == ((1000, 1000), (1000, 1000), (1000, 1500))
    assert (found.good, found.total) == (3000, 3500)
    verdict = judge(sliced, found)
    assert verdict.reason == "1 of 3 slices of 10 s had under 90 % good: 66.667 % ≥ 60 %"


def late_failures() -> Series:
    """Fifty failures a second in the last ten seconds of the window."""
    samples = ((float(at), 50.0 * min(10, max(0, at - 1020))) for at in TIMES)
    return Series({"job": "load", "outcome": "fail"}, tuple(samples))


def test_a_server_side_sli_rests_on_as_much_evidence(availability, good_world):
    """A service's own counter, increased over the window: what it rests on goes to the record too."""

    class Increasing:
        """It extrapolates nothing here; that is Prometheus's to do."""

        def ask(self, query, at):
            if query.startswith("sum(increase("):
                return [Series({}, ((at, 3000.0),))]
            name = query.partition("[")[0].partition("{")[0]
            return good_world.get(name, [])

    served = replace(
        availability,
        good='sum(increase(requests_total{outcome="ok"}[$window] @ $end))',
        total="sum(increase(requests_total[$window] @ $end))",
    )
    evidence = measure(Increasing(), served, SCRAPES).evidence
    said = {name.rpartition(": ")[2] for name in evidence}
    assert {"samples promised", "samples, fewest of any series", "age at the end, seconds", "resets"} <= said
    assert {"job load: up changes", "job load: scrapes failed"} <= evidence.keys()
    assert evidence["query for total"] == "sum(increase(requests_total[30000ms] @ 1030.400))"


@pytest.mark.parametrize("how", ["sum({} @ $end) - sum({} @ $start)", "sum(increase({}[$window] @ $end))"])
def test_a_worker_that_dies_and_one_that_comes_are_unknown(tape, availability, good_world, how):
    """Whatever the query's form: a series that ends or begins inside the window has lost some requests."""
    for kept in (lambda at: at < 1015, lambda at: at > 1015):
        worker = counter(10, outcome="ok", worker="2")
        worker = replace(worker, samples=tuple(one for one in worker.samples if kept(one[0])))
        series = {**good_world, "requests_total": [*good_world["requests_total"], worker]}
        one = replace(
            availability,
            good=how.format('requests_total{outcome="ok"}', 'requests_total{outcome="ok"}'),
            total=how.format("requests_total", "requests_total"),
        )
        assert judge(one, measure(tape(series), one, SCRAPES)).outcome is Outcome.UNKNOWN


def test_slices_reach_the_window_s_end(tape, availability):
    """An outage in what is left over after the last whole slice is judged as well."""
    sliced = replace(availability, timeslice=Timeslice(16, 0.9), target=0.99)
    ends = counter(100, outcome="ok")
    samples = tuple((at, min(value, 50 + 100 * 18)) for at, value in ends.samples)
    found = measure(tape(world(replace(ends, samples=samples), late_failures())), sliced, SCRAPES)
    assert [total for _, total in found.slices] == [1600, 500]
    assert judge(sliced, found).outcome is Outcome.MISSED


def test_no_data_is_unknown_or_a_miss_as_the_file_has_it(tape, availability, good_world):
    """Where Prometheus answers and has nothing to count, alertWhenNoData decides; else it is UNKNOWN."""
    quiet = {**good_world, "requests_total": []}
    still = world(counter(0, outcome="ok"), counter(0, outcome="fail"))
    alerting = replace(availability, no_data_misses=True)
    for source in (tape(quiet), tape(still)):
        found = measure(source, availability, SCRAPES)
        assert found.no_data
        assert judge(availability, found).outcome is Outcome.UNKNOWN
        assert judge(alerting, found).outcome is Outcome.MISSED
    restarted = ((float(at), 500.0 if at < 1010 else 1010.4) for at in TIMES)
    anew = {"process_start_time_seconds": [Series({"job": "prometheus"}, tuple(restarted))]}
    for source in (tape(quiet | anew), NoSource()):
        assert judge(alerting, measure(source, alerting, SCRAPES)).outcome is Outcome.UNKNOWN
    assert not measure(tape(good_world), availability, SCRAPES).no_data


def test_what_a_file_means_to_a_window_is_in_the_measurement(tape, availability, good_world):
    """A query that was read over our window stands there as it was written."""
    read = replace(availability, read_as={"good as written": "sum(rate(x[5m]))"})
    assert measure(tape(good_world), read, SCRAPES).evidence["file: good as written"] == "sum(rate(x[5m]))"
