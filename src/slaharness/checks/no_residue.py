"""Is nothing left of the fault? Asked of every run, whether the scenario asks or not."""

from slaharness.events import WHOLE_AGAIN, last
from slaharness.model import RECOVERY, Outcome, Verdict
from slaharness.record.run_record import RunRecord

NO_RESIDUE = "no-residue"


def no_residue(record: RunRecord) -> Verdict:
    """Also of a run in doubt: what was left behind is known all the same, once the run came to its end."""
    left = record.residue
    reason = "; ".join(left) or "every workload and node is as it was before"
    outcome, seen = (Outcome.MISSED, f"{len(left)} differ") if left else (Outcome.MET, "as before")
    if doubt := _doubt(record):
        outcome, seen, reason = Outcome.UNKNOWN, "none", doubt
    return Verdict(NO_RESIDUE, RECOVERY, outcome, "as before", seen, None, reason)


def _doubt(record: RunRecord) -> str:
    """Why nobody knows: nobody looked, or not after all had happened, or saw something else. Else ""."""
    if not record.finished:
        return "the run did not come to its end"
    if record.residue or not record.version:
        return ""
    looked, windows = last(record.timeline.events, WHOLE_AGAIN), record.timeline.windows
    if looked is None or looked.at < max((one.end for one in windows), default=looked.at):
        return (
            "the record does not tell that the stack was compared with how it was before, once all was over"
        )
    if looked.detail:
        return f"the record tells of nothing that was left behind, and that this was seen: {looked.detail}"
    return ""
