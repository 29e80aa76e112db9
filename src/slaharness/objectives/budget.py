"""The error budget: how much of what an objective allows to fail did fail. Pure.

A burn of 1 spends just what the objective allows over that window, 10 ten times as much. One average over all
windows would hide the outage, so each window and each service has its own.
"""

from math import isfinite

from slaharness.model import Measurement, Objective, Op, SourceType


def burn(objective: Objective, measurement: Measurement) -> float | None:
    """The share that was bad by the share that may be, 0 or more.

    None where that has no meaning: the objective is no share to be reached, its target of 1 allows nothing,
    or there is no share that can be trusted.
    """
    if objective.source is not SourceType.RATIO or objective.op is not Op.AT_LEAST or objective.target >= 1:
        return None
    good, total = measurement.good, measurement.total
    if measurement.problems or good is None or not total or not isfinite(total) or not 0 <= good <= total:
        return None
    return (total - good) / total / (1 - objective.target)
