"""Whether a service grew with its work and shrank after it, by stamped events and scraped numbers. Pure."""

from collections.abc import Sequence

from slaharness.model import Event, Outcome, Phase, Verdict
from slaharness.slo.evidence import Series
from slaharness.slo.sleep import looked
from slaharness.slo.stamps import READY, REFUSED, WATCHED_UNTIL, WORK_BEGAN, WORK_ENDED, last

#: The names that verdicts carry where an objective's name would stand.
OUT, IN = "scaled-out", "scaled-in"


def judge_out(events: Sequence[Event], series: Sequence[Series], *, to: int, within: float) -> Verdict:
    """MET when ``to`` pods of the watched service were ready ``within`` seconds of the work's beginning.

    Prometheus must have seen as many: a watch alone is one witness.
    """
    began, ended, watched = (last(events, name) for name in (WORK_BEGAN, WORK_ENDED, WATCHED_UNTIL))
    target = f"{to} in {within:g} s"
    if began is None or ended is None or watched is None:
        return Verdict(OUT, Phase.FAULT, Outcome.UNKNOWN, target, "none", None, "no work was done")
    grown = next((e for e in events if e.name == READY and e.at > began.at and int(e.detail) >= to), None)
    most = max(looked(series, watched, began.at, watched.at).counts, default=0.0)
    took = grown.at - began.at if grown else None
    outcome, reason = Outcome.MET, f"{to} pods ready after {took or 0.0:.1f} s of work"
    if took is None or took > within:
        most_ready = max((int(e.detail) for e in events if e.name == READY and e.at > began.at), default=0)
        outcome, reason = Outcome.MISSED, f"{most_ready} pods ready at most in {within:g} s"
        if took is not None:
            reason = f"{to} pods ready after {took:.1f} s only"
        elif ended.at - began.at < within:
            outcome, reason = Outcome.UNKNOWN, f"work went on for {ended.at - began.at:.0f} s only"
    elif most < to:
        outcome, reason = Outcome.UNKNOWN, f"{to} pods ready by the API, but Prometheus saw {most:g} at most"
    refused = sum(e.name == REFUSED for e in events)
    seen = "not seen" if took is None else f"{took:.1f} s"
    reason = f"{reason}; {refused} requests refused"
    return Verdict(OUT, Phase.FAULT, outcome, target, seen, int(ended.detail or 0), reason)


def judge_in(events: Sequence[Event], series: Sequence[Series], *, to: int, within: float) -> Verdict:
    """MET when no more than ``to`` pods were there ``within`` seconds of the work's end, and from then on."""
    ended, watched = last(events, WORK_ENDED), last(events, WATCHED_UNTIL)
    target = f"≤ {to} in {within:g} s"
    if ended is None or watched is None:
        return Verdict(IN, Phase.FAULT, Outcome.UNKNOWN, target, "none", None, "nobody saw the work end")
    after = looked(series, watched, ended.at + within, watched.at)
    if after.thin:
        return Verdict(IN, Phase.FAULT, Outcome.UNKNOWN, target, "none", None, after.thin)
    most = max(after.counts)
    outcome = Outcome.MET if most <= to else Outcome.MISSED
    reason = f"{most:g} pods at most, {within:g} s after the work, by {len(after.counts)} samples"
    return Verdict(IN, Phase.FAULT, outcome, target, f"{most:g}", None, reason)
