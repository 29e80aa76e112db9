"""The two witnesses: honest ones always agree, and a lie of either is found."""

import gzip
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaharness.ledger import ledger
from slaharness.ledger.asked import Asked, asked, cannot_fail, of_clients
from slaharness.ledger.ledger import Ledger
from slaharness.ledger.witness import crosscheck
from slaharness.ledger.witness.client_sli import Ratio
from slaharness.ledger.witness.crosscheck import Bounds
from slaharness.metrics.evidence import Series
from slaharness.model import FAULT, Measurement, Objective, Op, SourceType, Window
from slaharness.objectives import foreign

HEADER = "intended,sent,finished,name,operation,key,value,outcome,status\n"
GOOD, TOTAL = 'loadgen_requests_total{job="load", outcome="ok"}', 'loadgen_requests_total{job="load"}'
WINDOW = Window(FAULT, 10.0, 20.0)


class Ended(NamedTuple):
    """A request: when it ended, and whether well."""

    at: float
    ok: bool = True


def written(path: Path, requests: Sequence[Ended], name: str = "read current") -> Ledger:
    """The ledger of those requests, through its file as in a run."""
    rows = "".join(
        f"{at - 0.01:.6f},{at - 0.01:.6f},{at:.6f},{name},read,,,{'ok' if ok else 'fail'},200\n"
        for at, ok in sorted(requests)
    )
    path.write_bytes(gzip.compress(f"{HEADER}{rows}# end,{len(requests)}\n".encode()))
    return ledger.load(path)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Ledger]:
    """Write a ledger and load it."""
    return partial(written, tmp_path_factory.mktemp("ledgers") / "ledger.csv.gz")


def ratio(good: str = GOOD, total: str = TOTAL) -> Objective:
    def grown(selector: str) -> str:
        return f"sum({selector} @ $end) - sum({selector} @ $start)"

    return Objective("a", "A", "edge", SourceType.RATIO, grown(total), 0.9, Op.AT_LEAST, good=grown(good))


def sums(*good: str, total: Sequence[str]) -> Objective:
    """A ratio of sums of several counters' growth."""

    def grown(selectors: Sequence[str]) -> str:
        return " + ".join(f"(sum({one} @ $end) - sum({one} @ $start))" for one in selectors)

    return Objective("a", "A", "edge", SourceType.RATIO, grown(total), 0.9, Op.AT_LEAST, good=grown(good))


def less(bad: str, total: str = "sum(loadgen_requests_total)") -> Objective:
    """A ratio whose good requests are all but the bad ones, as those files come that tell the bad."""
    total, bad = foreign.count(total).text, foreign.count(bad).text
    return replace(ratio(), good=f"{total} - ({bad})", total=total)


def scraped(requests: Sequence[Ended], at: Sequence[float], *, took: float = 0.05) -> list[Series]:
    """What a Prometheus keeps that reads the counters of those requests in the middle of each scrape."""
    load = {"job": "load", "instance": "one"}

    def counter(outcome: str, *, ok: bool) -> Series:
        counts = tuple(
            (t, float(sum(one.ok is ok and one.at <= t + took / 2 for one in requests))) for t in at
        )
        return Series({"__name__": "loadgen_requests_total", "outcome": outcome, **load}, counts)

    spent = Series({"__name__": "scrape_duration_seconds", **load}, tuple((t, took) for t in at))
    return [counter("ok", ok=True), counter("fail", ok=False), spent]


def grown(kept: Sequence[Series], outcome: str) -> float:
    """A counter's growth over WINDOW, as Prometheus answers it."""
    one = next(one for one in kept if one.labels.get("outcome") == outcome)
    start, end = one.before(WINDOW.start), one.before(WINDOW.end)
    assert start
    assert end
    return end[1] - start[1]


def measurement(kept: Sequence[Series]) -> Measurement:
    good, bad = grown(kept, "ok"), grown(kept, "fail")
    return Measurement("a", FAULT, None, good=good, total=good + bad)


REQUESTS = st.lists(st.builds(Ended, st.floats(5, 25), st.booleans()), max_size=60)
PHASES = st.floats(0.0, 0.99)


