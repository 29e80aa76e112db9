"""Time slices: a window cut into pieces, each good or not by its own requests. Pure.

A slice without requests may have been good or bad, so it is counted as neither: what is concluded must hold
whichever it was. It is never good.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from slaharness.model import Timeslice, Window


@dataclass(frozen=True)
class Tally:
    """How many slices there were of each kind."""

    good: int
    bad: int
    empty: int

    @property
    def all(self) -> int:
        return self.good + self.bad + self.empty

    @property
    def least(self) -> float:
        """The share of good slices if every slice without requests was bad."""
        return self.good / self.all

    @property
    def most(self) -> float:
        """The share of good slices if every slice without requests was good."""
        return (self.good + self.empty) / self.all


def cut(window: Window, timeslice: Timeslice) -> tuple[Window, ...]:
    """The whole slices of ``window``, from its start; what is left over at its end belongs to none."""
    # Milliseconds, as windows are kept to them: 0.3 / 0.1 is 2.9999….
    count = round(window.seconds * 1000) // round(timeslice.seconds * 1000)
    ends = [window.start + number * timeslice.seconds for number in range(count + 1)]
    return tuple(Window(window.phase, start, end) for start, end in pairwise(ends))


def tally(slices: Sequence[tuple[float, float]], timeslice: Timeslice) -> Tally:
    """Sort ``slices``, each its good requests and all of them, by whether it reached its target."""
    empty = sum(not total for _, total in slices)
    good = sum(bool(total) and good / total >= timeslice.target for good, total in slices)
    return Tally(good, len(slices) - good - empty, empty)
