"""The weighing of samples: what they must be like before an answer may be trusted."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaharness.metrics import evidence
from slaharness.metrics.evidence import Scrapes, Series
from slaharness.model import Phase, Window
from slaharness.objectives.promql import Selector

ENDS = Selector("hits", whole=False)
WHOLE = Selector("replicas", whole=True)


def without(series: Series, *gone: float) -> Series:
    return replace(series, samples=tuple(sample for sample in series.samples if sample[0] not in gone))


def test_all_promised_samples_are_trusted(series, scrapes):
    """A series scraped every second gives no cause for doubt, and its figures go to the record."""
    for selector in (ENDS, WHOLE):
        found = evidence.assess(selector, [series(), series()], scrapes)
        assert found.problems == ()
        assert found.notes == {
            f"{selector.text}: series": 2,
            f"{selector.text}: samples, fewest of any series": 60,
            f"{selector.text}: samples promised": 60,
            f"{selector.text}: age at the end, seconds": 0.4,
            f"{selector.text}: resets": 0,
        }


def test_no_series_is_no_zero(scrapes):
    """A selector that matches nothing counted nothing; that is not the count of nothing."""
    assert evidence.assess(ENDS, [], scrapes).problems == (
        "hits matches no series that was there in this window",
    )


@pytest.mark.parametrize("gone", [1000, 1001])
def test_a_missing_scrape_at_the_start_is_seen(series, scrapes, gone):
    """The count at the window's start is only as good as the samples next to it."""
    assert evidence.assess(ENDS, [without(series(), gone)], scrapes).problems == (
        "hits: scrapes are missing at the window's start",
    )


@pytest.mark.parametrize(("gone", "age"), [(1060, 1.4), (1061, 0.4)])
def test_a_missing_scrape_at_the_end_is_seen(series, scrapes, gone, age):
    """A stale count at the window's end could hide its last failures."""
    assert evidence.assess(ENDS, [without(series(), gone)], scrapes).problems == (
        f"hits: scrapes are missing at the window's end, when the newest sample was {age} s old",
    )


def test_a_series_that_begins_inside_the_window_is_seen(series, scrapes):
    """It is said how late it came."""
    late = without(series(), *range(998, 1010))
    assert (
        "no sample at the window's start; the first came 9.6 s later"
        in (evidence.assess(ENDS, [late], scrapes).problems[0])
    )


def test_a_series_with_no_sample_left_is_seen(series, scrapes):
    """A series only seen after the window says so for both ends."""
    after = without(series(), *range(998, 1061))
    problems = evidence.assess(ENDS, [after], scrapes).problems
    assert "hits: no sample before the window's end" in problems


def test_what_ails_many_series_is_said_once(series, scrapes):
    """Twelve series of one dead target make one sentence, not twelve."""
    stale = without(series(), *range(1050, 1064))
    problems = evidence.assess(ENDS, [stale] * 12, scrapes).problems
    at_end = [problem for problem in problems if "at the window's end" in problem]
    assert len(at_end) == 1
    assert at_end[0].endswith("the newest sample was 11.4 s old (and 11 more series)")


def test_a_counter_may_miss_a_scrape_in_the_middle(series, scrapes):
    """Counters read at the ends stand a lost scrape in between, but not many."""
    assert evidence.assess(ENDS, [without(series(), 1020, 1040)], scrapes).problems == ()
    assert evidence.assess(ENDS, [without(series(), *range(1020, 1027))], scrapes).problems == (
        "hits: only 53 of 60 promised samples are there",
    )


def test_what_is_read_over_the_window_may_miss_nothing(series, scrapes):
    """A maximum may have been in the one sample that is missing."""
    assert evidence.assess(WHOLE, [without(series(), 1030)], scrapes).problems == (
        "replicas: nothing was scraped for 2.0 s; every 1 s was promised",
    )


def test_scrapes_that_are_late_are_there(series, scrapes):
    """A busy machine scrapes half a second late now and then; nothing is missing for that."""
    late = series()
    late = replace(late, samples=tuple((at + 0.5 * (at % 7 == 0), value) for at, value in late.samples))
    assert evidence.assess(WHOLE, [late], scrapes).problems == ()


def test_a_reset_counts_only_inside_the_window(series, scrapes):
    """A counter that began again makes the difference of its ends wrong; before the window it does not."""
    inside = series(lambda at: at if at < 1030 else at - 1030)
    assert evidence.assess(ENDS, [inside], scrapes).problems == (
        "hits: counters began again from zero inside the window, 1 in all",
    )
    before = series(lambda at: 5000 if at < 1000 else at)
    assert evidence.assess(ENDS, [before], scrapes).problems == ()


