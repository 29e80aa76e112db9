"""Were requests well again after a fault? The record's ledger, series and events, put to ``recovery``.

Prometheus is the second witness: it has to have been scraped all the while, and to have counted the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, pairwise
from math import inf

import numpy as np

from slaharness.checks.recovery import RECOVERED, STEADY, judge_recovery, readiness
from slaharness.checks.registry import check
from slaharness.errors import BadInput
from slaharness.host.duration import seconds
from slaharness.ledger.witness import busy_machine, client_sli, crosscheck, load_shortfall, scrapes
from slaharness.ledger.witness.client_sli import Numbers
from slaharness.ledger.witness.steady_state import Steady, held_from
from slaharness.metrics.evidence import Scrapes, Series, too_short
from slaharness.model import BASELINE, FAULT, RECOVERY, LatencyBin, Outcome, Phase, Verdict, Window
from slaharness.record.saved_run import SavedRun

#: Seconds of a slice of the ledger: how finely recovery is seen.
SLICE = 0.2
#: Why nobody knows which of two faults is to blame.
STILL_UNWELL = (
    "requests were not seen to be well again after the fault before; leave a longer pause between the "
    "faults, or ask over FAULT"
)
UNWELL_BEFORE = (
    "before any fault requests were not well either: some failed, or too many were slow, to its end"
)
#: Seconds for which Prometheus may have no sample of the load, where it scrapes that often: what it counted
#: meanwhile is told, not when.
BLIND = 5.0
#: From when to when users waited for an answer; nobody did.
Waits = tuple[Numbers, Numbers]
NOBODY: Waits = (np.zeros(0), np.zeros(0))


@check(RECOVERED, over=RECOVERY)
def recovered(record: SavedRun, *, within: str | float, over: Phase = RECOVERY) -> Verdict:
    """Were requests well again ``within`` that long of the injection, and to the end? By the ledger.

    ``over`` the window of one fault of several: within that long of its strike, and until the next one.
    """
    limit, span = seconds(within), _span(record, over)
    if span is None or record.timeline.window(BASELINE) is None:
        return _unknown(limit, "the run has no fault, or not all of its windows", over)
    if doubt := _doubt_of_requests(record, span):
        return _unknown(limit, doubt, over)
    found = _judged(record, span, limit)
    doubt = "; ".join(islice(_doubts_of_verdict(record, span, limit, found), 1))
    return _unknown(limit, doubt, over) if doubt else found


def _doubts_of_verdict(record: SavedRun, span: Window, limit: float, found: Verdict) -> Iterator[str]:
    """What the verdict hangs on, where that is not known."""
    missed = found.outcome is Outcome.MISSED
    if missed and (unwell := still_unwell(record, span.phase) or _unwell_before(record)):
        yield unwell
    if load_shortfall.without_an_end(record.ledger, record.series, span):
        yield load_shortfall.lateness(record.ledger, record.series, span)
    since_sent = _judged(record, span, limit, client_sli.latencies(record.ledger, "sent"))
    if len({one.outcome for one in (found, since_sent, _judged_as_they_waited(record, span, limit))}) > 1:
        yield load_shortfall.lateness(record.ledger, record.series, span)
    calmer = replace(span, end=client_sli.under_way_since(record.ledger, span.end))
    if record.struck_at(span.end) and found.outcome is not _judged(record, calmer, limit).outcome:
        yield crosscheck.BETWEEN_FAULTS
    if near := _nearer_than_the_clocks(record, limit, found.figures[STEADY]):
        yield near
    if missed and (busy := _excused(record, span, limit)):
        yield f"{busy}: {found.reason}"


def _nearer_than_the_clocks(record: SavedRun, limit: float, steady: float | None) -> str:
    """Why a limit tells nothing: the ledger's times may be so far from that of the strike."""
    apart = record.load_clock.most_apart if record.load_clock else 0.0
    if steady is None or abs(steady - limit) >= apart:
        return ""
    return (
        f"steady after {steady:.1f} s; the load's clock may be {apart:.2f} s from the harness's, and the "
        "limit is that near"
    )


def still_unwell(record: SavedRun, over: Phase) -> str:
    """Why what one of several faults did is not known: requests were not seen well again when it struck.

    Those still under way at that instant say nothing, for it may be this fault that they suffer from.
    """
    own, strikes = record.timeline.window(over), record.fault.strikes if record.fault else ()
    if over.whole is over or own is None:
        return ""
    if not (earlier := [one.at for one in strikes if one.at < own.start]):
        return ""
    until = client_sli.under_way_since(record.ledger, own.start)
    seen = [one for one in client_sli.slices(record.ledger, max(earlier), until, SLICE) if one.requests]
    return STILL_UNWELL if held_from(seen, Steady(_calm(record))) is None else ""


