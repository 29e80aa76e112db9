"""Did the experiment's own hypothesis hold after its method? Pure; asked of every run that says so."""

from slaharness.model import CONTROL, FAULT, Outcome, Verdict
from slaharness.record.saved_run import SavedRun

HYPOTHESIS = "steady-state-hypothesis"


def hypothesis_afterwards(run: SavedRun) -> Verdict | None:
    """MISSED where a probe deviated, with its name and what came back; None where none was to be asked."""
    record = run.record
    told = record.fault.afterwards if record.fault else record.afterwards
    if told is None:
        return None
    reason = run.doubts or told.doubt or told.deviation or "its probes answer after the method as before it"
    if run.doubts or told.doubt:
        outcome, seen = Outcome.UNKNOWN, "none"
    else:
        outcome, seen = (Outcome.MISSED, "deviated") if told.deviation else (Outcome.MET, "as before")
    over = CONTROL if record.control else FAULT
    return Verdict(HYPOTHESIS, over, outcome, "as before", seen, None, reason)