@given(REQUESTS, PHASES, st.floats(0.0, 0.9))
def test_honest_witnesses_agree(held, requests, phase, took):
    """Whenever the scrapes fall, however long each takes: two true accounts are never called a lie."""
    requests = [one._replace(at=round(one.at, 6)) for one in requests]
    kept = scraped(requests, [round(4 + phase + n, 3) for n in range(20)], took=took)
    book = held(requests)
    bounds = crosscheck.counted(asked(ratio(), kept), WINDOW, book, kept)
    assert crosscheck.disagreement(measurement(kept), bounds, "failed") == ""
    assert crosscheck.disagreement_on_failures(WINDOW, book, kept) == ""


STEADY = [Ended(5.015 + n / 10) for n in range(200)]
SECONDS = [4.5 + n for n in range(20)]


@pytest.mark.parametrize("lie", [-3, 3], ids=["lost", "invented"])
def test_a_counter_that_lies_is_found(held, lie):
    """Three requests too few or too many of a hundred, and the verdict names both figures."""
    kept = scraped(STEADY, SECONDS)
    bounds = crosscheck.counted(asked(ratio(), kept), WINDOW, held(STEADY), kept)
    found = measurement(kept)
    said = crosscheck.disagreement(
        Measurement("a", FAULT, None, good=found.good, total=found.total + lie), bounds, "failed"
    )
    assert "the two witnesses disagree: by Prometheus" in said
    assert str(bounds) in said


def test_failures_that_only_one_saw_are_found(held):
    """A failure kept from the ledger, or from the counters, makes when they failed unknown."""
    broken = [one._replace(ok=not 12 <= one.at <= 14) for one in STEADY]
    honest, lying = scraped(broken, SECONDS), scraped(STEADY, SECONDS)
    assert crosscheck.disagreement_on_failures(WINDOW, held(broken), honest) == ""
    assert "by the ledger 20 did" in crosscheck.disagreement_on_failures(WINDOW, held(broken), lying)
    assert "by Prometheus, never by the ledger" in crosscheck.disagreement_on_failures(
        WINDOW, held(STEADY), honest
    )


def test_failures_at_another_time_are_found(held):
    """The same number of failures, three seconds apart: both spans are told."""
    early = [one._replace(ok=not 12 <= one.at <= 13) for one in STEADY]
    late = [one._replace(ok=not 15 <= one.at <= 16) for one in STEADY]
    said = crosscheck.disagreement_on_failures(WINDOW, held(late), scraped(early, SECONDS))
    assert "from 1.4 s to 3.6 s by Prometheus, 5.0 s to 5.9 s by the ledger" in said


def test_without_scrapes_nothing_is_compared(held):
    """A record that does not say when the load was scraped cannot be trusted, and says so."""
    with pytest.raises(ValueError, match="when the load was scraped is not in the record"):
        crosscheck.counted(Asked(None, frozenset()), WINDOW, held(STEADY), ())
    with pytest.raises(ValueError, match="no loadgen_requests_total is in the record"):
        asked(ratio(), ())


BUCKET = 'loadgen_request_duration_seconds_bucket{job="load", outcome="ok", le="0.005"'
OF_READS = 'name="read current"}'
OF_ONE = 'sum(loadgen_requests_total{instance="one"})'


def labels(**more: str) -> list[Series]:
    """The series that a load of two kinds of requests has, each once; values do not matter."""
    kinds = [
        {"job": "load", "instance": "one", "outcome": outcome, "name": name, **more}
        for name in ("read current", "post reading")
        for outcome in ("ok", "fail", "unknown")
    ]
    bucket, count = "loadgen_request_duration_seconds_bucket", "loadgen_request_duration_seconds_count"
    return [
        Series({"__name__": metric, **kind, **bound}, ((1.0, 1.0),))
        for kind in kinds
        for metric, bounds in (
            ("loadgen_requests_total", [{}]),
            (count, [{}]),
            (bucket, [{"le": "0.005"}, {"le": "+Inf"}]),
        )
        for bound in bounds
    ]


def test_a_latency_is_held_against_the_ledgers_own(held):
    """A bucket's bound is the threshold that the ledger is asked for; a name, the requests."""
    found = asked(ratio(f"{BUCKET}, {OF_READS}", f'loadgen_requests_total{{job="load", {OF_READS}'), labels())
    assert found == Asked(0.005, frozenset({"read current"}))
    bounds = crosscheck.counted(found, WINDOW, held(STEADY), scraped(STEADY, SECONDS))
    assert (bounds.least.good, bounds.least.total) == (0, 98)  # all took 10 ms
    other = held(STEADY, name="post reading")
    assert crosscheck.counted(found, WINDOW, other, scraped(STEADY, SECONDS)).most.total == 0


