"""The error budget: how much of what an objective allows to fail did fail. Pure.

A burn of 1 spends just what the objective allows over that window, 10 ten times as much. One average over all
windows would hide the outage, so each window and each service has its own.

Files of objectives speak of months, a run has seconds: what one window burnt of the month's budget, and what
it alone brings to an alert's look back, is what such a file means to it.
"""

from collections.abc import Iterator
from math import isfinite

from slaharness.model import Measurement, Objective, Op, SourceType
from slaharness.model.words import counted, number, share_of
from slaharness.objectives.timeslices import tally


def burn(objective: Objective, measurement: Measurement) -> float | None:
    """The share that was bad by the share that may be, 0 or more; of slices where those are what counts.

    None where that has no meaning: the objective is no share to be reached, its target of 1 allows nothing,
    or there is no share that can be trusted.
    """
    if objective.source is not SourceType.RATIO or objective.op is not Op.AT_LEAST or objective.target >= 1:
        return None
    good, total = measurement.good, measurement.total
    if measurement.problems or good is None or not total or not isfinite(total) or not 0 <= good <= total:
        return None
    bad = (total - good) / total
    if objective.timeslice:
        if not measurement.slices:
            return None
        slices = tally(measurement.slices, objective.timeslice)
        bad = slices.bad / slices.all
    return bad / (1 - objective.target)


def spent(objective: Objective, measurement: Measurement) -> float | None:
    """The share of the whole period's budget that the window burnt, were its requests always as many.

    None where there is no burn, no period, or no window.
    """
    burnt = burn(objective, measurement)
    if burnt is None or not objective.period or measurement.window is None:
        return None
    return burnt * measurement.window.seconds / objective.period


def told(objective: Objective, measurement: Measurement) -> Iterator[str]:
    """What the window means to the budget and to the alerts of the file; nothing where nothing burnt."""
    burnt = burn(objective, measurement)
    if not burnt or measurement.window is None:
        return
    if share := spent(objective, measurement):
        yield share_of(share, f"the error budget of {counted(objective.period / 86400, 'day')}")
    for alert in objective.alerts:
        brought = burnt * min(1.0, measurement.window.seconds / alert.lookback)
        does = "fires" if brought >= alert.burn else "does not fire"
        if brought < alert.burn and measurement.window.seconds > alert.lookback:
            does = "may have fired for a part of it"
        over = f"over {alert.lookback / 60:g} min this window alone brings {number(brought)}"
        yield f"alert {alert.name} at a burn of {alert.burn:g} {does}: {over}"
