"""What a few runs prove, held against tables, definitions and simulated runs."""

from itertools import permutations
from math import comb, isclose

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaharness.record import intervals


@pytest.mark.parametrize(
    ("good", "of", "low", "high"),
    [
        (0, 10, 0.0, 0.3084971),
        (10, 10, 0.6915029, 1.0),
        (8, 10, 0.4439045, 0.9747893),
        (50, 100, 0.3983211, 0.6016789),
        (1, 1, 0.025, 1.0),
        (0, 0, 0.0, 1.0),
    ],
)
def test_rates_are_those_of_the_tables(good, of, low, high):
    """Clopper and Pearson's limits, as statisticians print them."""
    assert intervals.rate(good, of) == pytest.approx((low, high), abs=1e-7)


@given(st.integers(0, 40), st.integers(1, 40))
def test_a_rates_limits_are_its_definition(good, of):
    """Were the share at a limit, so many good ones, or such that are further off, happen in 2.5 of 100."""
    good = min(good, of)
    low, high = intervals.rate(good, of)
    assert low <= good / of <= high

    def chance(share, counts):
        return sum(comb(of, one) * share**one * (1 - share) ** (of - one) for one in counts)

    assert low == 0.0 or isclose(chance(low, range(good, of + 1)), 0.025, rel_tol=1e-6)
    assert high == 1.0 or isclose(chance(high, range(good + 1)), 0.025, rel_tol=1e-6)


def test_thousands_of_runs_are_no_trouble():
    """No factorial of theirs is a float."""
    low, high = intervals.rate(9_990, 10_000)
    assert 0.998 < low < 0.999 < high < 0.9996


def test_one_green_run_proves_next_to_nothing():
    """Three of a hundred thousand need a hundred runs: the rule of three's exact form."""
    assert intervals.fails_at_most(1) == pytest.approx(0.95)
    assert intervals.fails_at_most(59) == pytest.approx(0.0495, abs=1e-4)
    assert intervals.fails_at_most(0) == 1.0


def test_a_medians_interval_holds_the_truth_about_as_often_as_it_says():
    """Of times with a long tail, as those of recoveries are; no more is asked of a bootstrap of 25."""
    lots = np.random.default_rng(7)
    truth = 2.0**0.5
    held = 0
    for _ in range(200):
        found = intervals.median((1.0 - lots.random(25)) ** -0.5)
        held += found.low <= truth <= found.high
    assert held >= 176


def test_too_few_have_no_interval():
    """Of five runs nobody knows where the sixth will be."""
    assert intervals.median([1.0] * 5) is None
    assert intervals.median([1.0] * 6) == (1.0, 1.0)


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=3), st.lists(st.integers(0, 9), min_size=1, max_size=3)
)
def test_a_change_is_as_likely_as_its_definition_says(new, before):
    """Every order in which the runs might have come is tried."""
    orders = list(permutations([*new, *before]))
    as_large = sum(sum(order[: len(new)]) >= sum(new) for order in orders)
    assert intervals.more_by_chance(new, before) == pytest.approx(as_large / len(orders))


def test_among_many_runs_lots_are_drawn_and_say_the_same():
    """10 of 40 have 847 million orders."""
    lots = np.random.default_rng(3)
    before = lots.normal(5, 1, 30)
    assert intervals.more_by_chance(lots.normal(8, 1, 10), before) < 0.001
    assert intervals.more_by_chance(lots.normal(5, 1, 10), before) > 0.05