@pytest.mark.parametrize(
    ("good", "total", "wanted"),
    [
        ('loadgen_requests_total{outcome=~"o.*"}', 'loadgen_requests_total{instance=~".+"}', None),
        (
            'loadgen_requests_total{outcome!~"fail|unknown", node=""}',
            'loadgen_requests_total{user!="x"}',
            None,
        ),
        (f"{BUCKET}}}", 'loadgen_request_duration_seconds_bucket{le="+Inf"}', 0.005),
        (f"{BUCKET}}}", "loadgen_request_duration_seconds_count", 0.005),
        ('{__name__="loadgen_requests_total", outcome="ok"}', "loadgen_requests_total", None),
        ('{outcome="ok", __name__="loadgen_requests_total"}', "loadgen_requests_total", None),
        ('loadgen_requests_total{outcome="ok"}', 'loadgen_requests_total{name!="read.current"}', None),
    ],
)
def test_however_a_query_is_written_the_ledger_is_asked(good, total, wanted):
    """A matcher that leaves no series out asks nothing, so it switches no witness off."""
    assert asked(ratio(good, total), labels()) == Asked(wanted, frozenset())


COUNT = "loadgen_request_duration_seconds_count"


@pytest.mark.parametrize(
    ("bad", "total", "wanted"),
    [
        (
            'sum(loadgen_requests_total{outcome!="ok"})',
            "sum(loadgen_requests_total)",
            Asked(None, frozenset()),
        ),
        (f"sum({COUNT}) - sum({BUCKET}}})", f"sum({COUNT})", Asked(0.005, frozenset())),
        ('sum(loadgen_requests_total{outcome="fail"})', "sum(loadgen_requests_total)", None),
        (
            f'sum(loadgen_requests_total{{outcome!="ok", {OF_READS})',
            f"sum(loadgen_requests_total{{{OF_READS})",
            Asked(None, frozenset({"read current"})),
        ),
        (f'sum(loadgen_requests_total{{outcome!="ok", {OF_READS})', "sum(loadgen_requests_total)", None),
        (
            'sum(loadgen_requests_total{outcome="fail"}) + sum(loadgen_requests_total{outcome!="ok"})',
            "sum(loadgen_requests_total)",
            None,
        ),
    ],
    ids=["failed", "slow, as Sloth has it", "failed with an answer only", "of some", "bad of some", "twice"],
)
def test_requests_told_by_those_that_are_bad_are_counted_again_too(bad, total, wanted):
    """Good are all but the bad: the ledger knows them, however the file says it."""
    assert asked(less(bad, total), labels()) == wanted


@pytest.mark.parametrize(
    "other",
    [
        ratio('http_requests_total{job="readings", status="200"}', 'http_requests_total{job="readings"}'),
        ratio('loadgen_requests_total{job="load", outcome!="fail"}'),
        ratio('loadgen_requests_total{job="load", outcome="ok", node="n0"}'),
        ratio('loadgen_requests_total{job="load", outcome="ok", instance="one"}'),
        ratio(TOTAL),
        ratio(GOOD, GOOD),
        ratio(GOOD, f"loadgen_requests_total{{{OF_READS}"),
        ratio('loadgen_request_duration_seconds_bucket{outcome="ok"}'),
        ratio(GOOD, 'loadgen_request_duration_seconds_bucket{le="0.005"}'),
        ratio(GOOD, 'loadgen_requests_total{instance="one"}'),
        ratio(GOOD, 'loadgen_requests_total{outcome="lost"}'),
        sums(GOOD, 'loadgen_requests_total{outcome="fail"}', total=(TOTAL,)),
        sums(GOOD, total=(TOTAL, 'loadgen_request_duration_seconds_bucket{le="0.005"}')),
        less('sum(loadgen_requests_total{outcome!="ok", instance="one"})'),
        replace(less('sum(loadgen_requests_total{outcome!="ok"})', OF_ONE), total=f"sum({TOTAL} @ $end)"),
        Objective("lost", "L", "cassandra", SourceType.LEDGER, "lost", 0, Op.AT_MOST),
    ],
    ids=[
        "a server's", "not ok", "a label of its own", "one process of two", "no outcome", "good of good",
        "of others", "any bound", "a total within a bound", "a total of one process", "a total of none",
        "good and bad", "a total of two", "the bad of one process", "less the bad of others", "the ledger's",
    ],
)  # fmt: skip
def test_what_the_ledger_cannot_tell_it_is_not_asked(other):
    """No second witness is better than one who was asked something else."""
    assert asked(other, [*labels(), *labels(instance="two")]) is None


