"""Time slices: a window cut into pieces, each good or not by its own requests. Pure.

A slice is worth 1 or 0, or without a target of its own the share of its requests that were good. One without
requests may have been anything, so it is counted as neither: what is concluded must hold whatever it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from slaharness.model import Timeslice, Window


@dataclass(frozen=True)
class Tally:
    """How many slices there were of each kind."""

    good: float
    bad: float
    empty: int
    all: int

    @property
    def least(self) -> float:
        """The share of good slices if every slice without requests was bad."""
        return self.good / self.all

    @property
    def most(self) -> float:
        """The share of good slices if every slice without requests was good."""
        return (self.good + self.empty) / self.all


def cut(window: Window, timeslice: Timeslice, least: float) -> tuple[Window, ...]:
    """The slices of ``window``, from its start to its end; none where it holds no whole one.

    What is left over at its end is a shorter slice, or the end of the last one where it lasts under ``least``
    seconds, too short to be measured.
    """
    # Milliseconds, as windows are kept to them: 0.3 / 0.1 is 2.9999….
    count, left = divmod(round(window.seconds * 1000), round(timeslice.seconds * 1000))
    ends = [window.start + number * timeslice.seconds for number in range(count + 1)]
    if count:
        whole = count if left and left >= round(least * 1000) else count - 1
        ends = [*ends[: whole + 1], window.end]
    return tuple(Window(window.phase, start, end) for start, end in pairwise(ends))


def tally(slices: Sequence[tuple[float, float]], timeslice: Timeslice) -> Tally:
    """Sort ``slices``, each its good requests and all of them, by whether it reached its target."""
    shares = [good / total for good, total in slices if total]
    good = sum(shares) if timeslice.target is None else sum(share >= timeslice.target for share in shares)
    return Tally(good, len(shares) - good, len(slices) - len(shares), len(slices))
