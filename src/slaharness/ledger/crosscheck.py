"""Two witnesses: what Prometheus counted must be what the ledger holds, or neither is believed.

A counter is read when it is scraped, not at the window's end. So the ledger is asked over the window as it
was scraped, and no tolerance is needed but for requests that ended while a scrape was under way: with them
and without them are the two counts that Prometheus's must lie between.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from promql_parser import MatchOp, VectorSelector

from slaharness.ledger import client_sli as witness
from slaharness.ledger.client_sli import Ratio
from slaharness.ledger.ledger import Ledger
from slaharness.metrics.evidence import Series
from slaharness.model import Measurement, Objective, SourceType, Window
from slaharness.objectives import promql

#: The clients' counters: of requests, and of those that ended within a bound (``le``).
COUNTER, BUCKET = "loadgen_requests_total", "loadgen_request_duration_seconds_bucket"
#: How long each scrape took, stamped with when it began.
SCRAPES = "scrape_duration_seconds"
#: By what the ledger can tell requests apart.
KNOWN = {"job", "outcome", "le", "name"}
#: Seconds that a request may take from its end in the client to its count.
COUNTED_WITHIN = 0.1


@dataclass(frozen=True)
class Scrape:
    """When the load's counters were read: all of its processes' not before ``began``, not after ``ended``."""

    began: float
    ended: float


@dataclass(frozen=True)
class Bounds:
    """What the ledger holds for a window, without and with the requests that ended while it was scraped.

    ``scraped`` is the window with them.
    """

    least: Ratio
    most: Ratio
    scraped: Window

    def holds(self, good: float, total: float) -> bool:
        bad_least, bad_most = self.least.total - self.least.good, self.most.total - self.most.good
        return (
            self.least.good <= good <= self.most.good
            and self.least.total <= total <= self.most.total
            and bad_least <= total - good <= bad_most
        )

    def __str__(self) -> str:
        """Like ``0 of 1,050``, or ``0 to 2 of 1,048 to 1,052``."""
        bad = (self.least.total - self.least.good, self.most.total - self.most.good)
        return f"{_span(*bad)} of {_span(self.least.total, self.most.total)}"


@dataclass(frozen=True)
class Asked:
    """Which requests an objective counts: within ``threshold`` seconds, or however long they took."""

    threshold: float | None
    names: frozenset[str]

    def of(self, ledger: Ledger, window: Window) -> Ratio:
        if self.threshold is None:
            return witness.availability(ledger, window, self.names)
        return witness.latency_ratio(ledger, window, self.threshold, self.names)

    def complaints(self, ledger: Ledger, window: Window, since: float) -> str:
        return witness.complaints(ledger, window, since, self.threshold, self.names)


def asked(objective: Objective) -> Asked | None:
    """What to ask the ledger; None unless the objective is a ratio of the clients' own counters."""
    if objective.source is not SourceType.RATIO:
        return None
    vectors = list(promql.vectors(objective))
    if not all(vector.name in {COUNTER, BUCKET} for vector in vectors):
        return None
    matchers = [one for vector in vectors for one in vector.matchers.matchers]
    if any(one.name not in KNOWN or one.op != MatchOp.Equal for one in matchers):
        return None
    bounds = {float(one.value) for one in matchers if one.name == "le"}
    if len(bounds) > 1 or not _good_means_ok(vectors):
        return None
    return Asked(next(iter(bounds), None), frozenset(one.value for one in matchers if one.name == "name"))


def counted(asked: Asked, window: Window, ledger: Ledger, kept: Sequence[Series]) -> Bounds:
    """The ledger's own count. ``kept`` are the record's series, which say when the load was scraped.

    Raises ValueError when they do not.
    """
    least, most = _as_scraped(kept, window)
    return Bounds(asked.of(ledger, least), asked.of(ledger, most), most)


def disagreement(measurement: Measurement, bounds: Bounds, bad: str) -> str:
    """Both figures, when they cannot both be true; "" when they agree, or there is none of Prometheus's."""
    good, total = measurement.good, measurement.total
    if good is None or total is None or bounds.holds(good, total):
        return ""
    return (
        f"the two witnesses disagree: by Prometheus {total - good:,.0f} of {total:,.0f} requests {bad}, "
        f"by the ledger {bounds}"
    )


def disagreement_on_failures(window: Window, ledger: Ledger, kept: Sequence[Series]) -> str:
    """Both witnesses' first and last failure of ``window``, when they cannot both be true; else "".

    Raises ValueError when the record does not say when the load was scraped.
    """
    least, most = _as_scraped(kept, window)
    told, sure = witness.failures(ledger, most), witness.failures(ledger, least)
    seen = list(_increases(kept, window))
    if not seen:
        return f"by Prometheus no request failed, by the ledger {len(sure):,} did" if sure else ""
    since, until = (edge([one.began for one in seen]) - COUNTED_WITHIN for edge in (min, max))
    begun, ended = (edge([one.ended for one in seen]) for edge in (min, max))
    ends = ((since, begun), (until, ended))
    both = all(any(low <= one <= high for one in told) for low, high in ends)
    if both and not any(one < since or one > ended for one in sure):
        return ""
    span = f"{told[0] - window.start:.1f} s to {told[-1] - window.start:.1f} s" if told else "never"
    return (
        f"the two witnesses disagree: requests failed from {since - window.start:.1f} s to "
        f"{ended - window.start:.1f} s by Prometheus, {span} by the ledger"
    )


def _increases(kept: Sequence[Series], window: Window) -> Iterator[Scrape]:
    """Between which two reads counters of requests that went wrong grew."""
    took = {
        (one.labels.get("instance"), at): seconds
        for one in kept
        if one.name == SCRAPES
        for at, seconds in one.samples
    }
    for one in kept:
        wrong = one.name == COUNTER and one.labels.get("outcome") != "ok"
        reads = (one.before(window.start), *one.within(window)) if wrong else ()
        for before, after in pairwise(read for read in reads if read):
            if after[1] > before[1]:
                yield Scrape(before[0], after[0] + took.get((one.labels.get("instance"), after[0]), 0.0))


def _good_means_ok(vectors: Sequence[VectorSelector]) -> bool:
    """Whether the only outcome that is asked for is ok: that is what the ledger takes for good."""
    return {one.value for vector in vectors for one in vector.matchers.matchers if one.name == "outcome"} == {
        "ok"
    }


def _as_scraped(kept: Sequence[Series], window: Window) -> tuple[Window, Window]:
    """The window as its counters were read: without and with what ended while they were."""
    first, last = _scraped(kept, window.start), _scraped(kept, window.end)
    return (
        Window(window.phase, first.ended, last.began - COUNTED_WITHIN),
        Window(window.phase, first.began - COUNTED_WITHIN, last.ended),
    )


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


def _span(least: int, most: int) -> str:
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"