@pytest.mark.parametrize(
    ("good", "total", "holds"),
    [
        (8, 10, True), (10, 14, True), (8, 12, True), (10, 12, True),
        (7, 10, False), (11, 14, False), (8, 9, False), (9, 14, False), (8, 13, False), (10, 11, False),
    ],
)  # fmt: skip
def test_bounds_hold_what_both_may_have_counted(good, total, holds):
    """8 to 10 good ones, and 2 to 4 that were not: neither may be more or fewer, and so not all of them."""
    assert Bounds(Ratio(8, 10), Ratio(10, 14), WINDOW).holds(good, total) is holds


@pytest.mark.parametrize("missing", [{"good": None}, {"total": None}])
def test_where_prometheus_has_no_figure_nothing_is_compared(missing):
    """That it is missing is a reason of its own, and no disagreement."""
    bounds = Bounds(Ratio(8, 10), Ratio(8, 10), WINDOW)
    found = Measurement("a", FAULT, None, **{"good": 1.0, "total": 1.0, **missing})
    assert crosscheck.disagreement(found, bounds, "failed") == ""


def test_a_disagreement_names_both_figures():
    """Of failures, as the objective calls them."""
    bounds = Bounds(Ratio(1045, 1050), Ratio(1045, 1050), WINDOW)
    found = Measurement("a", FAULT, None, good=1050.0, total=1050.0)
    assert crosscheck.disagreement(found, bounds, "were late") == (
        "the two witnesses disagree: by Prometheus 0 of 1,050 requests were late, by the ledger 5 of 1,050"
    )


@pytest.mark.parametrize("also", [11.0, 16.0], ids=["before", "after"])
def test_a_failure_outside_of_what_prometheus_saw_is_found(held, also):
    """The first and the last that it saw are there; one more is where it saw none."""
    seen = [one._replace(ok=not 13 <= one.at <= 14) for one in STEADY]
    more = [one._replace(ok=one.ok and not also <= one.at <= also + 0.1) for one in seen]
    assert crosscheck.disagreement_on_failures(WINDOW, held(seen), scraped(seen, SECONDS)) == ""
    said = crosscheck.disagreement_on_failures(WINDOW, held(more), scraped(seen, SECONDS))
    assert said.startswith("the two witnesses disagree: requests failed from")


@pytest.mark.parametrize(
    ("at", "agree"), [(11.85, False), (11.9, True), (12.5, True), (13.25, True), (13.3, False)]
)
def test_a_failure_may_be_as_old_as_its_count_allows(held, at, agree):
    """Counted by the scrape at 13.0, which took 0.25 s, and not by the one at 12.0."""
    instants = [5.0 + n for n in range(20)]
    load = {"job": "load", "instance": "one"}
    counter = {"__name__": "loadgen_requests_total", "outcome": "fail", **load}
    kept = [
        Series(counter, tuple((t, float(t >= 13)) for t in instants)),
        Series({"__name__": "scrape_duration_seconds", **load}, tuple((t, 0.25) for t in instants)),
    ]
    said = crosscheck.disagreement_on_failures(WINDOW, held([Ended(at, ok=False)]), kept)
    assert bool(said) is not agree


@pytest.mark.parametrize("only", [(13.0, 13.3), (13.7, 14.0)], ids=["the first ones", "the last ones"])
def test_a_first_or_last_failure_that_the_ledger_lacks_is_found(held, only):
    """Scraped five times a second, Prometheus saw failures over a second; the ledger has some of them."""
    quick = [4.5 + n / 5 for n in range(100)]
    seen = [one._replace(ok=not 13 <= one.at <= 14) for one in STEADY]
    less = [one._replace(ok=not only[0] <= one.at <= only[1]) for one in STEADY]
    assert crosscheck.disagreement_on_failures(WINDOW, held(seen), scraped(seen, quick)) == ""
    assert "disagree" in crosscheck.disagreement_on_failures(WINDOW, held(less), scraped(seen, quick))