@pytest.mark.parametrize(
    "selector",
    [Selector("hits", whole=True, counter=True), Selector("hits_total", whole=True)],
    ids=["by function", "by name"],
)
def test_a_counter_that_is_read_over_the_window_may_not_fall(series, scrapes, selector):
    """increase() makes up for a reset, but not for what was counted after the last scrape before it."""
    inside = series(lambda at: at if at < 1030 else at - 1030)
    assert evidence.assess(selector, [inside], scrapes).problems == (
        f"{selector.text}: counters began again from zero inside the window, 1 in all",
    )


def test_a_gauge_may_fall(series, scrapes):
    """What is read over the whole window is noted when it falls, and trusted."""
    found = evidence.assess(WHOLE, [series(lambda at: -at)], scrapes)
    assert found.problems == ()
    assert found.notes["replicas: resets"] == 60


@pytest.mark.parametrize("strange", [float("nan"), float("inf")])
def test_samples_that_are_no_numbers_are_seen(series, scrapes, strange):
    """NaN spreads through sums and hides in maxima; one such sample spoils the answer."""
    spoilt = series(lambda at: strange if at == 1030 else at)
    assert evidence.assess(ENDS, [spoilt], scrapes).problems[0] == f"hits: a sample is {strange}"


def test_a_window_needs_four_scrapes(window):
    """Three scrapes are too few to tell a rate from an accident."""
    three = Scrapes(Window(Phase.FAULT, 1000.0, 1003.9), 1.0)
    assert evidence.too_short(three) == ("the window is 3.9 s long, too short to measure: 4 s at least",)
    assert evidence.too_short(Scrapes(Window(Phase.FAULT, 1000.1, 1004.1), 1.0)) == ()


def test_a_prometheus_restarted_in_the_window_is_seen(window):
    """Its own start time tells, even when no sample seems to be missing."""
    steady = Series({}, ((1001.0, 900.0), (1063.0, 900.0)))
    anew = Series({}, ((1001.0, 900.0), (1063.0, 1030.4)))
    assert evidence.restarted([steady], window) == ()
    assert evidence.restarted([anew], window) == ("Prometheus restarted 30.0 s into the window",)
    assert "does not watch itself" in evidence.restarted([], window)[0]


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (900.0, None),
        (1000.4, None),
        (1030.4, "Prometheus restarted 30.0 s into the window"),
        (1060.4, "Prometheus restarted 60.0 s into the window"),
        (1060.5, "Prometheus restarted after this window"),
    ],
)
def test_a_prometheus_that_does_not_scrape_itself_is_taken_at_its_word(window, said, problem):
    """Of its last start only: one after the window may hide one inside."""
    found = evidence.restarted([], window, said)
    assert len(found) == bool(problem)
    assert (problem or "") in "".join(found)


def test_one_restart_is_told_once(window):
    """By what it says itself, and by what it scraped of itself some milliseconds apart."""
    anew = Series({}, ((1001.0, 900.0), (1063.0, 1030.4)))
    assert evidence.restarted([anew], window, 1030.41) == ("Prometheus restarted 30.0 s into the window",)
    assert evidence.restarted([anew], window, 1061.0) == ("Prometheus restarted 30.0 s into the window",)
    twice = evidence.restarted([anew], window, 1050.4)
    assert [one.split()[2] for one in twice] == ["30.0", "50.0"]


def test_what_up_said_is_noted(series, window):
    """How often a job's targets changed between answering and not goes to the record."""
    flapping = series(lambda at: float(at % 20 != 0))
    notes = evidence.scraping("load", [flapping], window).notes
    assert notes == {"job load: up changes": 5, "job load: scrapes failed": 3}


def test_a_scrape_that_is_missing_where_a_slice_ends_is_seen(series, scrapes):
    """Counters are read there too; a count read late puts failures into the next slice."""
    cut = replace(scrapes, cuts=(1020.4, 1040.4))
    assert evidence.assess(ENDS, [series()], cut).problems == ()
    for gone in (1040, 1041):
        assert evidence.assess(ENDS, [without(series(), gone)], cut).problems == (
            "hits: scrapes are missing 40.0 s into the window, where a slice ends",
        )


def test_samples_out_of_order_are_seen(series, scrapes):
    """A record that was changed, or a source that is no Prometheus."""
    jumbled = replace(series(), samples=series().samples[::-1])
    assert "hits: its samples are not in order of time" in evidence.assess(ENDS, [jumbled], scrapes).problems


def test_samples_are_found_by_their_time(window):
    """A sample at an instant stands for it; a window holds what came after its start, and at its end."""
    one = Series({}, ((1000.4, 1.0), (1030.0, 2.0), (1060.4, 3.0), (1061.0, 4.0)))
    assert one.name == ""
    assert one.before(1030.0) == (1030.0, 2.0)
    assert one.before(1000.3) is None
    assert one.after(1030.0) == (1060.4, 3.0)
    assert one.after(1061.0) is None
    assert one.within(window) == ((1030.0, 2.0), (1060.4, 3.0))


def test_samples_are_looked_at_from_two_scrapes_around(scrapes):
    """So that what stands for the window's ends is among them."""
    assert replace(scrapes, interval=5.0).span == (990.4, 1070.4)


