"""Whether a service grew with its work and shrank after it, by stamped events and scraped numbers. Pure."""

from collections.abc import Sequence

from slaharness.checks.registry import check
from slaharness.checks.scale_to_zero import LATE, looked, several
from slaharness.errors import BadInput, RecordTrouble
from slaharness.events import PODS_READY, REFUSED, WATCHED_UNTIL, WORK_BEGAN, WORK_ENDED, last
from slaharness.host.duration import seconds
from slaharness.metrics.evidence import Series
from slaharness.model import Event, Outcome, Phase, Verdict
from slaharness.model.words import counted
from slaharness.record.saved_run import SavedRun

#: The names that verdicts carry where an objective's name would stand.
OUT, IN = "scaled-out", "scaled-in"


@check(OUT, over=Phase.FAULT)
def scaled_out(record: SavedRun, *, to: int, within: str | float) -> Verdict:
    """Whether the watched service had ``to`` pods ready so long after the work began."""
    if to < 1:
        raise BadInput(f"scaled_out(to={to}): ask for one or more")
    events, interval = record.timeline.events, record.record.interval
    return judge_out(events, record.series, to=to, within=seconds(within), interval=interval)


@check(IN, over=Phase.FAULT)
def scaled_in(record: SavedRun, *, to: int, within: str | float) -> Verdict:
    """Whether the watched service had no more than ``to`` pods so long after the work's end."""
    events, interval = record.timeline.events, record.record.interval
    return judge_in(events, record.series, to=to, within=seconds(within), interval=interval)


def judge_out(
    events: Sequence[Event], series: Sequence[Series], *, to: int, within: float, interval: float
) -> Verdict:
    """MET when ``to`` pods of the watched service were ready ``within`` seconds of the work's beginning.

    Prometheus must have seen as many: a watch alone is one witness.
    """
    began, ended, watched = (last(events, name) for name in (WORK_BEGAN, WORK_ENDED, WATCHED_UNTIL))
    if began is None or ended is None or watched is None:
        return _out(Outcome.UNKNOWN, to, within, None, "no work was done")
    if more := several(events):
        return _out(Outcome.UNKNOWN, to, within, None, more)
    ready = [(e.at - began.at, _count(e)) for e in events if e.name == PODS_READY and e.at > began.at]
    took = next((after for after, count in ready if count >= to), None)
    scraped = looked(series, watched, began.at, watched.at, interval)
    seen = max(scraped.counts, default=0.0)
    there = _ready_until(events, began.at)
    if not ready and (seen if there is None else there) >= to:
        return _out(Outcome.UNKNOWN, to, within, took, _grew_unseen(there, seen))
    if took is None:
        most = max((count for _, count in ready), default=there or 0)
        long_enough = ended.at - began.at >= within
        reason = f"{counted(most, 'pod')} ready at most in {ended.at - began.at:.0f} s of work"
        return _out(Outcome.MISSED if long_enough else Outcome.UNKNOWN, to, within, took, reason)
    if scraped.strange or seen < to:
        why = scraped.strange or (
            f"{counted(to, 'pod')} ready by the API, but Prometheus saw {seen:g} at most"
        )
        return _out(Outcome.UNKNOWN, to, within, took, why)
    refused = sum(e.name == REFUSED for e in events)
    reason = (
        f"{counted(to, 'pod')} ready after {took:.1f} s of work; {ended.detail} answered, {refused} refused"
    )
    return _out(Outcome.MET if took <= within else Outcome.MISSED, to, within, took, reason)


def _grew_unseen(there: int | None, seen: float) -> str:
    """Why a service that had so many pods all the while has not been seen to grow."""
    if there is None:
        return f"Prometheus saw {counted(seen, 'pod')}, and nobody told how many were ready as the work began"
    return f"{counted(there, 'pod was', 'pods were')} ready as the work began, so nobody saw it grow"


def _count(event: Event) -> int:
    """How many pods. Raises RecordTrouble when that is no number."""
    try:
        return int(event.detail)
    except ValueError as error:
        raise RecordTrouble(f"event {event.name!r}: {event.detail!r} is no number of pods") from error


def _out(outcome: Outcome, to: int, within: float, took: float | None, reason: str) -> Verdict:
    seen = "not seen" if took is None else f"{took:.1f} s"
    return Verdict(OUT, Phase.FAULT, outcome, f"{to} in {within:g} s", seen, None, reason)


def judge_in(
    events: Sequence[Event], series: Sequence[Series], *, to: int, within: float, interval: float
) -> Verdict:
    """MET when no more than ``to`` pods were there ``within`` seconds of the work's end, and from then on.

    By what Prometheus scraped, which the watch on the API must not contradict at the end.
    """
    ended, watched = last(events, WORK_ENDED), last(events, WATCHED_UNTIL)
    target = f"≤ {to} in {within:g} s"
    if ended is None or watched is None:
        return Verdict(IN, Phase.FAULT, Outcome.UNKNOWN, target, "none", None, "nobody saw the work end")
    after = looked(series, watched, ended.at + within, watched.at, interval)
    most, ready = max(after.counts, default=0.0), _ready_until(events, watched.at - LATE)
    doubt = several(events) or after.thin
    if not doubt and ready is None:
        doubt = f"Prometheus saw {counted(most, 'pod')} at most, and nobody told how many were ready"
    if not doubt and ready is not None and most <= to < ready:
        doubt = f"{counted(ready, 'pod')} ready by the API, but Prometheus saw {most:g} at most"
    if doubt:
        return Verdict(IN, Phase.FAULT, Outcome.UNKNOWN, target, "none", None, doubt)
    outcome = Outcome.MET if most <= to else Outcome.MISSED
    samples = counted(len(after.counts), "sample")
    reason = f"{counted(most, 'pod')} at most, {within:g} s after the work, by {samples}"
    return Verdict(IN, Phase.FAULT, outcome, target, f"{most:g}", None, reason)


def _ready_until(events: Sequence[Event], at: float) -> int | None:
    """How many pods were ready at that instant, by the API; None where it told of none until then."""
    told = last([one for one in events if one.at <= at], PODS_READY)
    return _count(told) if told else None
