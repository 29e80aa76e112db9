"""The load's clock, held against Prometheus's. The ledger is told by the one, windows by the other. Pure.

Both counted the same requests. By a scrape at t, so many had ended by Prometheus's clock; when as many had
ended by the load's clock stands in the ledger. Each scrape so bounds how far the clocks are apart, and all of
them together do within some hundredths of a second. Where they exclude each other, a clock was set.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
import numpy.typing as npt

from slaharness.ledger.ledger import Ledger
from slaharness.ledger.witness.scrapes import COUNTED_WITHIN, COUNTER, durations
from slaharness.metrics.evidence import Series

#: Seconds that clocks may be apart before what is told by both is not known.
TOLERANCE = 0.25
#: Of counts that are all beyond the ledger's, say: they are of another life of the load.
UNBOUNDED = "its counters do not tell how far the load's clock is off"
#: Above it a number counts no requests, nor does NaN.
MOST = 2.0**53

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Offset:
    """Prometheus's clock is ``least`` to ``most`` seconds ahead of the load's.

    ``least`` is above ``most`` where no one offset explains all scrapes.
    """

    least: float
    most: float

    @property
    def most_apart(self) -> float:
        """How many seconds the clocks may be apart; infinite where nothing bounds it."""
        return max(abs(self.least), abs(self.most))

    @property
    def doubt(self) -> str:
        """Why nothing that depends on time may be concluded; "" when the clocks agree, as far as is known."""
        if self.least - self.most > TOLERANCE:
            return (
                f"the load's clock was set during the run, by {self.least - self.most:.1f} s at least, "
                "or its counters are not those of its ledger"
            )
        apart = min(abs(self.least), abs(self.most))
        if self.least > TOLERANCE:
            return f"the load's clock is {apart:.1f} s behind Prometheus's"
        if self.most < -TOLERANCE:
            return f"the load's clock is {apart:.1f} s ahead of Prometheus's"
        return "" if isfinite(self.most_apart) else UNBOUNDED


def offset(ledger: Ledger, kept: Sequence[Series]) -> Offset | None:
    """What ``kept``, the record's series, say of the clocks; None when they say nothing or are no counts."""
    counters = [one for one in kept if one.name == COUNTER and one.samples]
    if not all(0 <= value < MOST for one in counters for _, value in one.samples):
        return None
    took = durations(kept)
    counts = [_Counts(one, counters, took) for one in {one.labels.get("instance") for one in counters}]
    ended = np.sort(ledger.column("finished"))
    if not counts or not len(ended):
        return None
    instants = np.unique(np.concatenate([one.at for one in counts]))
    by_then = np.sum([one.at_least(instants) for one in counts], axis=0)
    until_then = np.sum([one.at_most(instants) for one in counts], axis=0)
    read_by = np.max([one.read_by(instants) for one in counts], axis=0)
    some, more = (by_then > 0) & (by_then <= len(ended)), until_then < len(ended)
    most = read_by[some] - ended[by_then[some] - 1]
    least = instants[more] - COUNTED_WITHIN - ended[until_then[more].astype(np.intp)]
    return Offset(float(least.max(initial=-np.inf)), float(most.min(initial=np.inf)))


class _Counts:
    """How many requests one process of the load had counted when it was scraped."""

    def __init__(
        self, instance: str | None, counters: Sequence[Series], took: Mapping[tuple[str | None, float], float]
    ) -> None:
        own = [one for one in counters if one.labels.get("instance") == instance]
        self.at: Numbers = np.unique([at for one in own for at, _ in one.samples])
        self.ends: Numbers = self.at + [took.get((instance, at), 0.0) for at in self.at.tolist()]
        self.counts = sum((_as_of(one, self.at) for one in own), np.zeros(len(self.at), np.intp))

    def at_least(self, instants: Numbers) -> npt.NDArray[np.intp]:
        """So many had ended before each instant: as counted by the last scrape."""
        found: npt.NDArray[np.intp] = np.append(0, self.counts)[
            np.searchsorted(self.at, instants, side="right")
        ]
        return found

    def read_by(self, instants: Numbers) -> Numbers:
        """When the last scrape before each instant had ended."""
        ended: Numbers = np.append(-np.inf, self.ends)[np.searchsorted(self.at, instants, side="right")]
        return ended

    def at_most(self, instants: Numbers) -> Numbers:
        """No more had: as counted by the next scrape; without one, any number may have."""
        return np.append(self.counts, np.inf)[np.searchsorted(self.at, instants)]


def _as_of(counter: Series, instants: Numbers) -> npt.NDArray[np.intp]:
    """Its values; 0 before its first sample, as it is not there before it counts."""
    at, values = (np.array(column) for column in zip(*counter.samples, strict=True))
    return np.append(0, values.astype(np.intp))[np.searchsorted(at, instants, side="right")]
