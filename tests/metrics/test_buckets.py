"""Histograms: a bucket that is not there, or that cannot be believed, is named."""

import pytest

from slaharness.metrics import buckets
from slaharness.metrics.evidence import Series
from slaharness.objectives.promql import Selector

CHOSEN = Selector('took_bucket{job="load",le="0.7"}', whole=False)


def bucket(le: str, *counts: float, **labels: str) -> Series:
    return Series({"le": le, **labels}, tuple((1000.0 + at, count) for at, count in enumerate(counts)))


@pytest.fixture
def histogram():
    return [bucket("0.1", 1, 2), bucket("0.5", 1, 4), bucket("+Inf", 2, 6)]


def test_all_buckets_are_asked_for_beside_one():
    """The bound is left out, whatever else the selector says stays as it was written."""
    assert buckets.every(CHOSEN) == Selector('took_bucket{job="load"}', whole=False)
    strange = Selector(r'took_bucket{path=~"a\"\\.b",le="1"}', whole=True)
    assert buckets.every(strange) == Selector(r'took_bucket{path=~"a\"\\.b"}', whole=True)
    assert buckets.every(Selector("hits", whole=False)) is None


def test_a_sound_histogram_raises_no_doubt(histogram):
    """Counts that grow with the bound are as they should be, also where two histograms lie side by side."""
    other = [bucket("0.1", 9, 9, pod="b"), bucket("+Inf", 9, 9, pod="b")]
    assert buckets.problems(CHOSEN, histogram[:1], histogram + other) == ()


def test_a_bound_that_is_none_is_said_with_those_there_are(histogram):
    """A threshold between two bounds was counted nowhere; that is no lack of data."""
    assert buckets.problems(CHOSEN, [], histogram) == (
        f"{CHOSEN.text}: no such bucket; the histogram's bounds are 0.1, 0.5, +Inf",
    )


def test_no_histogram_at_all_is_not_a_missing_bucket():
    """Nothing there is said elsewhere, for any series."""
    assert buckets.problems(CHOSEN, [], []) == ()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (bucket("0.50", 1, 4), "the histogram has the bound 0.5 2 times"),
        (bucket("1", 1, 3), "the histogram counts fewer requests under 1 than under 0.5"),
    ],
)
def test_buckets_that_cannot_be_are_named(histogram, more, said):
    """A bound that is there twice, and a count that falls as the bound grows."""
    assert buckets.problems(CHOSEN, histogram[:1], [*histogram, more]) == (f"{CHOSEN.text}: {said}",)


def test_a_bucket_that_some_histograms_lack_is_named(histogram):
    """Two versions of a service with other bounds: the good requests of one would not be counted at all."""
    other = [bucket("0.25", 9, 9, pod="b"), bucket("+Inf", 9, 9, pod="b")]
    assert buckets.problems(CHOSEN, histogram[:1], histogram + other) == (
        f"{CHOSEN.text}: 1 of 2 histograms have no such bucket; what they count is missing",
    )
