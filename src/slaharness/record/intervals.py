"""What a few runs prove: exact intervals for rates, intervals for times, and how sure a change is.

Nothing here assumes a shape of the numbers. Shares: Clopper and Pearson, Biometrika 26 (1934). Medians:
Efron's percentile bootstrap. Changes: Fisher's permutation test, exact where there are few permutations.
"""

from collections.abc import Callable, Sequence
from itertools import combinations, islice
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SURE = 0.95
#: Resamples of a bootstrap, and permutations beyond which a test draws lots.
RESAMPLES, PERMUTATIONS = 2_000, 20_000
#: Runs below which a median has no interval: five numbers cannot say how far a sixth may be.
FEWEST = 6
#: Halvings of [0, 1]: to the last bit of a double.
_HALVINGS = 60
_SEED = 20261127


class Interval(NamedTuple):
    """From ``low`` to ``high``, the truth being inside in at least 95 of 100 cases."""

    low: float
    high: float


def rate(good: int, of: int, sure: float = SURE) -> Interval:
    """Clopper and Pearson's interval for the true share behind ``good`` of ``of``; all of [0, 1] for none."""
    beyond = (1 - sure) / 2
    low = _root(lambda share: 1 - _at_most(good - 1, of, share) < beyond) if good else 0.0
    high = _root(lambda share: _at_most(good, of, share) > beyond) if good < of else 1.0
    return Interval(low, high)


def most(bad: float, of: float, sure: float = SURE) -> float:
    """The largest true share that ``bad`` of ``of`` leave possible: Clopper and Pearson's one-sided bound."""
    return rate(round(bad), round(of), sure=2 * sure - 1).high


def fails_at_most(runs: int, sure: float = SURE) -> float:
    """The share of runs that may still fail when ``runs`` did not: the one-sided exact bound."""
    return 1.0 - float((1 - sure) ** (1 / runs)) if runs else 1.0


def median(values: Sequence[float], sure: float = SURE) -> Interval | None:
    """A bootstrap interval for the median; None for too few values."""
    if len(values) < FEWEST:
        return None
    lots = np.random.default_rng(_SEED)
    drawn = lots.choice(np.asarray(values, dtype=float), size=(RESAMPLES, len(values)))
    low, high = np.quantile(np.median(drawn, axis=1), [(1 - sure) / 2, (1 + sure) / 2])
    return Interval(float(low), float(high))


def more_by_chance(new: Sequence[float], before: Sequence[float]) -> float:
    """How likely the ``new`` values would be this large in the mean, were they like those ``before``."""
    values = np.asarray([*new, *before], dtype=float)
    seen = values[: len(new)].sum()
    sums = _sums(values, len(new))
    # What differs by rounding only is as large.
    as_large = np.count_nonzero(sums >= seen - 1e-12 * max(1.0, abs(seen)))
    if comb(len(values), len(new)) > PERMUTATIONS:  # lots were drawn, and what was seen is one of them
        return float((as_large + 1) / (len(sums) + 1))
    return float(as_large / len(sums))


def _sums(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Of each way to take ``size`` of the values, or of many ways drawn by lot."""
    ways = comb(len(values), size)
    if ways <= PERMUTATIONS:
        return np.array(
            [values[list(one)].sum() for one in islice(combinations(range(len(values)), size), ways)]
        )
    lots = np.random.default_rng(_SEED)
    return np.array([lots.permutation(values)[:size].sum() for _ in range(PERMUTATIONS)])


def _at_most(good: int, of: int, share: float) -> float:
    """How likely at most ``good`` of ``of`` are good."""
    count = np.arange(of + 1)
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, of + 1)))])
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(count == 0, 0.0, count * np.log(share))
        each += np.where(count == of, 0.0, (of - count) * np.log1p(-share))
    terms = np.exp(logs[of] - logs[count] - logs[of - count] + each)
    return float(terms[: good + 1].sum())


def _root(below: Callable[[float], bool]) -> float:
    """Where ``below`` turns from true to false in [0, 1]."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return (low + high) / 2
