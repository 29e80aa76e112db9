"""What a restore brought back, and how far back the acknowledged writes reach that it did not. Pure.

Whatever was acknowledged before the backup began has to be there; of what came after it, until the restore
began, any part may be gone, and so with each restore where there were several. A write or delete is gone when
nothing that may have come after it, itself included, left its key as it was read.
"""

from collections.abc import Iterable, Sequence
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from slaharness.checks.restore.attempts import RestoreAttempt
from slaharness.checks.restore.judge import Returned
from slaharness.errors import RecordTrouble
from slaharness.ledger import digest, rows
from slaharness.ledger.checker import MAY_EXPLAIN, check
from slaharness.ledger.digest import Digests
from slaharness.ledger.history import Flags, Lapse
from slaharness.ledger.ledger import Ledger
from slaharness.model import Columns

Times = npt.NDArray[np.float64]


def restored_rows(
    ledger: Ledger,
    readback: Path,
    restores: Sequence[RestoreAttempt],
    apart: float,
    untold: str,
) -> Returned:
    """Hold the ledger against what was read after ``restores``, the first one first.

    The ledger's clock may be ``apart`` seconds from the restores' own: what lies that near their instants may
    have come before them or after. ``untold`` says why that is not known, so that ``apart`` is no bound: any
    operation may then have been undone, and what is wrong is so by any clock.

    Raises RecordTrouble when either file is not whole, or the ledger's columns are not known.
    """
    if not (columns := ledger.columns):
        raise RecordTrouble(f"{ledger.path}: the columns of what was written are not known")
    margin = inf if untold else apart
    lapses = tuple(Lapse(one.began - margin, one.restoring + margin) for one in restores)
    figures = check(ledger, rows.read(readback, columns), lapses)
    as_told = tuple(Lapse(one.began, one.restoring) for one in restores)
    nearer = figures if untold else check(ledger, rows.read(readback, columns), as_told)
    changes, last = _Changes.of(ledger), restores[-1]
    gone = changes.gone(*_read(readback, columns)) & (changes.sent < last.restoring)
    kept = changes.ok & ~changes.during(lapses) & (changes.sent < lapses[-1].until)
    exposed = changes.ok & changes.during(Lapse(one.began, one.lost) for one in restores)
    return Returned(
        due=len(np.unique(changes.keys[kept])),
        lost=figures.lost,
        altered=figures.altered,
        unexpected=figures.unexpected,
        duplicated=figures.duplicated,
        resurrected=figures.resurrected,
        examples=figures.examples,
        exposed=int(np.count_nonzero(exposed)),
        gone=int(np.count_nonzero(gone)),
        apart=apart,
        untold=untold,
        perhaps=sum(nearer.wrong.values()) - sum(figures.wrong.values()),
        keyless=figures.keyless,
        explained={kind: figures.may_be(kind) for kind in MAY_EXPLAIN},
        behind=_behind(changes.sent[gone], changes.intended[gone], restores),
    )


def _behind(sent: Times, intended: Times, restores: Sequence[RestoreAttempt]) -> float | None:
    """How long before the loss that the next restore made good the oldest was meant to be sent (s)."""
    if not len(sent):
        return None
    nexts = np.searchsorted([one.restoring for one in restores], sent, side="right")
    behind = np.array([one.lost for one in restores])[nexts] - intended
    return max(0.0, float(behind.max()))


class _Changes(NamedTuple):
    """Every write and delete of the ledger, sorted by key, as parallel arrays; a delete's value is 0."""

    keys: Digests
    values: Digests
    intended: Times
    sent: Times
    finished: Times
    ok: Flags

    @classmethod
    def of(cls, ledger: Ledger) -> "_Changes":
        keys, write = ledger.column("key"), ledger.where("operation", "write")
        order = np.flatnonzero((keys != 0) & (write | ledger.where("operation", "delete")))
        order = order[np.argsort(keys[order])]
        return cls(
            keys=keys[order],
            values=np.where(write, ledger.column("value"), np.uint64(0))[order],
            intended=ledger.column("intended")[order],
            sent=ledger.column("sent")[order],
            finished=ledger.column("finished")[order],
            ok=ledger.where("outcome", "ok")[order],
        )

    def during(self, spans: Iterable[Lapse]) -> Flags:
        """Which ended at ``since`` or later and were sent before ``until``, of any of them."""
        found = np.zeros(len(self.keys), np.bool_)
        for one in spans:
            found |= (self.finished >= one.since) & (self.sent < one.until)
        return found

    def gone(self, keys: Digests, values: Digests) -> Flags:
        """Which acknowledged ones cannot be behind what was read: ``values`` under ``keys``."""
        if not len(self.keys):
            return self.ok
        starts = np.flatnonzero(np.append(True, self.keys[1:] != self.keys[:-1]))
        there = np.isin(self.keys, keys)
        as_read = np.isin(digest.fold(self.keys, self.values), digest.fold(keys, values))
        left = np.where(there, as_read, self.values == 0)
        until = np.where(self.ok, self.finished, np.inf)  # by then at the latest it took effect
        latest = np.maximum.reduceat(np.where(left, until, -np.inf), starts)
        # A value that nobody wrote says nothing about who came before it.
        foreign = there[starts] & ~np.logical_or.reduceat(left, starts)
        latest = np.where(foreign, np.inf, latest)
        lost: Flags = self.ok & (self.sent > np.repeat(latest, np.diff(starts, append=len(self.keys))))
        return lost


def _read(readback: Path, columns: Columns) -> tuple[Digests, Digests]:
    """Keys and values of all rows."""
    parts: list[tuple[Any, Any]] = [(np.zeros(0, np.uint64), np.zeros(0, np.uint64))]
    parts += (
        (digest.of_texts(batch.column(columns.key)), rows.digests(batch, columns))
        for batch in rows.read(readback, columns)
    )
    keys, values = (np.concatenate(column) for column in zip(*parts, strict=True))
    return keys, values
