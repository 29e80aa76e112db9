"""The load's clock is read off its own ledger and counters."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loads import WELL, load, scraped

from slaharness.ledger.witness import load_clock
from slaharness.metrics.evidence import Series

REQUESTS = load(lambda _: WELL)


def shifted(requests, seconds, since=0.0):
    """As a clock would tell them that is so far ahead, from an instant on."""
    return [
        one._replace(
            intended=one.intended + seconds, sent=one.sent + seconds, finished=one.finished + seconds
        )
        if one.intended >= since
        else one
        for one in requests
    ]


@given(st.floats(-30, 30).map(lambda seconds: round(seconds, 3)))
def test_any_offset_is_found_to_some_hundredths(kept, seconds):
    """Each request that was counted by a scrape, or not yet, bounds it."""
    found = load_clock.offset(kept(*shifted(REQUESTS, seconds)), scraped(REQUESTS))
    assert found.least - 1e-6 <= -seconds <= found.most + 1e-6
    assert found.most - found.least < 0.2
    assert bool(found.doubt) is (abs(seconds) > 0.25) or 0.2 < abs(seconds) < 0.42


def test_two_workers_scraped_apart_are_one_load(kept):
    """Their counts are of different instants; what both bound still holds."""
    one, two = REQUESTS[::2], REQUESTS[1::2]
    later = [
        Series(each.labels, tuple((at + 0.4, value) for at, value in each.samples))
        for each in scraped([one._replace(finished=one.finished - 0.4) for one in two], instance="two")
    ]
    found = load_clock.offset(kept(*REQUESTS), [*scraped(one), *later])
    assert found.least <= 0 <= found.most
    assert found.doubt == ""
    assert "1.8 s ahead" in load_clock.offset(kept(*shifted(REQUESTS, 2)), [*scraped(one), *later]).doubt


def test_a_clock_that_was_set_is_found(kept):
    """Two seconds back in the middle: no one offset explains what was counted before and after."""
    found = load_clock.offset(kept(*shifted(REQUESTS, -2, since=140)), scraped(REQUESTS))
    assert "the load's clock was set during the run, by 1." in found.doubt


@pytest.mark.parametrize(
    ("least", "most", "said"),
    [
        (-0.1, 0.1, ""),
        (0.25, 3.0, ""),
        (-3.0, -0.25, ""),
        (0.3, 0.5, "the load's clock is 0.3 s behind Prometheus's"),
        (-0.5, -0.3, "the load's clock is 0.3 s ahead of Prometheus's"),
        (0.2, 0.0, ""),
        (0.125, -0.125, ""),
        (-math.inf, 0.1, load_clock.UNBOUNDED),
        (0.1, math.inf, load_clock.UNBOUNDED),
        (-math.inf, math.inf, load_clock.UNBOUNDED),
        (-math.inf, -0.3, "the load's clock is 0.3 s ahead of Prometheus's"),
        (1.3, 1.1, "the load's clock is 1.1 s behind Prometheus's"),
        (2.0, 1.0, "the load's clock was set during the run, by 1.0 s at least, or its counters are not"),
    ],
)
def test_clocks_may_be_a_quarter_of_a_second_apart(least, most, said):
    """More, or set by more, and nothing that depends on time is concluded."""
    doubt = load_clock.Offset(least, most).doubt
    assert doubt.startswith(said)
    assert bool(doubt) is bool(said)


def test_one_scrape_bounds_the_clock_on_both_sides(kept):
    """Three requests had ended by then, and the fourth had not."""
    requests = [one for one in REQUESTS if one.intended < 101]
    ends = sorted(one.finished for one in requests)
    labels = {"__name__": "loadgen_requests_total", "instance": "one", "outcome": "ok"}
    found = load_clock.offset(kept(*requests), [Series(labels, ((100.2, 3.0),))])
    assert found.most == 100.2 - ends[2]
    assert found.least == 100.2 - 0.1 - ends[3]
    late = Series({**labels, "instance": "two"}, ((150.0, 0.0),))
    found = load_clock.offset(kept(*requests), [Series(labels, ((100.2, 3.0),)), late])
    assert found.most == 100.2 - ends[2]
    two = Series(labels, ((100.2, 3.0), (100.3, 5.0)))
    took = Series({"__name__": "scrape_duration_seconds", "instance": "one"}, ((100.2, 0.01),))
    found = load_clock.offset(kept(*requests), [two, took])
    assert found.most == min(100.2 + 0.01 - ends[2], 100.3 - ends[4])
    assert found.least == max(100.2 - 0.1 - ends[3], 100.3 - 0.1 - ends[5])


TWO = [one for one in REQUESTS if one.intended < 100.1]
FIRST, SECOND = (one.finished for one in TWO)


@pytest.mark.parametrize(
    ("count", "least", "most"),
    [
        (0.0, 100.2 - 0.1 - FIRST, math.inf),
        (1.0, 100.2 - 0.1 - SECOND, 100.2 - FIRST),
        (2.0, -math.inf, 100.2 - SECOND),
        (3.0, -math.inf, math.inf),
    ],
)
@pytest.mark.parametrize("labels", [{"instance": "one"}, {}], ids=["of an instance", "of none"])
def test_a_count_bounds_the_clock_by_the_requests_that_it_has_and_lacks(kept, labels, count, least, most):
    """Two requests were sent: of none the first is lacked, of both none, and of three nothing is known."""
    counter = {"__name__": "loadgen_requests_total", **labels}
    later = [Series({**counter, "outcome": "fail"}, samples) for samples in ((), ((100.3, 0.0),))]
    series = [Series({**counter, "outcome": "ok"}, ((100.2, count),)), *later]
    assert load_clock.offset(kept(*TWO), series[:2]) == load_clock.Offset(least, most)
    assert load_clock.offset(kept(*TWO), series).most == most


def test_any_number_of_workers_is_one_load(kept):
    """What may have ended since each one's last scrape is not known, of however many."""
    series = [
        Series({"__name__": "loadgen_requests_total", "instance": str(n)}, ((100.2 + n / 10, 0.0),))
        for n in range(9)
    ]
    assert load_clock.offset(kept(*TWO), series) == load_clock.Offset(100.2 - 0.1 - FIRST, math.inf)


