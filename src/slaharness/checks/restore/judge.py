"""Did the backup bring the data back? Four verdicts: the content, how much was lost, how long it took. Pure.

The fourth is whether the storage was gone at all. While it was not, nothing was restored that had been lost:
no promise was put to the test, so that is UNKNOWN, and so is the rest.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from slaharness.checks.restore.attempts import RestoreAttempt
from slaharness.model import RECOVERY, Outcome, Verdict, Verdicts
from slaharness.model.words import counted

VERDICTS = CONTENT, POINT, TIME, STORAGE = ("restored-content", "rpo", "rto", "storage-gone")
#: Keys below which nothing is concluded from their being back.
FLOOR = 100


@dataclass(frozen=True)
class Limits:
    """Seconds: how much of what was acknowledged may be lost, how soon a read must be right again."""

    rpo: float
    rto: float


@dataclass(frozen=True)
class Returned:
    """What was read at the end, held against the ledger.

    ``due`` keys had an operation acknowledged before the last backup began, and for good. ``lost`` …
    ``resurrected`` are keys that are not as a restore may leave them, with ``examples`` of each. Of
    acknowledged operations, ``exposed`` ended between a backup's beginning and the loss, and ``gone`` were
    undone; ``behind`` is how long before the loss the oldest of those was meant to be sent (s), None when
    there are none. The clocks that tell so may be ``apart`` (s); ``untold`` says why that is not known, and
    ``perhaps`` are wrong keys that so much excuses. ``keyless`` acknowledged operations say no
    key: nobody looked for those. ``explained`` are wrong keys, by kind, that one without may have made so.
    """

    due: int
    lost: int
    altered: int
    unexpected: int
    duplicated: int
    resurrected: int
    exposed: int
    gone: int
    behind: float | None
    apart: float
    untold: str
    perhaps: int
    keyless: int
    explained: Mapping[str, int]
    examples: Mapping[str, tuple[str, ...]]

    @property
    def wrong(self) -> Mapping[str, int]:
        kinds = ("lost", "altered", "unexpected", "duplicated", "resurrected")
        return {kind: count for kind in kinds if (count := getattr(self, kind))}

    @property
    def sure(self) -> bool:
        """Whether more is wrong than what says no key may have made so."""
        return any(count > self.explained.get(kind, 0) for kind, count in self.wrong.items())


def judge_restore(attempts: Sequence[RestoreAttempt], found: Returned | str, limits: Limits) -> Verdicts:
    """``attempts`` are all restores, the first one first; the worst of them counts.

    ``found`` may be words: why what was read and what was written could not be compared.
    """
    storage = _storage(attempts)
    if storage.outcome is not Outcome.MET:
        return Verdicts((*unknown(limits, storage.reason)[:3], storage))
    return Verdicts((_content(attempts, found), _point(found, limits), _time(attempts, limits), storage))


def unknown(limits: Limits, reason: str) -> Verdicts:
    """When the run tells nothing that could be judged."""
    return _all(limits, Outcome.UNKNOWN, reason)


def failed(limits: Limits, reason: str) -> Verdicts:
    """When the last word of the backup or of the restore was that it failed: nothing was brought back."""
    return Verdicts((*_all(limits, Outcome.MISSED, reason)[:3], unknown(limits, reason)[3]))


def _all(limits: Limits, outcome: Outcome, reason: str) -> Verdicts:
    targets = (_ALL_BACK, f"≤ {limits.rpo:g} s", f"≤ {limits.rto:g} s", _ALL_GONE)
    return Verdicts(_verdict(*one, outcome, "none", reason) for one in zip(VERDICTS, targets, strict=True))


_ALL_BACK, _ALL_GONE = "all back", "all gone"


def _storage(attempts: Sequence[RestoreAttempt]) -> Verdict:
    """Every claim is another one than before, and nothing that it was kept on was left."""
    if doubts := [doubt for one in attempts for doubt in _left(one)]:
        return _verdict(STORAGE, _ALL_GONE, Outcome.UNKNOWN, "not gone", "; ".join(doubts))
    kinds = ("claims", "volumes", "directories", "disks")
    counts = [
        ", ".join(f"{len(held)} {kind}" for kind in kinds if (held := getattr(one.gone, kind)))
        for one in attempts
    ]
    reason = f"{' and then '.join(counts)} were gone; the claims now are new"
    return _verdict(STORAGE, _ALL_GONE, Outcome.MET, _ALL_GONE, reason)


def _left(attempt: RestoreAttempt) -> Iterator[str]:
    gone, kept = attempt.gone, set(attempt.gone.claims.values()) & set(attempt.back.claims.values())
    yield from (f"{name} is still the claim {uid}" for name, uid in gone.claims.items() if uid in kept)
    yield from (f"{one} was left" for one in gone.left)
    if not (gone.claims and gone.volumes and attempt.back.claims):
        yield "no claims or volumes are told of"
    elif len(gone.volumes) < len(gone.claims):
        yield f"of the volumes of {len(gone.claims)} claims only {len(gone.volumes)} are told of"


def _content(attempts: Sequence[RestoreAttempt], found: Returned | str) -> Verdict:
    """Whatever was acknowledged before the backup began, and all that was backed up, is back as it was."""
    if not all(one.kept.tables for one in attempts):
        return _verdict(
            CONTENT, _ALL_BACK, Outcome.UNKNOWN, "none", "a backup does not say which tables it has"
        )
    missing = sorted({table for one in attempts for table in one.kept.tables - one.back.tables})
    if missing:
        reason = f"backed up, but not restored: {', '.join(missing)}"
        return _verdict(
            CONTENT, _ALL_BACK, Outcome.MISSED, f"{counted(len(missing), 'table')} missing", reason
        )
    if isinstance(found, str):
        return _verdict(CONTENT, _ALL_BACK, Outcome.UNKNOWN, "none", found)
    if found.sure:
        seen = ", ".join(f"{count:,} {kind}" for kind, count in found.wrong.items())
        reason = "; ".join(_wrongs(found))
        return _verdict(CONTENT, _ALL_BACK, Outcome.MISSED, seen, reason, requests=found.due)
    if reason := _too_little(found):
        return _verdict(CONTENT, _ALL_BACK, Outcome.UNKNOWN, "none", reason, requests=found.due)
    reason = (
        f"{found.due:,} of {found.due:,} written before the backup are as they were; {_efforts(attempts)}"
        f"{_compared(attempts)}"
    )
    return _verdict(CONTENT, _ALL_BACK, Outcome.MET, _ALL_BACK, reason, requests=found.due)


def _too_little(found: Returned) -> str:
    """Why it is not known that all is back, though nothing is seen to be wrong; "" when it is known."""
    if found.untold:
        return found.untold
    if found.perhaps:
        return (
            f"{counted(found.perhaps, 'key is', 'keys are')} not as when the backup began, and may have been "
            f"changed after that: the load's clock is known to {found.apart:.2f} s"
        )
    if found.wrong or found.keyless:
        return _without_key(found)
    if found.due < FLOOR:
        return f"only {found.due} were written before the backup; nothing is concluded below {FLOOR}"
    return ""


def _without_key(found: Returned) -> str:
    said = counted(found.keyless, "acknowledged write or delete says", "acknowledged writes and deletes say")
    wrong = ", ".join(f"{count:,} {kind}" for kind, count in found.wrong.items())
    told = f"{wrong}, but writes or deletes that say no key may have been of those" if wrong else ""
    return told or f"{said} no key: nobody looked for them"


def _compared(attempts: Sequence[RestoreAttempt]) -> str:
    """Rows are read back of one table: of the others it is only known that they are there."""
    tables = max(len(one.kept.tables) for one in attempts)
    return f"; rows were compared in one table of {tables}, the one that is read back" if tables > 1 else ""


def _wrongs(found: Returned) -> Iterator[str]:
    due = f"of {found.due:,} written before the backup and those after the restore"
    yield f"by any clock ({found.untold})" if found.untold else due
    for kind, count in found.wrong.items():
        examples = ", ".join(found.examples.get(kind, ()))
        yield f"{count:,} {kind}" + (f", for example {examples}" if examples else "")


def _efforts(attempts: Sequence[RestoreAttempt]) -> str:
    """What each backup and restore took."""
    return "; ".join(map(_effort, attempts))


def _effort(attempt: RestoreAttempt) -> str:
    kept, saving, restoring = (
        attempt.kept,
        attempt.finished - attempt.began,
        attempt.restored - attempt.restoring,
    )
    return (
        f"backup {kept.name}: {kept.bytes / 2**20:,.2f} MiB in {counted(kept.objects, 'object')}, "
        f"{counted(len(kept.tables), 'table')}, {saving:.1f} s; restore {restoring:.1f} s"
    )


def _point(found: Returned | str, limits: Limits) -> Verdict:
    """How long before the loss the oldest acknowledged write was meant to be sent that is gone."""
    target = f"≤ {limits.rpo:g} s"
    if isinstance(found, str) or found.untold:
        why = found if isinstance(found, str) else found.untold
        return _verdict(POINT, target, Outcome.UNKNOWN, "none", why)
    if not found.exposed:
        reason = "nothing was acknowledged between the backup and the loss, so nothing was at stake"
        return _verdict(POINT, target, Outcome.UNKNOWN, "none", reason, requests=0)
    point = found.behind or 0.0
    outcome = Outcome.MET if point <= limits.rpo else Outcome.MISSED
    if outcome is Outcome.MET and found.keyless:
        why = _without_key(found)
        return _verdict(POINT, target, Outcome.UNKNOWN, f"{point:.1f} s", why, requests=found.exposed)
    if abs(point - limits.rpo) < found.apart and found.gone:
        reason = f"the load's clock may be {found.apart:.2f} s from the harness's, and the limit is that near"
        return _verdict(POINT, target, Outcome.UNKNOWN, f"{point:.1f} s", reason, requests=found.exposed)
    reason = (
        f"{counted(found.gone, 'acknowledged write is', 'acknowledged writes are')} gone; "
        f"{counted(found.exposed, 'was', 'were')} acknowledged between the backup's beginning and the loss"
    )
    return _verdict(POINT, target, outcome, f"{point:.1f} s", reason, requests=found.exposed)


def _time(attempts: Sequence[RestoreAttempt], limits: Limits) -> Verdict:
    """From the loss to the first read that was known to be right."""
    target = f"≤ {limits.rto:g} s"
    reads = [one.verified - one.lost for one in attempts if one.verified is not None]
    if len(reads) < len(attempts):
        reason = "the run does not tell of a verified read once all was restored"
        return _verdict(TIME, target, Outcome.UNKNOWN, "none", reason)
    took = max(reads)
    slowest = attempts[reads.index(took)]
    reason = (
        f"restore began {slowest.restoring - slowest.lost:.1f} s after the loss, ended "
        f"{slowest.restored - slowest.lost:.1f} s after it; first verified read after {took:.1f} s"
    )
    outcome = Outcome.MET if took <= limits.rto else Outcome.MISSED
    return _verdict(TIME, target, outcome, f"{took:.1f} s", reason)


def _verdict(
    name: str, target: str, outcome: Outcome, seen: str, reason: str, *, requests: int | None = None
) -> Verdict:
    return Verdict(name, RECOVERY, outcome, target, seen, requests, reason)
