"""The load's clock is read off its own ledger and counters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loads import WELL, load, scraped

from slaharness.ledger import load_clock
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


@pytest.mark.parametrize("kind", ["no series", "no requests"])
def test_what_says_nothing_is_no_offset(kept, kind):
    """Then whoever needs the clock must say that it is not known."""
    requests, series = (REQUESTS, []) if kind == "no series" else ([], scraped(REQUESTS))
    assert load_clock.offset(kept(*requests), series) is None


@pytest.mark.parametrize("strange", [float("nan"), float("inf"), -1.0, 1e300])
def test_figures_that_are_no_counts_say_nothing_of_clocks(kept, strange):
    """A counter that is NaN once is named elsewhere; here it is no reason to break."""
    series = scraped(REQUESTS)
    first = series[0]
    spoilt = Series(first.labels, ((first.samples[0][0], strange), *first.samples[1:]))
    assert load_clock.offset(kept(*REQUESTS), [spoilt, *series[1:]]) is None


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
