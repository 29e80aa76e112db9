"""Did an objective hold over a window? What was measured, held against the ledger first, then judged."""

from dataclasses import replace

from slaharness.checks.recovered import still_unwell
from slaharness.checks.registry import window_named
from slaharness.errors import BadInput, RecordTrouble
from slaharness.ledger.asked import asked, cannot_fail, of_clients
from slaharness.ledger.witness import client_sli, crosscheck, load_shortfall
from slaharness.model import (
    BASELINE,
    Measurement,
    Objective,
    Outcome,
    Phase,
    SourceType,
    Verdict,
    Window,
)
from slaharness.model.words import counted
from slaharness.objectives.judge import judge, unknown
from slaharness.record import bound
from slaharness.record.doubts import doubt_over
from slaharness.record.saved_run import SavedRun

#: Of an objective on the load's own counters.
CANNOT_FAIL = (
    "`good` and `total` count the same requests of the load, whatever became of them: it holds whatever "
    'fails; those that went well have the label outcome="ok"'
)


def meets(record: SavedRun, name: str, over: Phase) -> Verdict:
    """Raises BadInput for a name that no objective has, and for a word that is no window's."""
    over = window_named(over)
    if name not in record.objectives:
        there = ", ".join(sorted(record.objectives))
        raise BadInput(f"no objective {name!r}; there are: {there}")
    objective, measurement = record.objectives[name], record.measurements.get((name, over))
    reason = record.doubts or doubt_over(record.record, over)
    if measurement is None:
        return unknown(objective, over, reason or f"nothing was measured over {over}")
    if reason := reason or _doubt(record, objective, measurement):
        return unknown(objective, over, reason, seen=measurement)
    try:
        found = _crosschecked(record, objective, measurement)
        unwell = still_unwell(record, over) if found.outcome is Outcome.MISSED else ""
        return unknown(objective, over, unwell, seen=measurement) if unwell else found
    except Exception as error:  # noqa: BLE001 - a query or a series that is none: neither a yes nor a no
        return unknown(objective, over, f"the record cannot be read: {error!r}", seen=measurement)


def _doubt(record: SavedRun, objective: Objective, measurement: Measurement) -> str:
    """Why nothing may be concluded from what was measured: it is of another run, or so was the calm."""
    over = measurement.phase
    if measurement.window not in {None, record.timeline.window(over)}:
        return f"what was measured over {over} belongs to another run"
    if objective.source is SourceType.LEDGER:
        return bound.not_measured_from(record.store, measurement.evidence, record.record.version)
    calm = record.measurements.get((measurement.objective, BASELINE))
    return "" if over is BASELINE else _before_any_fault(record, objective, calm)


def _before_any_fault(record: SavedRun, objective: Objective, calm: Measurement | None) -> str:
    """Why the fault cannot be blamed: an objective that the calm misses, or of which it is not known."""
    if calm is None:
        there = record.timeline.window(BASELINE)
        return f"nothing was measured over {BASELINE}, so the fault cannot be blamed" if there else ""
    if calm.window not in {None, record.timeline.window(BASELINE)}:
        return f"what was measured over {BASELINE} belongs to another run"
    verdict = judge(objective, calm)
    return "" if verdict.outcome is Outcome.MET else f"before any fault: {verdict}"


def _unseen(record: SavedRun, objective: Objective, measurement: Measurement, window: Window) -> str:
    """Why nothing to count is no miss, where a file calls it one: the load did ask, and knows it."""
    if not (objective.no_data_misses and measurement.no_data):
        return ""
    asked = int(client_sli.due_in(record.ledger, window).sum())
    told = counted(asked, "request was", "requests were")
    return f"Prometheus has nothing to count, and by the load's ledger {told} due" if asked else ""


def _crosschecked(record: SavedRun, objective: Objective, measurement: Measurement) -> Verdict:
    """Hear the second witness before judging, and name its figure; or say that there is none."""
    window = record.timeline.window(measurement.phase)
    if objective.source is SourceType.LEDGER:
        verdict = judge(objective, measurement)
        unread = measurement.evidence.get("unread")
        told = f"; {unread:,} more changed what is not read back, and were not looked for" if unread else ""
        return replace(verdict, reason=verdict.reason + told)
    if not window:
        return judge(objective, measurement)
    try:
        if of_clients(objective) and (requests := asked(objective, record.series)):
            followed = window.phase.whole is not window.phase and record.struck_at(window.end)
            return crosscheck.judged(
                objective, measurement, window, requests, record.witnesses, followed=followed
            )
        behind = (
            load_shortfall.shortfall(record.series, window)
            or _unseen(record, objective, measurement, window)
            or (CANNOT_FAIL if cannot_fail(objective, record.series) else "")
        )
    except (ValueError, RecordTrouble) as error:
        return unknown(objective, measurement.phase, str(error), seen=measurement)
    if behind:
        return unknown(objective, measurement.phase, behind, seen=measurement)
    verdict = judge(objective, measurement)
    return replace(verdict, reason=f"{verdict.reason}; {crosscheck.ALONE}")
