"""Clocks: what another clock than ours and Prometheus's does to a measurement is said."""

import pytest

from slaharness.metrics import clocks
from slaharness.metrics.evidence import Series


def at(*times: float, **labels: str) -> Series:
    return Series({"job": "load", **labels}, tuple((time, 1.0) for time in times))


UP = at(1000.0, 1001.0, 1002.0, instance="a")


def test_samples_of_the_scrapes_are_trusted():
    """A sample bears the time of the scrape that brought it; a missing one is another matter."""
    assert clocks.stamped("load", [at(1000.0, 1002.0, instance="a")], [UP]) == ()


def test_samples_with_times_of_their_own_are_named():
    """A target that sends its own times, late or early, counts by a clock that nobody knows."""
    for shift in (-3.2, 0.4):
        foreign = at(*(time + shift for time, _ in UP.samples), instance="a")
        (problem,) = clocks.stamped("load", [foreign, foreign], [UP])
        assert problem.startswith("job load stamps its samples with a clock of its own (2 series)")


def test_another_target_says_nothing_about_this_one():
    """Targets are scraped at different times, and jobs too."""
    assert clocks.stamped("load", [at(1000.5, instance="b")], [UP, at(1000.5, instance="b")]) == ()
    assert clocks.stamped("other", [at(1000.5, instance="a")], [UP]) == ()


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        (1000.0, ()),
        (1000.6, ()),
        (999.6, ()),
        (1002.7, ("Prometheus's clock is 2.5 s ahead of the harness's",)),
        (997.5, ("Prometheus's clock is 2.5 s behind the harness's",)),
    ],
)
def test_clocks_that_are_apart_are_named(theirs, said):
    """Asked at 1000.0 and answered at 1000.2 of our clock; half a second is what scraping blurs anyway."""
    found = clocks.apart(theirs, 1000.0, 1000.2, interval=1.0)
    assert found.problems == said
    assert len(found.notes) == 1


def test_half_an_interval_is_no_skew_and_what_is_known_is_noted():
    """Whichever way; with how far apart they are at least, as between asking and answer nobody knows."""
    note = "Prometheus's clock ahead of ours, seconds at least"
    for theirs, ahead in ((1000.75, 0.5), (999.5, -0.5), (1000.1, 0.0), (1000.65432, 0.404)):
        found = clocks.apart(theirs, 1000.0, 1000.25, interval=1.0)
        assert (found.problems, found.notes) == ((), {note: ahead})
    assert clocks.apart(1001.125, 1000.0, 1000.125, interval=2.0).problems == ()
    assert clocks.apart(1001.5, 1000.0, 1000.25, interval=2.0).notes == {note: 1.25}
    assert clocks.apart(1001.5, 1000.0, 1000.25, interval=2.0).problems == (
        "Prometheus's clock is 1.2 s ahead of the harness's",
    )
    (problem,) = clocks.apart(1001.0, 1000.0, 1000.25, interval=1.0).problems
    assert "0.8 s ahead of" in problem


@pytest.mark.parametrize(("theirs", "said"), [(1000.0, ()), (999.0, ()), (998.0, ("is 1.3 s behind",))])
def test_whole_seconds_are_any_instant_of_them(theirs, said):
    """VictoriaMetrics says no less: at 1000.3 of our clock 1000; 999 is within what scraping blurs."""
    found = clocks.apart(theirs, 1000.3, 1000.4, interval=1.0)
    assert len(found.problems) == len(said)
    assert all(words in problem for words, problem in zip(said, found.problems, strict=True))


def test_a_slow_answer_is_no_skew():
    """An answer that took five seconds says nothing finer than that."""
    assert clocks.apart(1004.9, 1000.0, 1005.0, interval=1.0).problems == ()
