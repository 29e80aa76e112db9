"""When the load's counters were read: a counter is known as of a scrape, never as of a window's end. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from slaharness.metrics.evidence import Series
from slaharness.model import Window

#: The clients' counter of requests that ended.
COUNTER = "loadgen_requests_total"
#: How long each scrape took, stamped with when it began.
SCRAPES = "scrape_duration_seconds"
#: Seconds that a request may take from its end in the client to its count.
COUNTED_WITHIN = 0.1


@dataclass(frozen=True)
class Scrape:
    """When the load's counters were read: all of its processes' not before ``began``, not after ``ended``."""

    began: float
    ended: float


def as_scraped(kept: Sequence[Series], window: Window) -> tuple[Window, Window]:
    """The window as its counters were read: without and with what ended while they were.

    Raises ValueError when the record's series ``kept`` do not say when that was.
    """
    first, last = _scraped(kept, window.start), _scraped(kept, window.end)
    return (
        Window(window.phase, first.ended, last.began - COUNTED_WITHIN),
        Window(window.phase, first.began - COUNTED_WITHIN, last.ended),
    )


def failures(kept: Sequence[Series], window: Window) -> Iterator[Scrape]:
    """Between which two reads counters of requests that went wrong grew."""
    took = durations(kept)
    for one in kept:
        wrong = one.name == COUNTER and one.labels.get("outcome") != "ok"
        reads = (one.before(window.start), *one.within(window)) if wrong else ()
        for before, after in pairwise(read for read in reads if read):
            if after[1] > before[1]:
                yield Scrape(before[0], after[0] + took.get((one.labels.get("instance"), after[0]), 0.0))


def durations(kept: Sequence[Series]) -> dict[tuple[str | None, float], float]:
    """Seconds that each scrape took, by target and by when it began."""
    return {
        (one.labels.get("instance"), at): seconds
        for one in kept
        if one.name == SCRAPES
        for at, seconds in one.samples
    }


def _scraped(kept: Sequence[Series], instant: float) -> Scrape:
    """When the value that stands for ``instant`` was read."""
    reads = list(_reads(kept, instant))
    if not reads:
        raise ValueError("when the load was scraped is not in the record, so its ledger cannot be compared")
    return Scrape(min(at for at, _ in reads), max(at + took for at, took in reads))


def _reads(kept: Sequence[Series], instant: float) -> Iterator[tuple[float, float]]:
    """Start and duration of each target's last scrape at or before ``instant``."""
    counting = {one.labels.get("instance") for one in kept if one.name == COUNTER}
    for one in kept:
        if one.name == SCRAPES and one.labels.get("instance") in counting and (read := one.before(instant)):
            yield read
