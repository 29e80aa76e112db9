"""Did the backup bring the data back? The record's events, ledger and read-back, put to ``restore``."""

from math import inf, isfinite

from slaharness.checks.registry import check
from slaharness.checks.restore import judge as restore
from slaharness.checks.restore.attempts import RestoreAttempt, failure, restore_attempts
from slaharness.checks.restore.rows import restored_rows
from slaharness.errors import RecordTrouble
from slaharness.host.duration import seconds
from slaharness.model import RECOVERY, Verdicts
from slaharness.record.saved_run import UNTOLD, SavedRun


@check(*restore.VERDICTS, over=RECOVERY)
def restored(record: SavedRun, *, rpo: str | float, rto: str | float) -> Verdicts:
    """Four verdicts on a backup: what it brought back, how much was lost, how soon, from what.

    ``rpo`` is how far before the loss acknowledged writes may be gone, ``rto`` how soon after it a read
    must be right again. How long it took until requests were well, ``recovered`` says.
    """
    limits = restore.Limits(seconds(rpo), seconds(rto))
    if reason := failure(record.timeline):
        return restore.failed(limits, reason)
    try:
        attempts = restore_attempts(record.timeline)
    except ValueError as error:
        return restore.unknown(limits, str(error))
    return restore.judge_restore(attempts, _rows(record, attempts), limits)


def _rows(record: SavedRun, attempts: tuple[RestoreAttempt, ...]) -> restore.Returned | str:
    """What the restores brought back, or why that is not known."""
    try:
        apart, untold = _clocks(record)
        return restored_rows(record.written, record.readback, attempts, apart, untold)
    except RecordTrouble as error:
        return str(error)


def _clocks(record: SavedRun) -> tuple[float, str]:
    """How far the load's clock may be from the harness's (s), and why that is not known."""
    try:
        clock = record.load_clock
    except RecordTrouble as error:
        return inf, str(error)
    apart = clock.most_apart if clock else inf
    return (apart, record.clocks_doubt) if isfinite(apart) else (inf, UNTOLD)
