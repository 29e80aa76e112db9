"""Did an objective hold over a window? What was measured, held against the ledger first, then judged."""

from dataclasses import replace

from slaharness.checks.recovered import still_unwell
from slaharness.checks.registry import window_named
from slaharness.errors import BadInput, RecordTrouble
from slaharness.ledger.asked import asked, of_clients
from slaharness.ledger.witness import crosscheck
from slaharness.model import BASELINE, Measurement, Objective, Outcome, Phase, SourceType, Verdict
from slaharness.objectives.judge import judge, unknown
from slaharness.record.doubts import doubt_over
from slaharness.record.saved_run import SavedRun


def meets(record: SavedRun, name: str, over: Phase) -> Verdict:
    """Raises BadInput for a name that no objective has, and for a word that is no window's."""
    over = window_named(over)
    if name not in record.objectives:
        there = ", ".join(sorted(record.objectives))
        raise BadInput(f"no objective {name!r}; there are: {there}")
    objective, measurement = record.objectives[name], record.measurements.get((name, over))
    reason = record.doubts or doubt_over(record.record, over)
    reason = reason or ("" if measurement else f"nothing was measured over {over}")
    if measurement and measurement.window not in {None, record.timeline.window(over)}:
        reason = reason or f"what was measured over {over} belongs to another run"
    reason = reason or _before_any_fault(record, name, over)
    if objective.source is SourceType.LEDGER and measurement:
        reason = reason or record.store.not_measured_from(measurement.evidence, record.record.version)
    if reason or measurement is None:
        return unknown(objective, over, reason, seen=measurement)
    try:
        found = _crosschecked(record, objective, measurement)
        unwell = still_unwell(record, over) if found.outcome is Outcome.MISSED else ""
        return unknown(objective, over, unwell, seen=measurement) if unwell else found
    except Exception as error:  # noqa: BLE001 - a query or a series that is none: neither a yes nor a no
        return unknown(objective, over, f"the record cannot be read: {error!r}", seen=measurement)


def _before_any_fault(record: SavedRun, name: str, over: Phase) -> str:
    """Why the fault cannot be blamed: an objective that the calm misses, or of which it is not known."""
    objective, calm = record.objectives[name], record.measurements.get((name, BASELINE))
    if over is BASELINE or objective.source is SourceType.LEDGER:
        return ""
    if calm is None:
        there = record.timeline.window(BASELINE) or record.record.version
        return f"nothing was measured over {BASELINE}, so the fault cannot be blamed" if there else ""
    if calm.window not in {None, record.timeline.window(BASELINE)}:
        return f"what was measured over {BASELINE} belongs to another run"
    verdict = judge(objective, calm)
    return "" if verdict.outcome is Outcome.MET else f"before any fault: {verdict}"


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
    except (ValueError, RecordTrouble) as error:
        return unknown(objective, measurement.phase, str(error), seen=measurement)
    verdict = judge(objective, measurement)
    return replace(verdict, reason=f"{verdict.reason}; {crosscheck.ALONE}")
