"""What each key may hold after the load, as the writes and deletes in the ledger allow. Pure, linear.

An acknowledged operation took effect once, between the instants at which it was sent and had ended. Any other
may have taken effect once at any time after it was sent, even long after its client gave up on it, or never:
a proxy answers 504, a coordinator stores a hint, and the database goes on. No key was there before the run.

So an operation may have been the last to take effect unless one was acknowledged that was sent after it had
ended, and one that was not acknowledged always may. The key may hold the value of any such write. It may be
absent when one of them is a delete, or when nothing was acknowledged at all. That is everything that an order
of effects within those bounds can leave behind, and nothing else.

A restore sets the database back: what was acknowledged in its ``Lapse`` may be undone, so such an operation
took effect between those instants or never, and binds nobody. A run may have several.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from slaharness.errors import RecordTrouble
from slaharness.ledger.digest import Digests
from slaharness.ledger.ledger import Ledger
from slaharness.model import Columns

Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

#: Keys are worked on in 16 parts, by their highest four bits: sorting takes its memory a part at a time.
_PARTS, _SHIFT = 16, np.uint64(60)


class Lapse(NamedTuple):
    """Operations that ended at ``since`` or later and were sent before ``until`` may be undone (epoch s)."""

    since: float
    until: float


Lapses = tuple[Lapse, ...]
#: Without a restore, nothing is undone.
NEVER: Lapses = ()


class History(NamedTuple):
    """Parallel arrays: seven over keys in the order of their digests, three over operations by key."""

    keys: Digests
    #: The row of the ledger that names the key first.
    rows: npt.NDArray[np.uint32]
    #: How many operations it has.
    counts: npt.NDArray[np.uint32]
    #: Was it written, and was that acknowledged?
    written: Flags
    acknowledged: Flags
    may_be_absent: Flags
    #: Was a delete of it acknowledged?
    deleted: Flags
    #: What each operation stored, 0 for a delete.
    values: Digests
    may_be_last: Flags
    #: Was the operation acknowledged?
    sure: Flags


_KINDS = ("u8", "u4", "u4", "?", "?", "?", "?", "u8", "?", "?")


class _Operations(NamedTuple):
    """What the ledger says of each request, as parallel arrays."""

    keys: Digests
    values: Digests
    sent: npt.NDArray[np.float64]
    finished: npt.NDArray[np.float64]
    write: Flags
    delete: Flags
    ok: Flags

    @classmethod
    def of(cls, ledger: Ledger) -> "_Operations":
        return cls(
            keys=ledger.column("key"),
            values=ledger.column("value"),
            sent=ledger.column("sent"),
            finished=ledger.column("finished"),
            write=ledger.where("operation", "write"),
            delete=ledger.where("operation", "delete"),
            ok=ledger.where("outcome", "ok"),
        )

    def binding(self, lapses: Lapses) -> Flags:
        """Which were acknowledged for good."""
        lasting = self.ok.copy()
        for lapse in lapses:
            lasting &= ~((self.finished >= lapse.since) & (self.sent < lapse.until))
        return lasting

    def at(self, rows: Rows) -> "_Operations":
        return _Operations._make(column[rows] for column in self)


def history(ledger: Ledger, columns: Columns, lapses: Lapses) -> History:
    """Raises RecordTrouble when a write's value has not the form of these columns, by which it was read."""
    every = _Operations.of(ledger)
    changing = (every.write | every.delete) & (every.keys != 0)
    if (unreadable := changing & every.write & (every.values == 0)).any():
        line = int(unreadable.argmax()) + 2
        raise RecordTrouble(
            f"{ledger.path} line {line}: a write whose value is not {'|'.join(columns.values)}, "
            "as a profile's context must give it"
        )
    parts = (_part(every.at(rows), rows, lapses) for rows in _by_key(every.keys, changing))
    return _joined(parts, changing.sum())


def _joined(parts: Iterable[History], most: int) -> History:
    """Parts in one. Memory for as many keys as operations costs nothing where it is not used."""
    wholes: list[npt.NDArray[Any]] = [np.empty(most, kind) for kind in _KINDS]
    ends = [0] * len(wholes)
    for part in parts:
        for number, column in enumerate(cast("tuple[npt.NDArray[Any], ...]", part)):
            start, ends[number] = ends[number], ends[number] + len(column)
            wholes[number][start : ends[number]] = column
    return History._make(whole[:end] for whole, end in zip(wholes, ends, strict=True))


def _by_key(keys: Digests, changing: Flags) -> Iterator[Rows]:
    """The rows that change a key, sorted by it, part by part."""
    part_of = (keys >> _SHIFT).astype(np.uint8)
    for part in range(_PARTS):
        rows = np.flatnonzero(changing & (part_of == part))
        yield rows[np.argsort(keys[rows])]


def _part(held: _Operations, rows: Rows, lapses: Lapses) -> History:
    """The history of the keys of these operations, which lie in ``rows`` of the ledger, sorted by key."""
    starts = np.flatnonzero(np.append(True, held.keys[1:] != held.keys[:-1])[: len(rows)])
    counts = np.diff(starts, append=len(rows))
    binding = held.binding(lapses)
    latest = np.maximum.reduceat(np.where(binding, held.sent, -np.inf), starts)
    may_be_last = ~held.ok | (held.finished >= np.repeat(latest, counts))
    return History(
        keys=held.keys[starts],
        rows=np.minimum.reduceat(rows, starts).astype(np.uint32),
        counts=counts.astype(np.uint32),
        written=_any(held.write, starts),
        acknowledged=_any(held.write & held.ok, starts),
        may_be_absent=~_any(binding, starts) | _any(may_be_last & held.delete, starts),
        deleted=_any(held.delete & held.ok, starts),
        values=np.where(held.write, held.values, np.uint64(0)),
        may_be_last=may_be_last,
        sure=held.ok,
    )


def _any(flags: Flags, starts: Rows) -> Flags:
    """Whether one of the operations of each key has the flag."""
    found: Flags = np.logical_or.reduceat(flags, starts)
    return found
