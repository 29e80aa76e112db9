"""Is nothing left of the fault? Asked of every run, whether the scenario asks or not."""

from slaharness.model import RECOVERY, Outcome, Verdict
from slaharness.record.run_record import RunRecord

NO_RESIDUE = "no-residue"


def no_residue(record: RunRecord) -> Verdict:
    """Also of a run in doubt: what was left behind is known all the same, once the run came to its end."""
    left = record.residue
    reason = "; ".join(left) or "every workload and node is as it was before"
    outcome, seen = (Outcome.MISSED, f"{len(left)} differ") if left else (Outcome.MET, "as before")
    if not record.finished:
        outcome, seen, reason = Outcome.UNKNOWN, "none", "the run did not come to its end"
    return Verdict(NO_RESIDUE, RECOVERY, outcome, "as before", seen, None, reason)
