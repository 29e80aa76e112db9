"""The ledger: what the load's clients asked for and what they were told, kept outside the system under test.

Written by the recorder beside Locust, fetched into the run record, read here by the checker (was anything
lost?) and as a second witness (do the counters tell the truth?).
"""

import csv
import gzip
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from slaharness.errors import RecordTrouble
from slaharness.ledger import csvfile, digest, rows
from slaharness.ledger.digest import Digests
from slaharness.model import Columns

#: ``other`` changes what is not read back, as its profile says.
OPERATIONS = ("read", "write", "delete", "other")
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
#: How many batches are joined at a time, lest what parsing left between them stays there for good.
_TOGETHER = 16
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
    words above; ``key`` and ``value`` are digests, 0 where a request has none (for a value: where it has
    not the form of ``columns``, or those are not known), so that ten million requests take half a GiB.
    ``runs`` are what values name in the run column.
    """

    path: Path
    table: pa.Table
    columns: Columns | None = None
    runs: frozenset[str] = frozenset()

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

    def named(self, names: Collection[str]) -> npt.NDArray[np.bool_]:
        """Which requests have one of these names."""
        found: npt.NDArray[np.bool_] = (
            pc.is_in(self.table.column("name").chunk(0).cast(pa.utf8()), value_set=pa.array(sorted(names)))
        ).to_numpy(zero_copy_only=False)
        return found

    @property
    def requests(self) -> tuple[Request, ...]:
        """Each request in words, read from the file again: for people, and for small ledgers."""
        return tuple(words(self.path))

    def keys(self, rows: Sequence[int]) -> tuple[str, ...]:
        """The keys of these rows, which ascend, in words. Reads the file again, as far as it must."""
        found: list[str] = []
        first = 0
        for batch in csvfile.batches(self.path, _TYPES) if rows else ():
            last = first + batch.num_rows
            found += (batch.column("key")[row - first].as_py() for row in rows if first <= row < last)
            if len(found) == len(rows):
                break
            first = last
        return tuple(found)


def words(path: Path) -> Iterator[Request]:
    """Each request of a ledger as it was written. Raises RecordTrouble where the file is not whole."""
    for batch in csvfile.batches(path, _TYPES):
        yield from map(Request._make, zip(*(column.to_pylist() for column in batch.columns), strict=True))


def save(path: Path, requests: Iterable[Request]) -> None:
    """Write a ledger (gzip CSV), whole or not at all."""
    unfinished = path.with_name(f".{path.name}")
    with gzip.open(unfinished, "wt", newline="", compresslevel=3) as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(HEADER)
        count = 0
        for count, one in enumerate(requests, 1):  # noqa: B007 - the last count is wanted
            rows.writerow((*(f"{at:.6f}" for at in one[:3]), *one[3:]))
        file.write(f"{csvfile.END},{count}\n")
    unfinished.replace(path)


def load(path: Path, columns: Columns | None = None) -> Ledger:
    """Read a ledger (gzip CSV), its values by ``columns``; without those, nothing can be held against it.

    Raises RecordTrouble naming the line that is malformed or missing.
    """
    runs: set[str] = set()
    compact = _compacted(path, columns, runs)
    groups = iter(lambda: list(islice(compact, _TOGETHER)), [])
    joined = (_in_one(pa.concat_tables(group)) for group in groups)
    return Ledger(path, _in_one(pa.concat_tables([_KEPT.empty_table(), *joined])), columns, frozenset(runs))


def _compacted(path: Path, columns: Columns | None, runs: set[str]) -> Iterator[pa.Table]:
    """The rows of the file in order, block by block; runs that values name are added to those given."""
    line = 2
    for batch in csvfile.batches(path, _TYPES):
        _in_order(path, line, batch)
        digests = np.zeros(batch.num_rows, np.uint64)
        if columns:
            digests, named = rows.values(batch.column("value"), columns)
            runs |= named
        yield _compact(path, line, batch, digests)
        line += batch.num_rows


def _in_order(path: Path, line: int, batch: pa.RecordBatch) -> None:
    intended, sent, finished = (batch.column(name).to_numpy() for name in ("intended", "sent", "finished"))
    ordered = (-np.inf < intended) & (intended <= sent) & (sent <= finished) & (finished < np.inf)
    if not ordered.all():
        row = int(ordered.argmin())
        times = ", ".join(f"{times[row]:.6f}" for times in (intended, sent, finished))
        raise RecordTrouble(f"{path} line {line + row}: times in no order: {times}")


def _compact(path: Path, line: int, batch: pa.RecordBatch, values: Digests) -> pa.Table:
    """The batch as it is kept: codes for words, digests for texts."""
    columns = dict(zip(HEADER, batch.columns, strict=True))
    for name, words in _WORDS.items():
        columns[name] = _coded(path, line, columns[name], words)
    columns |= {"key": pa.array(digest.of_texts(columns["key"])), "value": pa.array(values)}
    return pa.Table.from_pydict(columns, schema=_KEPT)


def _coded(path: Path, line: int, column: pa.StringArray, words: Sequence[str]) -> pa.DictionaryArray:
    codes = pc.index_in(column, value_set=pa.array(words))
    if codes.null_count:
        row = codes.is_null().index(value=True).as_py()
        raise RecordTrouble(
            f"{path} line {line + row}: {column[row].as_py()!r} is none of {', '.join(words)}"
        )
    return pa.DictionaryArray.from_arrays(codes.cast(pa.int8()), pa.array(words))


def _in_one(table: pa.Table) -> pa.Table:
    """The table with one chunk a column, made column by column: twice ten millions would not fit."""
    table = table.unify_dictionaries()
    columns = []
    for _ in HEADER:
        columns.append(pa.concat_arrays(table.column(0).chunks))
        table = table.remove_column(0)
        pa.default_memory_pool().release_unused()
    return pa.table(columns, schema=_KEPT)
