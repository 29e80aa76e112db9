"""Was any acknowledged write lost? Jepsen's set test with overwrites and deletes, against one full read.

What a key may hold follows from its requests alone (see ``history``). Held against what was read, a key is

- *ok*: read once, with a value that it may have;
- *lost*: it had to be there, and is not, or holds only what an acknowledged write had replaced;
- *recovered*: it holds a value that it may have, and that only writes without acknowledgement gave it;
- *resurrected*: it holds a value that had to be gone, where a delete may have had the last word;
- *altered*: it holds a value that no write gave it;
- *duplicated*: it was read more than once;
- *unexpected*: it was read, and no write of it was ever attempted.

A key that may be absent and is, is none of these. Lost and altered exclude each other. Pure, linear.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from slaharness.errors import RecordTrouble
from slaharness.ledger import digest, rows
from slaharness.ledger.digest import Digests
from slaharness.ledger.history import NEVER, Flags, History, Lapses, Rows, history
from slaharness.ledger.ledger import Ledger
from slaharness.model import Columns

#: How many keys of each kind are named in the figures.
EXAMPLES = 5

#: What of an unknown key may have made a key look so: a delete of it, or a write.
MAY_EXPLAIN = {
    "lost": "keyless_deletes",
    "altered": "keyless_writes",
    "unexpected": "keyless_writes",
    "resurrected": "keyless_writes",
}

# What was read of a key, as bits.
_AGAIN, _ALLOWED, _SURE, _REPLACED, _FOREIGN = (np.uint8(1 << bit) for bit in range(5))


@dataclass(frozen=True)
class Figures:
    """Counts of keys (``read``: of rows), and the first few keys of each kind that should not be there.

    ``acknowledged`` and ``deleted`` are those of which a write was acknowledged, or a delete. Of those that
    had to be there (``expected``), some may be lost; of those of which something was read (``compared``),
    altered; of those deleted that may not hold what was there before (``withdrawn``), resurrected.
    ``keyless`` are acknowledged writes and deletes that say no key, ``unread`` those of what is not read
    back: nobody looked for either. ``keyless_writes`` and ``keyless_deletes``, however they ended, may have
    been of any key.
    """

    attempted: int
    acknowledged: int
    deleted: int
    read: int
    ok: int
    lost: int
    recovered: int
    unexpected: int
    duplicated: int
    altered: int
    resurrected: int
    expected: int
    compared: int
    withdrawn: int
    keyless: int
    unread: int
    keyless_writes: int
    keyless_deletes: int
    examples: Mapping[str, tuple[str, ...]]

    @property
    def wrong(self) -> Mapping[str, int]:
        """Of those kinds that depend on when an operation may have been undone."""
        return {"lost": self.lost, "altered": self.altered, "resurrected": self.resurrected}

    def may_be(self, kind: str) -> int:
        """How many of that kind a write or a delete that says no key may have made so."""
        return min(getattr(self, kind), getattr(self, MAY_EXPLAIN[kind])) if kind in MAY_EXPLAIN else 0


def check(ledger: Ledger, readback: Iterable[pa.RecordBatch], lapses: Lapses = NEVER) -> Figures:
    """Hold what was attempted against what is there, read as the ledger's columns; only its runs' rows count.

    What was acknowledged in one of ``lapses`` may be there or not, as a restore set the database back.

    Raises RecordTrouble when a write's value has not the form of the columns, or those are not known.
    """
    if ledger.columns is None:
        raise RecordTrouble(f"{ledger.path}: the columns of what was written are not known")
    read = _Read(history(ledger, ledger.columns, lapses), ledger.columns, ledger.runs)
    for batch in readback:
        read.add(batch)
    return _figures(ledger, read)


class _Read:
    """What was read of each key so far."""

    def __init__(self, known: History, columns: Columns, runs: frozenset[str]) -> None:
        self.known, self.columns = known, columns
        self.runs = pa.array(sorted(runs), pa.utf8())
        self.firsts = np.cumsum(known.counts, dtype=np.uint32)
        self.firsts -= known.counts
        self.bits = np.zeros(len(known.keys), np.uint8)
        self.rows = 0
        self.strays: list[Digests] = []
        self.stray_names: dict[str, None] = {}

    def add(self, batch: pa.RecordBatch) -> None:
        """Take in some rows, sorted by key: neighbours are then looked up in neighbouring memory."""
        keys = digest.of_texts(batch.column(self.columns.key))
        order = np.argsort(keys)
        keys = keys[order]
        held = rows.digests(batch, self.columns)[order]
        places, written = self._places(keys)
        self._hold(places[written], held[written])
        others = batch.take(pa.array(order[~written]))
        ours = self._ours(others)
        names = others.column(self.columns.key).filter(ours)
        self._stray(keys[~written][ours.to_numpy(zero_copy_only=False)], names)
        self.rows += int(written.sum())

    def _ours(self, batch: pa.RecordBatch) -> pa.BooleanArray:
        """Which rows are of this run: all, where no column tells."""
        if not self.columns.run:
            return pa.array(np.ones(batch.num_rows, np.bool_))
        return pc.is_in(rows.runs(batch.column(self.columns.run)), self.runs)

    def _places(self, keys: Digests) -> tuple[Rows, Flags]:
        """Where in the history each key is, and of which a write is there at all."""
        places = np.searchsorted(self.known.keys, keys)
        written = places < len(self.known.keys)
        inside = places[written]
        written[written] = (self.known.keys[inside] == keys[written]) & self.known.written[inside]
        return places, written

    def _hold(self, places: Rows, values: Digests) -> None:
        """Compare what was read with each operation of its key."""
        if not len(places):
            return
        counts = self.known.counts[places].astype(np.intp)
        starts = np.cumsum(counts) - counts
        operations = np.arange(counts.sum()) + np.repeat(self.firsts[places] - starts, counts)
        given = self.known.values[operations] == np.repeat(values, counts)
        allowed = given & self.known.may_be_last[operations]
        sure = allowed & self.known.sure[operations]
        given, allowed, sure = (np.logical_or.reduceat(flags, starts) for flags in (given, allowed, sure))
        again = self.bits[places] != 0
        again[1:] |= places[1:] == places[:-1]
        found = np.select([allowed, given], [_ALLOWED, _REPLACED], _FOREIGN)
        np.bitwise_or.at(self.bits, places, found | sure * _SURE | again * _AGAIN)

    def _stray(self, keys: Digests, names: pa.StringArray) -> None:
        """Rows of this run under keys that nobody wrote."""
        self.rows += len(keys)
        self.strays.append(keys)
        if len(self.stray_names) < EXAMPLES:
            self.stray_names |= dict.fromkeys(names.to_pylist())

    def of(self, *kinds: np.uint8) -> Flags:
        """Whether one of these kinds of rows was read, for each key."""
        found: Flags = (self.bits & np.bitwise_or.reduce(kinds)) != 0
        return found


def _figures(ledger: Ledger, read: _Read) -> Figures:
    known = read.known
    wrong = {
        "lost": known.written & ~known.may_be_absent & ~read.of(_ALLOWED, _FOREIGN),
        "duplicated": read.of(_AGAIN),
        "altered": read.of(_FOREIGN),
        "resurrected": known.may_be_absent & read.of(_REPLACED),
    }
    counts = {kind: _count(flags) for kind, flags in wrong.items()}
    without_key = ledger.column("key") == 0
    examples = _examples(ledger, {kind: known.rows[flags] for kind, flags in wrong.items()})
    if read.stray_names:
        examples["unexpected"] = tuple(read.stray_names)[:EXAMPLES]
    return Figures(
        attempted=_count(known.written),
        acknowledged=_count(known.acknowledged),
        deleted=_count(known.written & known.deleted),
        read=read.rows,
        ok=_count(read.of(_ALLOWED) & ~read.of(_AGAIN)),
        recovered=_count(read.of(_ALLOWED) & ~read.of(_SURE)),
        unexpected=len(np.unique(np.concatenate(read.strays))) if read.strays else 0,
        **counts,
        expected=_count(known.written & ~known.may_be_absent),
        compared=_count(known.written & (read.bits != 0)),
        withdrawn=_count(known.written & known.deleted & known.may_be_absent),
        keyless=_count(_acknowledged(ledger, "write", "delete") & without_key),
        keyless_writes=_count(ledger.where("operation", "write") & without_key),
        keyless_deletes=_count(ledger.where("operation", "delete") & without_key),
        unread=_count(_acknowledged(ledger, "other")),
        examples=examples,
    )


def _examples(ledger: Ledger, kinds: Mapping[str, npt.NDArray[np.uint32]]) -> dict[str, tuple[str, ...]]:
    """The keys of the first rows of each kind, in words."""
    firsts = {kind: np.sort(rows)[:EXAMPLES].tolist() for kind, rows in kinds.items() if len(rows)}
    wanted = sorted({row for rows in firsts.values() for row in rows})
    words = dict(zip(wanted, ledger.keys(wanted), strict=True)) if wanted else {}
    return {kind: tuple(words[row] for row in rows) for kind, rows in firsts.items()}


def _acknowledged(ledger: Ledger, *operations: str) -> Flags:
    of = [ledger.where("operation", one) for one in operations]
    found: Flags = ledger.where("outcome", "ok") & np.logical_or.reduce(of)
    return found


def _count(flags: Flags) -> int:
    return int(np.count_nonzero(flags))
