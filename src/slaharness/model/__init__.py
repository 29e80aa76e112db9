"""The nouns of a run, as frozen values. Times are seconds since the epoch, durations are seconds."""

from slaharness.model.fault import Afterwards, FaultReport, Strike, next_strike
from slaharness.model.measurement import LatencyBin, Measurement
from slaharness.model.objective import BurnAlert, Objective, Op, SourceType, Timeslice
from slaharness.model.scenario import Asked, Scenario, by_label
from slaharness.model.stack import ARRIVED, Columns, ColumnType, CostJobs, with_arrival
from slaharness.model.timeline import (
    BACKUP,
    BASELINE,
    CONTROL,
    FAULT,
    RECOVERY,
    Event,
    Phase,
    Timeline,
    Window,
)
from slaharness.model.verdict import WORST_FIRST, Outcome, Verdict, Verdicts, worst

__all__ = [
    "ARRIVED",
    "BACKUP",
    "BASELINE",
    "CONTROL",
    "FAULT",
    "RECOVERY",
    "WORST_FIRST",
    "Afterwards",
    "Asked",
    "BurnAlert",
    "ColumnType",
    "Columns",
    "CostJobs",
    "Event",
    "FaultReport",
    "LatencyBin",
    "Measurement",
    "Objective",
    "Op",
    "Outcome",
    "Phase",
    "Scenario",
    "SourceType",
    "Strike",
    "Timeline",
    "Timeslice",
    "Verdict",
    "Verdicts",
    "Window",
    "by_label",
    "next_strike",
    "with_arrival",
    "worst",
]