@pytest.mark.parametrize("kind", ["no series", "no requests"])
def test_what_says_nothing_is_no_offset(kept, kind):
    """Then whoever needs the clock must say that it is not known."""
    requests, series = (REQUESTS, []) if kind == "no series" else ([], scraped(REQUESTS))
    assert load_clock.offset(kept(*requests), series) is None


@pytest.mark.parametrize("strange", [float("nan"), float("inf"), -1.0, 2.0**53, 1e300])
def test_figures_that_are_no_counts_say_nothing_of_clocks(kept, strange):
    """A counter that is NaN once is named elsewhere; here it is no reason to break."""
    series = scraped(REQUESTS)
    first = series[0]
    spoilt = Series(first.labels, ((first.samples[0][0], strange), *first.samples[1:]))
    assert load_clock.offset(kept(*REQUESTS), [spoilt, *series[1:]]) is None
    other = Series({"__name__": "loadgen_users", "instance": "two"}, spoilt.samples)
    assert load_clock.offset(kept(*REQUESTS), [other, *series]) == load_clock.offset(kept(*REQUESTS), series)


def test_one_slow_scrape_blurs_nothing(kept):
    """What another scrape bounds more closely is known as closely."""
    slow = [
        Series(one.labels, tuple((at, 0.9 if at == 140.4 else took) for at, took in one.samples))
        if one.name == "scrape_duration_seconds"
        else one
        for one in scraped(REQUESTS)
    ]
    found = load_clock.offset(kept(*REQUESTS), slow)
    assert found.most < 0.1