def test_all_of_the_clients_counters_may_be_asked_at_once():
    """Each is known to the ledger; one of a server is not."""
    count = "loadgen_request_duration_seconds_count"
    assert of_clients(sums(f"{BUCKET}}}", total=(TOTAL, count)))
    assert not of_clients(sums(f"{BUCKET}}}", total=(TOTAL, "http_requests_total")))


def test_series_of_others_are_no_names_of_requests():
    """Also where they have no such label; nor need a counter have one for its outcomes."""
    others = [
        Series({"__name__": "scrape_duration_seconds", "name": "x"}, ()),
        Series({"__name__": "up"}, ()),
    ]
    assert asked(ratio(), [*labels(), *others]) == Asked(None, frozenset())
    bare = [
        Series({name: word for name, word in one.labels.items() if name != "outcome"}, one.samples)
        if one.name.endswith("_count")
        else one
        for one in labels()
    ]
    count = "loadgen_request_duration_seconds_count"
    assert asked(ratio(f"{BUCKET}}}", count), bare) == Asked(0.005, frozenset())


def test_all_outcomes_are_those_of_the_requests_that_are_asked_for():
    """No reading ever failed, so there is no series for it; postings did."""
    kept = [one for one in labels() if one.labels["name"] == "post reading" or one.labels["outcome"] == "ok"]
    reads = f"loadgen_requests_total{{{OF_READS}"
    found = asked(ratio(f'loadgen_requests_total{{outcome="ok", {OF_READS}', reads), kept)
    assert found == Asked(None, frozenset({"read current"}))


def test_bounds_read_as_a_person_says_them():
    """One number where there is one, two where a scrape was under way."""
    assert str(Bounds(Ratio(1050, 1050), Ratio(1050, 1050), WINDOW)) == "0 of 1,050"
    assert str(Bounds(Ratio(1047, 1048), Ratio(1050, 1052), WINDOW)) == "1 to 2 of 1,048 to 1,052"


OK_OR_NOT = ('loadgen_requests_total{outcome="ok"}', 'loadgen_requests_total{outcome!="ok"}')


@pytest.mark.parametrize(
    "objective",
    [
        ratio('loadgen_requests_total{job="load", code!~"5.."}'),
        ratio('loadgen_requests_total{job="load", outcome!="error"}'),
        ratio('loadgen_requests_total{job="load", outcome=~".+"}'),
        ratio(TOTAL),
        ratio('loadgen_requests_total{outcome="ok"}', 'loadgen_requests_total{outcome=~"ok"}'),
        ratio(COUNT, "loadgen_requests_total"),
        ratio('loadgen_request_duration_seconds_bucket{le="+Inf"}'),
        sums(*OK_OR_NOT, total=(TOTAL,)),
        less('sum(loadgen_requests_total{outcome="error"})'),
    ],
    ids=[
        "a label that the load has not", "an outcome that there is not", "any outcome", "itself",
        "those that went well of those", "all that ended", "within any time", "both kinds", "less nothing",
    ],
)  # fmt: skip
def test_good_requests_that_are_all_of_them_prove_nothing(objective):
    """Every request of the load is among them, whatever became of it: 100 % with each of them failed."""
    assert cannot_fail(objective, labels())


@pytest.mark.parametrize(
    "objective",
    [
        ratio(),
        ratio('loadgen_requests_total{outcome!="fail"}'),
        ratio(f"{BUCKET}}}"),
        ratio('loadgen_request_duration_seconds_bucket{le="0.005"}'),
        less('sum(loadgen_requests_total{outcome!="ok"})'),
        ratio('http_requests_total{code!~"5.."}', "http_requests_total"),
        Objective("lost", "L", "cassandra", SourceType.LEDGER, "lost", 0, Op.AT_MOST),
    ],
    ids=["well", "answered", "well in time", "in time", "less the bad", "a server's", "the ledger's"],
)
def test_requests_some_of_which_can_be_bad_may_be_judged(objective):
    """A server's own counters may have no series yet for what has not failed yet."""
    assert not cannot_fail(objective, labels())
