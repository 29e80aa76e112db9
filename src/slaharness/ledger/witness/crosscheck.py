"""Two witnesses: what Prometheus counted must be what the ledger holds, or neither is believed. Pure.

A counter is read when it is scraped, not at the window's end. So the ledger is asked over the window as it
was scraped, and no tolerance is needed but for requests that ended while a scrape was under way: with them
and without them are the two counts that Prometheus's must lie between.

Counters count requests as they end; a request belongs to the window in which it was due. So once both agree
on what ended, the ledger is asked what became of all that was due, and that decides.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from slaharness.ledger.asked import Asked
from slaharness.ledger.ledger import Ledger
from slaharness.ledger.witness import busy_machine, client_sli, load_shortfall
from slaharness.ledger.witness.client_sli import Flags, Ratio, Sent
from slaharness.ledger.witness.scrapes import COUNTED_WITHIN, as_scraped, failures
from slaharness.metrics.evidence import Series
from slaharness.model import Measurement, Objective, Outcome, Verdict, Window
from slaharness.objectives.judge import judge, unknown

#: Said of a verdict that rests on one witness.
ALONE = "by Prometheus alone"
#: Why nobody knows which of two faults is to blame.
BETWEEN_FAULTS = (
    "it hangs on requests that were still under way when the next fault struck, and nobody knows which of "
    "the two they suffered from; leave a longer pause between the faults, or ask over FAULT"
)


@dataclass(frozen=True)
class Witnesses:
    """Both accounts of the load: its ledger, and its counters among the record's series ``kept``.

    ``clock`` says why the ledger's times cannot be held against the windows'; "" when they can.
    """

    ledger: Ledger
    kept: Sequence[Series]
    clock: str


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
        return self.least.good <= good <= self.most.good and bad_least <= total - good <= bad_most

    def __str__(self) -> str:
        """Like ``0 of 1,050``, or ``0 to 2 of 1,048 to 1,052``."""
        bad = (self.least.total - self.least.good, self.most.total - self.most.good)
        return f"{_span(*bad)} of {_span(self.least.total, self.most.total)}"


def counted(asked: Asked, window: Window, ledger: Ledger, kept: Sequence[Series]) -> Bounds:
    """The ledger's own count. ``kept`` are the record's series, which say when the load was scraped.

    Raises ValueError when they do not.
    """
    least, most = as_scraped(kept, window)
    return Bounds(asked.ended(ledger, least), asked.ended(ledger, most), most)


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
    least, most = as_scraped(kept, window)
    told, sure = client_sli.failures(ledger, most), client_sli.failures(ledger, least)
    seen = list(failures(kept, window))
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


def judged(
    objective: Objective,
    measurement: Measurement,
    window: Window,
    asked: Asked,
    both: Witnesses,
    *,
    followed: bool = False,
) -> Verdict:
    """Judge what was due in ``window``, once both witnesses agree on what ended in it.

    ``followed``: the next fault struck at the window's end.
    Raises ValueError when the record does not say when the load was scraped.
    """
    bounds = counted(asked, window, both.ledger, both.kept)
    measurement = replace(
        measurement, noise=""
    )  # what of it a busy machine explains, the ledger tells better
    doubts = (
        disagreement(measurement, bounds, objective.bad),
        load_shortfall.shortfall(both.kept, window),
        both.clock,
    )
    if said := tuple(filter(None, doubts)):
        # Nor is it no data that is a miss, when one of the two had some.
        doubted = replace(measurement, problems=(*measurement.problems, *said), no_data=False)
        return judge(objective, doubted)
    ended = judge(objective, measurement)
    if ended.outcome is Outcome.UNKNOWN:
        return replace(ended, reason=f"{ended.reason}; by the ledger {bounds}")
    due = _Due(objective, measurement, window, asked, both)
    if followed:
        calmer = replace(window, end=client_sli.under_way_since(both.ledger, window.end))
        if replace(due, window=calmer).verdict().outcome is not due.verdict().outcome:
            return unknown(objective, window.phase, BETWEEN_FAULTS, seen=measurement)
    return _excused(due, _decided(due, ended, bounds))


@dataclass(frozen=True)
class _Due:
    """What was due in a window, put to the judge in place of what ended in it."""

    objective: Objective
    measurement: Measurement
    window: Window
    asked: Asked
    both: Witnesses

    def verdict(self, sent: Sent = Sent.AS_IT_WAS, excused: Flags | None = None) -> Verdict:
        counts = self._ratio(self.window, sent, excused)
        of_slices = [self._ratio(one, sent, excused) for one in self._slices()]
        due = replace(
            self.measurement,
            good=float(counts.good),
            total=float(counts.total),
            slices=tuple((float(one.good), float(one.total)) for one in of_slices),
        )
        return judge(self.objective, due)

    def _slices(self) -> Iterator[Window]:
        """The slices that were measured: what is left over at the window's end is the last one's."""
        if not self.objective.timeslice:
            return
        starts = [
            self.window.start + number * self.objective.timeslice.seconds
            for number in range(len(self.measurement.slices))
        ]
        for start, end in pairwise([*starts, self.window.end]):
            yield Window(self.window.phase, start, end)

    def _ratio(self, window: Window, sent: Sent, excused: Flags | None) -> Ratio:
        due = self.asked.due(self.both.ledger, window, sent, excused)
        if sent is not Sent.LATE_IS_BAD:
            return due
        # Users that wait for an answer ask nothing meanwhile, and nobody knows how that would have gone; nor
        # what became of an arrival of which no end is told.
        both = self.both.ledger, self.both.kept, window
        unseen = load_shortfall.held_back(*both) + load_shortfall.without_an_end(*both)
        return replace(due, total=due.total + unseen)


def _decided(due: _Due, ended: Verdict, bounds: Bounds) -> Verdict:
    """The verdict on what was due; UNKNOWN when it hangs on what the load itself did not send in time."""
    found = due.verdict()
    worst, best = (due.verdict(sent).outcome for sent in (Sent.LATE_IS_BAD, Sent.LATE_IS_GOOD))
    ledger, window, names = due.both.ledger, due.window, due.asked.names
    if worst is not best:
        reason = load_shortfall.lateness(ledger, due.both.kept, window, names)
        return unknown(due.objective, window.phase, reason, seen=due.measurement)
    if found.outcome is ended.outcome:
        reason = f"{ended.reason}; by the ledger {bounds}"
        complaints = due.asked.complaints(ledger, bounds.scraped, window.start)
        verdict = ended
    else:
        reason = (
            f"{found.reason}; counted are all that were due in {window.phase}, whenever they ended; "
            f"of those that ended in it, {bounds} by both witnesses"
        )
        complaints = due.asked.complaints_of_due(ledger, window)
        verdict = found
    if verdict.outcome is Outcome.MISSED and complaints:
        reason += f": {complaints}"
    return replace(verdict, reason=reason + load_shortfall.closed_loop(due.both.kept))


def _excused(due: _Due, verdict: Verdict) -> Verdict:
    """A miss is none of the stack's where it hangs on slow answers that a busy machine explains."""
    limit = due.asked.threshold
    if verdict.outcome is not Outcome.MISSED or limit is None:
        return verdict
    excused = busy_machine.explained(due.both.ledger, due.both.kept, limit)
    if not excused.any() or due.verdict(excused=excused).outcome is Outcome.MISSED:
        return verdict
    why = busy_machine.told(excused & client_sli.due_in(due.both.ledger, due.window, due.asked.names))
    return replace(verdict, outcome=Outcome.UNKNOWN, reason=f"{why}: {verdict.reason}")


def _span(least: int, most: int) -> str:
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"
