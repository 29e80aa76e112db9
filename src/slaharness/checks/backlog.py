"""Whether work that was accepted for later was done: told from stamped events. Pure."""

from collections.abc import Sequence

from slaharness.checks.registry import check
from slaharness.events import ACCEPTED, DONE, LOOKED, REFUSED, last
from slaharness.host.duration import seconds
from slaharness.model import Event, Outcome, Phase, Verdict
from slaharness.model.words import counted
from slaharness.record.saved_run import SavedRun

#: The name that verdicts carry where an objective's name would stand.
DRAINED = "drained"


@check(DRAINED, over=Phase.FAULT)
def drained(record: SavedRun, *, within: str | float, tasks: int) -> Verdict:
    """Whether all work that was accepted was done, each piece so soon, of at least so many ``tasks``."""
    return judge_backlog(record.timeline.events, within=seconds(within), least=tasks)


def judge_backlog(events: Sequence[Event], *, within: float, least: int) -> Verdict:
    """MET when every piece of work that was accepted was done ``within`` seconds, of ``least`` or more.

    A piece that nobody saw done is lost, if it was looked for that long; else nobody knows.
    """
    accepted, done = _first(events, ACCEPTED), _first(events, DONE)
    lost = [accepted[piece] for piece in accepted.keys() - done.keys()]
    took = [done[piece] - accepted[piece] for piece in accepted.keys() & done.keys()]
    looked = last(events, LOOKED)
    outcome, reason = Outcome.MET, ""
    if looked is None:
        outcome, reason = Outcome.UNKNOWN, "nobody looked for what became of the work"
    elif sooner := sum(seconds < 0 for seconds in took):
        said = counted(sooner, "piece of work was", "pieces of work were")
        outcome, reason = (
            Outcome.UNKNOWN,
            f"{said} done before accepted: of another run, or by another clock",
        )
    elif early := sum(looked.at < at + within for at in lost):
        outcome, reason = (
            Outcome.UNKNOWN,
            f"{counted(early, 'piece of work was', 'pieces of work were')} not looked for long enough",
        )
    elif lost:
        outcome, reason = Outcome.MISSED, f"{len(lost)} of {len(accepted)} accepted pieces of work are lost"
    elif took and max(took) > within:
        outcome = Outcome.MISSED
    elif len(accepted) < max(least, 1):
        outcome, reason = Outcome.UNKNOWN, f"only {len(accepted)} of {least} pieces of work were accepted"
    refused = sum(event.name == REFUSED for event in events)
    told = f"{len(took)} of {len(accepted)} accepted pieces of work done, {refused} refused"
    return Verdict(
        objective=DRAINED,
        phase=Phase.FAULT,
        outcome=outcome,
        target=f"all in {within:g} s",
        seen=f"{max(took):.1f} s" if took else "none",
        requests=len(accepted),
        reason=reason or told,
        figures={"slowest (s)": max(took, default=None), "lost": float(len(lost)), "refused": float(refused)},
    )


def _first(events: Sequence[Event], name: str) -> dict[str, float]:
    """When each piece of work was so for the first time: what is handed out again is no later for it."""
    found: dict[str, float] = {}
    for event in sorted((one for one in events if one.name == name), key=lambda one: one.at):
        found.setdefault(event.detail, event.at)
    return found