def test_of_a_longer_interval_fewer_scrapes_are_promised(scrapes):
    """Further apart, and over a longer window at least."""
    slow = replace(scrapes, interval=5.0)
    assert (slow.promised, slow.longest_gap) == (12, 8.75)
    (problem,) = evidence.too_short(replace(slow, interval=20.0))
    assert problem == "the window is 60 s long, too short to measure: 80 s at least"


def test_a_scrape_may_be_three_quarters_late():
    """Exactly so late is late, and none is missing."""
    times = [8.0, 9.75, 11.5, 13.25, 15.0, 16.75, 18.5, 20.25, 22.0]
    late = Series({}, tuple((at, at) for at in times))
    scrapes = Scrapes(Window(Phase.FAULT, 10.0, 20.0), 1.0, cuts=(15.5,))
    assert evidence.assess(WHOLE, [late], scrapes).problems == ()
    few = "hits: only 5 of 10 promised samples are there"
    assert evidence.assess(ENDS, [late], scrapes).problems == (few,)


def test_nine_of_ten_samples_are_enough_between_the_ends(series, scrapes):
    """54 of 60, and no fewer."""
    gone = (1010, 1014, 1018, 1022, 1026, 1030)
    assert evidence.assess(ENDS, [without(series(), *gone)], scrapes).problems == ()
    problems = evidence.assess(ENDS, [without(series(), *gone, 1034)], scrapes).problems
    assert problems == ("hits: only 53 of 60 promised samples are there",)


def test_a_series_that_ends_before_the_window_or_begins_after_it_is_told(series, scrapes):
    """Both ends, and that no age can be told of what was never there."""
    after = evidence.assess(ENDS, [without(series(), *range(998, 1061))], scrapes)
    assert after.problems[0] == "hits: no sample at the window's start; the first came 60.6 s later"
    assert after.notes["hits: age at the end, seconds"] is None
    none = evidence.assess(ENDS, [without(series(), *range(998, 1064))], scrapes)
    assert none.problems[0] == "hits: no sample at the window's start; none came later"
    two = evidence.assess(ENDS, [series(), without(series(), 1060, 1059)], scrapes)
    assert two.notes["hits: age at the end, seconds"] == 2.4
    assert two.notes["hits: samples, fewest of any series"] == 58


def test_one_of_two_series_that_ails_is_told_without_others(series, scrapes):
    problems = evidence.assess(WHOLE, [series(), without(series(), 1030)], scrapes).problems
    assert problems == ("replicas: nothing was scraped for 2.0 s; every 1 s was promised",)


def test_two_series_that_ail_are_told_as_one_and_one_more(series, scrapes):
    problems = evidence.assess(WHOLE, [without(series(), 1030)] * 2, scrapes).problems
    assert problems == (
        "replicas: nothing was scraped for 2.0 s; every 1 s was promised (and 1 more series)",
    )


def test_a_counter_that_stands_still_did_not_begin_again(series, scrapes):
    """Nobody asked: that is a count, too."""
    found = evidence.assess(ENDS, [series(lambda _: 5.0)], scrapes)
    assert (found.problems, found.notes["hits: resets"]) == ((), 0)


def test_one_sample_is_no_series_over_the_window(scrapes):
    """Neither end is known; of gaps between samples there is nothing to say."""
    lone = Series({}, ((1030.98765, 1.0),))
    found = evidence.assess(WHOLE, [lone], replace(scrapes, interval=0.1, cuts=(1020.4,)))
    assert found.problems == (
        "replicas: no sample at the window's start; the first came 30.6 s later",
        "replicas: scrapes are missing 20.0 s into the window, where a slice ends",
        "replicas: scrapes are missing at the window's end, when the newest sample was 29.4 s old",
    )
    assert found.notes["replicas: age at the end, seconds"] == 29.412


def test_samples_of_one_instant_are_in_no_order(series, scrapes):
    """Prometheus keeps one sample of an instant."""
    twice = replace(series(), samples=(*series().samples, series().samples[-1]))
    assert "hits: its samples are not in order of time" in evidence.assess(ENDS, [twice], scrapes).problems


stamps = st.sets(st.integers(998, 1063).map(float))


@given(gone=stamps, more=stamps, selector=st.sampled_from([ENDS, WHOLE]), cuts=st.booleans())
def test_a_doubt_never_vanishes_with_samples(gone, more, selector, cuts):
    """Whatever is missing, missing more is no cure."""
    whole = Series({}, tuple((float(at), float(at)) for at in range(998, 1064)))
    scrapes = Scrapes(Window(Phase.FAULT, 1000.4, 1060.4), 1.0, (1020.4, 1040.4) if cuts else ())
    few, fewer = (without(whole, *some) for some in (gone, gone | more))
    if evidence.assess(selector, [few], scrapes).problems:
        assert evidence.assess(selector, [fewer], scrapes).problems
