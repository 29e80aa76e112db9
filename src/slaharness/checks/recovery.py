"""Recovery, told from the ledger: when users first noticed, first got an answer again, and were well. Pure.

All times are seconds since the injection, as fine as the slices. What was not seen is None: no recovery is a
result too, censored at the end of what was observed, and never a run to leave out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from math import isfinite

from slaharness.events import POD_NOT_READY, POD_READY
from slaharness.ledger.witness.steady_state import Steady, failed, flapping, held_from
from slaharness.model import Event, LatencyBin, Outcome, Phase, Verdict

#: The name that verdicts on recovery carry where an objective's name would stand.
RECOVERED = "recovery"
#: Among its figures, when the steady state began.
STEADY = "steady (s)"


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

    gone: int
    ready: float | None


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
    pods: Readiness = Readiness(0, None),
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
    elif _in_time(found, span) and (relapses := flapping(busy, steady)):
        yield relapses


def _silence(busy: Sequence[LatencyBin], found: Recovery, span: Span, steady: Steady) -> float:
    """The longest time without load in which the opposite of what was found could have hidden.

    A yes could hide a relapse anywhere after steady state. A no could hide a recovery between the last
    trouble before the limit and the limit; unless requests failed after it, too.
    """
    if found.steady is not None and _in_time(found, span):
        return _longest_gap(busy, span.injected + found.steady, span.observed_until)
    if any(failed(piece) and piece.start >= span.limit for piece in busy):
        return 0.0
    troubled = [piece.end for piece in busy if failed(piece) or steady.slow(piece)]
    last = max((end for end in troubled if end <= span.limit), default=span.injected)
    return _longest_gap(busy, last, span.limit)


def _in_time(found: Recovery, span: Span) -> bool:
    return found.steady is not None and span.injected + found.steady <= span.limit


def _longest_gap(busy: Sequence[LatencyBin], since: float, until: float) -> float:
    """The longest time between two instants that no slice covers."""

    def inside(instant: float) -> float:
        return min(max(instant, since), until)

    ends = [since, *(inside(piece.end) for piece in busy)]
    starts = [*(inside(piece.start) for piece in busy), until]
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
