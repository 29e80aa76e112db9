"""Recovery, told from the ledger: when users first noticed, first got an answer again, and were well. Pure.

Prometheus is the second witness: it has to have been scraped all the while, and to have counted the same.

All times are seconds since the injection, as fine as the slices. What was not seen is None: no recovery is a
result too, censored at the end of what was observed, and never a run to leave out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import inf, isfinite

from slaharness.checks.registry import check
from slaharness.events import POD_NOT_READY, POD_READY
from slaharness.host.duration import seconds
from slaharness.ledger import client_sli, crosscheck, load_shortfall, scrapes
from slaharness.ledger.steady_state import Steady, failed, flapping, held_from
from slaharness.metrics.evidence import Series
from slaharness.model import BASELINE, RECOVERY, Event, LatencyBin, Outcome, Phase, Verdict, Window
from slaharness.record.saved_run import SavedRun

#: The name that verdicts on recovery carry where an objective's name would stand.
RECOVERED = "recovery"
#: Seconds of a slice of the ledger: how finely recovery is seen.
SLICE = 0.2
#: Seconds for which Prometheus may have no sample of the load, where it scrapes that often: what it counted
#: meanwhile is told, not when.
BLIND = 5.0


@check(RECOVERED, over=RECOVERY)
def recovered(record: SavedRun, *, within: str | float) -> Verdict:
    """Were requests well again ``within`` that long of the injection, and to the end? By the ledger."""
    limit, fault = seconds(within), record.fault
    before, after = (record.timeline.window(phase) for phase in (BASELINE, RECOVERY))
    if fault is None or before is None or after is None:
        return _unknown(limit, "the run has no fault, or not all of its windows")
    if doubt := _doubt_of_requests(record, Window(RECOVERY, fault.started, after.end)):
        return _unknown(limit, doubt)
    found, without_lateness = (
        judge_recovery(
            client_sli.slices(record.ledger, fault.started, after.end, SLICE, since=since),
            injected=fault.started,
            observed_until=after.end,
            within=limit,
            steady=Steady(_calm(record, before)),
            pods=readiness(record.timeline.events, injected=fault.started),
        )
        for since in ("intended", "sent")
    )
    if found.outcome is without_lateness.outcome:
        return found
    span = Window(RECOVERY, fault.started, after.end)
    return _unknown(limit, load_shortfall.lateness(record.ledger, record.series, span))


def _calm(record: SavedRun, before: Window) -> float:
    """The 95th percentile of latency before the fault (s); 0 when there were no requests."""
    return client_sli.slices(record.ledger, before.start, before.end, before.seconds)[0].p95 or 0.0


def _doubt_of_requests(record: SavedRun, span: Window) -> str:
    """Why it is not known when requests were well: witnesses differ or are silent, or the load was late."""
    ledger = record.ledger
    if blind := _blind(record.series, span, max(BLIND, 2 * record.record.interval)):
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


def _unknown(limit: float, reason: str) -> Verdict:
    return Verdict(RECOVERED, RECOVERY, Outcome.UNKNOWN, f"≤ {limit:g} s", "none", None, reason)


@dataclass(frozen=True)
class Recovery:
    """What became of one fault, in seconds since its injection; None is "not seen".

    ``detected``: when the first request was sent that was not answered as asked. ``answered``: when the first
    one after it was sent that was. ``steady``: the beginning of the steady state that lasted to the end of
    what was observed.
    """

    detected: float | None
    answered: float | None
    steady: float | None


@dataclass(frozen=True)
class Readiness:
    """What became of the pods: ``gone`` is how many fewer are Ready at the end than at the injection.

    ``ready``: when, in seconds since the injection, there were for the last time as many again as then; None
    while some are gone, and when none ever was.
    """

    gone: int = 0
    ready: float | None = None


def readiness(events: Sequence[Event], *, injected: float) -> Readiness:
    """Count pods in and out; those of a Deployment come back under other names."""
    gone, ready = 0, None
    for event in sorted((one for one in events if one.at >= injected), key=lambda one: one.at):
        if event.name == POD_NOT_READY:
            gone += 1
        elif event.name == POD_READY:
            gone -= 1
            ready = event.at if gone == 0 else ready
    return Readiness(max(gone, 0), _since(injected, ready) if gone <= 0 else None)


def recovery(slices: Sequence[LatencyBin], *, injected: float, steady: Steady) -> Recovery:
    """Find the three instants in ``slices``, which are in order of time."""
    after = [piece for piece in slices if piece.end > injected and piece.requests]
    broken = next((piece for piece in after if failed(piece)), None)
    # Within one slice nobody knows what came first, so an answer counts from the next slice on.
    answer = next((piece for piece in after if broken and piece.start > broken.start and piece.ok), None)
    return Recovery(
        detected=_since(injected, broken.start if broken else None),
        answered=_since(injected, answer.start if answer else None),
        steady=_since(injected, held_from(after, steady)),
    )


@dataclass(frozen=True)
class Span:
    """What was observed of a recovery, from the injection on, and the limit that was set for it."""

    injected: float
    observed_until: float
    limit: float

    def of(self, slices: Sequence[LatencyBin]) -> list[LatencyBin]:
        """The slices with load in this span."""
        return [
            piece
            for piece in slices
            if piece.requests and piece.end > self.injected and piece.start < self.observed_until
        ]


def judge_recovery(
    slices: Sequence[LatencyBin],
    *,
    injected: float,
    observed_until: float,
    within: float,
    steady: Steady,
    pods: Readiness = Readiness(),
) -> Verdict:
    """MET when users were well again ``within`` seconds of the injection, and remained so.

    ``slices`` cover everything from the injection to ``observed_until``; empty ones may be left out. What
    became of the pods is told and decides nothing: users do not see pods.
    """
    span = Span(injected, observed_until, injected + within)
    busy = span.of(slices)
    found = recovery(busy, injected=injected, steady=steady)
    met = found.steady is not None and found.steady <= within
    doubts = tuple(_doubts(busy, found, span, steady))
    return Verdict(
        objective=RECOVERED,
        phase=Phase.RECOVERY,
        outcome=Outcome.UNKNOWN if doubts else Outcome.MET if met else Outcome.MISSED,
        target=f"≤ {within:g} s",
        seen="not seen" if found.steady is None else f"{found.steady:.1f} s",
        requests=sum(piece.requests for piece in busy),
        reason="; ".join(doubts) or _story(found, pods, observed_until - injected),
        figures={f"{name} (s)": seconds for name, seconds in {**asdict(found), "ready": pods.ready}.items()},
    )


def _doubts(busy: Sequence[LatencyBin], found: Recovery, span: Span, steady: Steady) -> Iterator[str]:
    """Why neither a yes nor a no may be concluded."""
    if not (isfinite(steady.baseline_p95) and steady.baseline_p95 > 0):
        yield "the baseline's latency is not known, so neither is what steady means"
    if not busy:
        yield "no load after the fault"
    elif found.steady is None and span.observed_until < span.limit - busy[-1].seconds:
        yield f"not steady when the run ended, {span.observed_until - span.injected:.0f} s after the fault"
    elif (gap := _silence(busy, found, span, steady)) > min(steady.quiet, (span.limit - span.injected) / 2):
        yield f"no load for {gap:.1f} s, so nobody knows how requests would have fared"
    elif found.steady is not None and (relapses := flapping(busy, steady)):
        yield relapses


def _silence(busy: Sequence[LatencyBin], found: Recovery, span: Span, steady: Steady) -> float:
    """The longest time without load in which the opposite of what was found could have hidden.

    A yes could hide a relapse anywhere after steady state. A no could hide a recovery between the last
    trouble before the limit and the limit; unless requests failed after it, too.
    """
    if found.steady is not None and span.injected + found.steady <= span.limit:
        return _longest_gap(busy, span.injected + found.steady, span.observed_until)
    if any(failed(piece) and piece.start >= span.limit for piece in busy):
        return 0.0
    troubled = [piece.end for piece in busy if failed(piece) or steady.slow(piece)]
    last = max((end for end in troubled if end <= span.limit), default=span.injected)
    return _longest_gap(busy, last, span.limit)


def _longest_gap(busy: Sequence[LatencyBin], since: float, until: float) -> float:
    """The longest time between two instants that no slice covers."""
    inside = [piece for piece in busy if piece.end > since and piece.start < until]
    ends = [since, *(piece.end for piece in inside)]
    starts = [*(piece.start for piece in inside), until]
    return max(start - end for end, start in zip(ends, starts, strict=True))


def _since(injected: float, instant: float | None) -> float | None:
    return None if instant is None else max(0.0, instant - injected)


def _story(found: Recovery, pods: Readiness, observed: float) -> str:
    """Say it like "first failure after 0.2 s, first answer after 21.4 s, pods Ready after 22.0 s, …"."""
    noticed = "no request failed" if found.detected is None else f"first failure after {found.detected:.1f} s"
    parts = [noticed]
    if found.detected is not None:
        parts.append(
            "no answer since" if found.answered is None else f"first answer after {found.answered:.1f} s"
        )
    if pods.gone:
        parts.append(f"{pods.gone} fewer pods Ready")
    elif pods.ready is not None:
        parts.append(f"pods Ready after {pods.ready:.1f} s")
    still = f"still not steady after {observed:.0f} s"
    parts.append(still if found.steady is None else f"steady after {found.steady:.1f} s")
    return ", ".join(parts)
