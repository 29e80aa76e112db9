"""Did an objective hold over a window? What was measured, held against the ledger first, then judged."""

from dataclasses import replace

from slaharness.errors import BadInput, RecordTrouble
from slaharness.ledger import crosscheck, load_shortfall
from slaharness.model import BASELINE, Measurement, Objective, Outcome, Phase, SourceType, Verdict
from slaharness.objectives.judge import judge, unknown
from slaharness.record.saved_run import SavedRun


def meets(record: SavedRun, name: str, over: Phase) -> Verdict:
    """Raises BadInput for a name that no objective has."""
    if name not in record.objectives:
        there = ", ".join(sorted(record.objectives))
        raise BadInput(f"no objective {name!r}; there are: {there}")
    objective, measurement = record.objectives[name], record.measurements.get((name, over))
    reason = record.doubts or ("" if measurement else f"nothing was measured over {over}")
    if measurement and measurement.window not in {None, record.timeline.window(over)}:
        reason = reason or f"what was measured over {over} belongs to another run"
    reason = reason or _before_any_fault(record, objective, over)
    if objective.source is SourceType.LEDGER and measurement:
        reason = reason or record.store.not_measured_from(measurement.evidence)
    if reason or measurement is None:
        return unknown(objective, over, reason, seen=measurement)
    return _crosschecked(record, objective, measurement)


def _before_any_fault(record: SavedRun, objective: Objective, over: Phase) -> str:
    """Why the fault cannot be blamed: an objective that the calm misses, or nobody knows of it."""
    calm = record.measurements.get((objective.name, BASELINE))
    if over is BASELINE or calm is None:
        return ""
    verdict = judge(objective, calm)
    return "" if verdict.outcome is Outcome.MET else f"before any fault: {verdict}"


def _crosschecked(record: SavedRun, objective: Objective, measurement: Measurement) -> Verdict:
    """Hear the second witness before judging, and name its figure in the verdict."""
    asked = crosscheck.asked(objective)
    window = record.timeline.window(measurement.phase)
    if not asked or not window:
        return judge(objective, measurement)
    try:
        bounds = crosscheck.counted(asked, window, record.ledger, record.series)
    except (ValueError, RecordTrouble) as error:
        return unknown(objective, measurement.phase, str(error), seen=measurement)
    found = (
        crosscheck.disagreement(measurement, bounds, objective.bad),
        load_shortfall.shortfall(record.series, window),
    )
    doubts = tuple(filter(None, found))
    verdict = judge(objective, replace(measurement, problems=(*measurement.problems, *doubts)))
    if doubts:
        return verdict
    reason = f"{verdict.reason}; by the ledger {bounds}"
    if verdict.outcome is Outcome.MISSED:
        reason += f": {asked.complaints(record.ledger, bounds.scraped, window.start)}"
    return replace(verdict, reason=reason)
