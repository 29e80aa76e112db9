"""The ledger: what the load's clients asked for and what they were told, kept outside the system under test.

Written by the recorder beside Locust, fetched into the run record, read here by the checker (was anything
lost?) and the witness (do the counters tell the truth?).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from slaharness.errors import RecordTrouble
from slaharness.load import csvfile, digest, reading
from slaharness.load.digest import Digests

OPERATIONS = ("read", "write", "delete")
OUTCOMES = ("ok", "fail", "unknown")
_WORDS = {"operation": OPERATIONS, "outcome": OUTCOMES}
_TYPES = {
    "intended": pa.float64(),
    "sent": pa.float64(),
    "finished": pa.float64(),
    "name": pa.dictionary(pa.int32(), pa.utf8()),
    "operation": pa.utf8(),
    "key": pa.utf8(),
    "value": pa.utf8(),
    "outcome": pa.utf8(),
    "status": pa.int16(),
}
HEADER = tuple(_TYPES)
_WORD = pa.dictionary(pa.int8(), pa.utf8())
_KEPT = pa.schema(_TYPES | {"operation": _WORD, "outcome": _WORD, "key": pa.uint64(), "value": pa.uint64()})


class Request(NamedTuple):
    """One request. Times are seconds since the epoch; ``status`` is HTTP's, 0 when no answer came.

    ``outcome`` is ok, fail (answered, but not as it should) or unknown (no whole answer: may have been done).
    ``key`` says what a write or a delete was about, ``value`` what a write was to store; others have none.
    """

    intended: float
    sent: float
    finished: float
    name: str
    operation: str
    key: str
    value: str
    outcome: str
    status: int


@dataclass(frozen=True)
class Ledger:
    """All requests of one run, in the order in which they ended.

    ``table`` has the columns of HEADER, one chunk each; ``operation`` and ``outcome`` are dictionaries of the
    words above; ``key`` and ``value`` are digests, 0 where a request has none (for a value: where it is no
    reading), so that ten million requests take half a GiB. ``stations`` are those that values name.
    """

    path: Path
    table: pa.Table
    stations: frozenset[str] = frozenset()

    def __len__(self) -> int:
        count: int = self.table.num_rows
        return count

    def column(self, name: str) -> npt.NDArray[Any]:
        """The numbers of a column, not copied: times in seconds, digests of keys and values."""
        numbers: npt.NDArray[Any] = self.table.column(name).chunk(0).to_numpy()
        return numbers

    def where(self, column: str, word: str) -> npt.NDArray[np.bool_]:
        """Which requests have this operation or this outcome."""
        codes: npt.NDArray[np.int8] = self.table.column(column).chunk(0).indices.to_numpy()
        found: npt.NDArray[np.bool_] = codes == _WORDS[column].index(word)
        return found

    @property
    def requests(self) -> tuple[Request, ...]:
        """Each request in words, read from the file again: for people, and for small ledgers."""
        return tuple(
            Request(*row)
            for batch in csvfile.batches(self.path, _TYPES)
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
        )

    def keys(self, rows: Sequence[int]) -> tuple[str, ...]:
        """The keys of these rows, which ascend, in words. Reads the file again, as far as it must."""
        found: list[str] = []
        first = 0
        for batch in csvfile.batches(self.path, _TYPES):
            last = first + batch.num_rows
            found += (batch.column("key")[row - first].as_py() for row in rows if first <= row < last)
            if len(found) == len(rows):
                break
            first = last
        return tuple(found)


def load(path: Path) -> Ledger:
    """Read a ledger (gzip CSV). Raises RecordTrouble naming the line that is malformed or missing."""
    held: list[pa.RecordBatch] = []
    stations: frozenset[str] = frozenset()
    line = 2
    for batch in csvfile.batches(path, _TYPES):
        _in_order(path, line, batch)
        values = reading.values(batch.column("value"))
        held.append(_compact(path, line, batch, values.digests))
        stations |= values.stations
        line += batch.num_rows
    return Ledger(path, _whole(held), stations)


def _in_order(path: Path, line: int, batch: pa.RecordBatch) -> None:
    intended, sent, finished = (batch.column(name).to_numpy() for name in ("intended", "sent", "finished"))
    ordered = (-np.inf < intended) & (intended <= sent) & (sent <= finished) & (finished < np.inf)
    if not ordered.all():
        row = int(ordered.argmin())
        times = ", ".join(f"{times[row]:.6f}" for times in (intended, sent, finished))
        raise RecordTrouble(f"{path} line {line + row}: times in no order: {times}")


def _compact(path: Path, line: int, batch: pa.RecordBatch, values: Digests) -> pa.RecordBatch:
    """The batch as it is kept: codes for words, digests for texts."""
    columns = dict(zip(HEADER, batch.columns, strict=True))
    for name, words in _WORDS.items():
        columns[name] = _coded(path, line, columns[name], words)
    columns |= {"key": pa.array(digest.of_texts(columns["key"])), "value": pa.array(values)}
    return pa.RecordBatch.from_pydict(columns, schema=_KEPT)


def _coded(path: Path, line: int, column: pa.StringArray, words: Sequence[str]) -> pa.DictionaryArray:
    codes = pc.index_in(column, value_set=pa.array(words))
    if codes.null_count:
        row = codes.is_null().index(value=True).as_py()
        raise RecordTrouble(
            f"{path} line {line + row}: {column[row].as_py()!r} is none of {', '.join(words)}"
        )
    return pa.DictionaryArray.from_arrays(codes.cast(pa.int8()), pa.array(words))


def _whole(batches: Sequence[pa.RecordBatch]) -> pa.Table:
    """One chunk a column, made column by column: two tables at once would not fit."""
    table = pa.Table.from_batches(batches, schema=_KEPT).unify_dictionaries()
    chunks = []
    for _ in _KEPT:
        chunks.append(pa.concat_arrays(table.column(0).chunks or [pa.array([], table.schema[0].type)]))
        table = table.remove_column(0)
    return pa.table(chunks, schema=_KEPT)
