"""Rows: what a write stores, as the ledger and the readback have it, by the columns of the table. Pure.

The ledger calls a row's value the texts of its value columns, joined by ``|``. Of ten millions, a value is
kept as one digest; two values are the same when their texts are equal and their numbers are.
"""

import re
from collections.abc import Iterator, Sequence
from functools import reduce
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from slaharness.errors import RecordTrouble
from slaharness.ledger import csvfile, digest
from slaharness.ledger.digest import Digests
from slaharness.model import Columns, ColumnType

MARK = "|"
#: The key column of a readback whose columns are not told.
KEY = "id"

_TYPES = {ColumnType.TEXT: pa.utf8(), ColumnType.INTEGER: pa.int64(), ColumnType.NUMBER: pa.float64()}
#: Less than Arrow reads, but nothing that it does not.
_READABLE = {
    ColumnType.TEXT: r"[^|]*",
    ColumnType.INTEGER: r"-?[0-9]{1,18}",
    ColumnType.NUMBER: r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE][-+]?[0-9]{1,2})?",
}
#: How numbers are written by programs. ``007`` and ``1e400`` may be names.
_PLAIN = r"^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?([eE][-+]?[0-9]{1,2})?$"
_INTEGER = r"^-?(0|[1-9][0-9]{0,17})$"
#: From 16 digits on, a floating point number no longer tells an integer from the next.
_LONG = r"^-?[0-9]{16,18}$"


class Values(NamedTuple):
    """A digest for each value (0: its text has not the columns' form), and the runs that they name."""

    digests: Digests
    runs: frozenset[str]


def read(readback: Path, columns: Columns) -> Iterator[pa.RecordBatch]:
    """The rows of a readback (gzip CSV) as batches of these columns.

    Raises RecordTrouble naming what is malformed, or cut short.
    """
    types = {name: _TYPES[kind] for name, kind in columns.types.items()} | {columns.key: pa.utf8()}
    yield from csvfile.batches(readback, types)


def inferred(readback: Path) -> Columns:
    """The columns of a readback that came without any: its key is ``id``, all others are its value.

    The run column is the first that holds text, if any. A column holds numbers only if each of its fields is
    one, and integers only if one of them has too many digits for a floating point number.

    Raises RecordTrouble when the file is not whole, or has no column ``id``.
    """
    names = csvfile.header(readback)
    if KEY not in names or len(set(names)) < len(names):
        raise RecordTrouble(f"{readback} line 1: {','.join(names)} are no columns of rows known by {KEY!r}")
    kinds = [_Kind() for _ in names]
    for batch in csvfile.batches(readback, dict.fromkeys(names, pa.utf8())):
        for kind, column in zip(kinds, batch.columns, strict=True):
            kind.see(column)
    types = {name: kind.type for name, kind in zip(names, kinds, strict=True)} | {KEY: ColumnType.TEXT}
    texts = (name for name, kind in types.items() if name != KEY and kind is ColumnType.TEXT)
    return Columns(types, key=KEY, run=next(texts, ""))


def values(texts: pa.StringArray, columns: Columns) -> Values:
    """Read a column of values; not one of them must have the columns' form."""
    readable = pc.not_equal(texts, "") if columns.values else pc.equal(texts, "")
    try:
        held = _split(texts.filter(readable), columns)
    except pa.ArrowInvalid:
        readable = pc.match_substring_regex(texts, _form(columns))
        held = _split(texts.filter(readable), columns)
    found = np.zeros(len(texts), np.uint64)
    found[readable.to_numpy(zero_copy_only=False)] = held.digests
    return Values(found, held.runs)


def digests(batch: pa.RecordBatch, columns: Columns) -> Digests:
    """One digest of the value of each row of a readback; never 0."""
    return _digests([batch.column(name) for name in columns.values], batch.num_rows)


def runs(column: pa.Array) -> pa.StringArray:
    """The values of a run column as text."""
    return column.cast(pa.utf8())


class _Kind:
    """What a column may hold, by the fields that were seen so far."""

    def __init__(self) -> None:
        self.seen = self.long = False
        self.integer = self.number = True

    def see(self, column: pa.StringArray) -> None:
        self.seen = True
        self.number = self.number and _all(column, _PLAIN)
        self.integer = self.integer and _all(column, _INTEGER)
        self.long = self.long or _any(column, _LONG)

    @property
    def type(self) -> ColumnType:
        if not (self.seen and self.number):
            return ColumnType.TEXT
        return ColumnType.INTEGER if self.integer and self.long else ColumnType.NUMBER


def _split(texts: pa.StringArray, columns: Columns) -> Values:
    """Raises ArrowInvalid when one of them has another form."""
    count = len(columns.values)
    if not count:
        return Values(_digests([], len(texts)), frozenset())
    parts = pc.split_pattern(texts, MARK)
    if pc.any(pc.not_equal(pc.list_value_length(parts), count)).as_py():
        raise pa.ArrowInvalid(f"not {count} fields")
    flat = parts.flatten()
    fields = [
        flat.take(_every(index, count, len(texts))).cast(_TYPES[columns.types[name]])
        for index, name in enumerate(columns.values)
    ]
    of_run = (field for name, field in zip(columns.values, fields, strict=True) if name == columns.run)
    return Values(
        _digests(fields, len(texts)),
        frozenset(run for field in of_run for run in runs(pc.unique(field)).to_pylist()),
    )


def _digests(fields: Sequence[pa.Array], rows: int) -> Digests:
    """Of columns of text or numbers, one digest for each row."""
    first, *others = map(_words, fields or [pa.array(np.zeros(rows, np.int64))])
    if others:
        return reduce(digest.fold, others, first)
    return digest.fold(first, np.zeros(rows, np.uint64))


def _words(field: pa.Array) -> Digests:
    if pa.types.is_string(field.type):
        return digest.of_texts(field)
    numbers = field.to_numpy(zero_copy_only=False)
    if pa.types.is_floating(field.type):
        numbers = numbers + 0.0  # makes one zero of the two
    words: Digests = numbers.view(np.uint64)
    return words


def _form(columns: Columns) -> str:
    kinds = (columns.types[name] for name in columns.values)
    return f"^{re.escape(MARK).join(_READABLE[kind] for kind in kinds)}$"


def _every(first: int, step: int, count: int) -> pa.Int64Array:
    return pa.array(np.arange(first, first + step * count, step))


def _all(column: pa.StringArray, form: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(column, form)).as_py())


def _any(column: pa.StringArray, form: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(column, form)).as_py())