def _unwell_before(record: SavedRun) -> str:
    """Why the fault cannot be blamed: as BASELINE ended requests were not well either, by the same rule."""
    calm = record.timeline.window(BASELINE)
    slices = client_sli.slices(record.ledger, calm.start, calm.end, SLICE) if calm else ()
    seen = [one for one in slices if one.requests]
    return "" if seen and held_from(seen, Steady(_calm(record))) is not None else UNWELL_BEFORE


def _judged(
    record: SavedRun, span: Window, limit: float, took: Numbers | None = None, waits: Waits = NOBODY
) -> Verdict:
    """By the record's ledger; ``took`` are latencies that count for its own, ``waits`` as failed requests."""
    pieces = client_sli.slices(record.ledger, span.start, span.end, SLICE, took=took)
    found = judge_recovery(
        _waiting(pieces, span, waits),
        injected=span.start,
        observed_until=span.end,
        within=limit,
        steady=Steady(_calm(record)),
        pods=readiness(record.timeline.events, injected=span.start),
    )
    return replace(found, phase=span.phase)


def _judged_as_they_waited(record: SavedRun, span: Window, limit: float) -> Verdict:
    """As if what users did not send while they waited for an answer had failed."""
    patience = max(load_shortfall.PATIENCE, Steady(_calm(record)).limit)
    return _judged(record, span, limit, waits=load_shortfall.waits(record.ledger, record.series, patience))


def _waiting(pieces: Sequence[LatencyBin], span: Window, waits: Waits) -> Sequence[LatencyBin]:
    """The slices, with one request without an answer more in each in which somebody waited."""
    since, until = (np.clip((ends - span.start) / SLICE, 0, len(pieces)) for ends in waits)
    edges = np.zeros(len(pieces) + 1, np.intp)
    np.add.at(edges, np.floor(since).astype(np.intp), 1)
    np.add.at(edges, np.ceil(until).astype(np.intp), -1)
    waited = np.cumsum(edges[:-1])
    return [
        replace(one, unknown=one.unknown + 1) if some else one
        for one, some in zip(pieces, waited > 0, strict=True)
    ]


def _excused(record: SavedRun, span: Window, limit: float) -> str:
    """Why nobody knows, when requests would have been well again in time but for a busy machine; else ""."""
    excused = busy_machine.explained(record.ledger, record.series, Steady(_calm(record)).limit)
    excused &= client_sli.due_in(record.ledger, span)
    took = np.where(excused, 0.0, client_sli.latencies(record.ledger))
    if _judged(record, span, limit, took).outcome is Outcome.MISSED:
        return ""
    return busy_machine.told(excused)


def _span(record: SavedRun, over: Phase) -> Window | None:
    """From the strike to the end of what was observed: to the next strike, after the last one to the end."""
    if over not in {RECOVERY, FAULT} and over.whole is over:
        raise BadInput(f"a recovery is not over {over}: leave it out, or name a fault, over=run.fault(…)")
    fault, after, own = record.fault, record.timeline.window(RECOVERY), record.timeline.window(over)
    if fault is None or after is None or own is None:
        return None
    start = fault.started if over.whole is over else own.start
    following = over.whole is not over and record.struck_at(own.end)
    return Window(over, start, own.end if following else after.end)


def _calm(record: SavedRun) -> float:
    """The 95th percentile of latency before the fault (s); 0 when there were no requests."""
    before = record.timeline.window(BASELINE)
    found = client_sli.slices(record.ledger, before.start, before.end, before.seconds) if before else ()
    return next((one.p95 for one in found), None) or 0.0


def _doubt_of_requests(record: SavedRun, span: Window) -> str:
    """Why it is not known when requests were well: witnesses differ or are silent, or the load was late."""
    ledger = record.ledger
    interval = record.record.load_interval
    if short := too_short(Scrapes(span, interval), "what was watched after the fault"):
        return short[0]
    if blind := _blind(record.series, span, max(BLIND, 2 * interval)):
        return blind
    try:
        disagreement = crosscheck.disagreement_on_failures(span, ledger, record.series)
    except ValueError as error:
        return str(error)
    return disagreement or record.witnesses.clock or load_shortfall.shortfall(record.series, span)


def _blind(series: Sequence[Series], span: Window, limit: float) -> str:
    """Where Prometheus has no sample of the load's counters for too long: silence is no agreement."""
    counters = [one for one in series if one.name == scrapes.COUNTER]
    if not counters:
        return "Prometheus has no sample of the load, so there is only one witness"
    for one in counters:
        opening = one.before(span.start)
        instants = [opening[0] if opening else -inf, *(at for at, _ in one.within(span)), span.end]
        gap, since = max((later - at, at) for at, later in pairwise(instants))
        if gap > limit:
            ago = (
                f"from {max(0.0, since - span.start):.1f} s after the fault on" if opening else "at the fault"
            )
            return f"Prometheus has no sample of the load for more than {limit:g} s {ago}: one witness only"
    return ""


def _unknown(limit: float, reason: str, over: Phase) -> Verdict:
    return Verdict(RECOVERED, over, Outcome.UNKNOWN, f"≤ {limit:g} s", "none", None, reason)
