"""The table: Parquet files in an object store and a log that says which of them count (Delta Lake).

Readers see a batch whole or not at all: what makes it count is one object of the log, made only if there is
none of its name. A word changes a row only if it comes after the one that is there, so a batch may be kept
any number of times. Withdrawn readings stay as rows that say so, else an older word that comes late would
bring them back.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from arro3.core import Array, DataType, Field, Schema
from arro3.core import Table as Rows
from deltalake import CommitProperties, DeltaTable
from deltalake import Schema as TableSchema
from deltalake.exceptions import DeltaError

from lake.words import Word

#: Columns are only ever added, at the end: rows that were there before are read as lacking them.
SCHEMA = Schema(
    [
        Field("station", DataType.utf8()),
        Field("at", DataType.int64()),  # epoch ms
        Field("id", DataType.utf8()),
        Field("temperature", DataType.float64()),  # °C; none when withdrawn
        Field("written", DataType.int64()),  # epoch µs, by which the last word is known
        Field("deleted", DataType.bool()),
        Field("arrived", DataType.int64()),  # epoch ms, when the sink began to keep it
        Field("day", DataType.date32()),
        Field("region", DataType.utf8()),
    ]
)
PARTITIONS = ("day", "region")
EPOCH = date(1970, 1, 1)
#: How long readers may go on with what they have opened, and how long they can look back.
SETTINGS = {
    "delta.deletedFileRetentionDuration": "interval 1 hours",
    "delta.logRetentionDuration": "interval 1 days",
}
#: Bytes up to which small files become one: it is what one correction has to write anew.
FILE = 8 << 20
SAME = "t.day = s.day AND t.at = s.at AND t.station = s.station AND t.id = s.id"
LATER = "s.written > t.written OR (s.written = t.written AND s.deleted AND NOT t.deleted)"
#: The key under which the log has a batch's ``arrived``.
ARRIVED = "arrived"
#: Characters of an error, and what delta-rs draws it with.
MOST = 400
DRAWN = re.compile(r"\x1b\[[0-9;]*m|↳")


class Trouble(Exception):
    """The object store did not do what it was asked: why, in one line."""


class Table:
    """The one who writes. Should another one do so, too, it is noticed before anything counts twice."""

    def __init__(self, url: str, options: Mapping[str, str], regions: Collection[str]) -> None:
        self._url, self._options, self._regions = url, dict(options), frozenset(regions)
        self._open: DeltaTable | None = None

    def ready(self) -> None:
        """Open the table, made if need be. Raises Trouble."""
        with self._asked("to open the table"):
            self._opened()

    def keep(self, words: Sequence[Word], arrived: int) -> int:
        """Return how many rows changed, once all of them count; one word a reading. Raises Trouble."""
        early, late = min(word.at for word in words), max(word.at for word in words)
        with self._asked(f"to keep {len(words)} words"):
            done = (
                self._opened()
                .merge(
                    self._rows(words, arrived),
                    # The bounds spare it every file of other times.
                    f"t.at BETWEEN {early} AND {late} AND {SAME}",
                    source_alias="s",
                    target_alias="t",
                    commit_properties=CommitProperties(custom_metadata={ARRIVED: str(arrived)}),
                )
                .when_matched_update_all(LATER)
                .when_not_matched_insert_all()
                .execute()
            )
        return int(done["num_target_rows_inserted"] + done["num_target_rows_updated"])

    def compact(self) -> None:
        """Make small files of one partition one. Raises Trouble."""
        with self._asked("to make small files one"):
            self._opened().optimize.compact(target_size=FILE, max_concurrent_tasks=1)

    def sweep(self) -> None:
        """Delete files that count no longer, or never did, as those of a killed sink. Raises Trouble."""
        with self._asked("to delete what counts no longer"):
            self._opened().vacuum(dry_run=False, full=True)

    def files(self) -> int:
        """How many count, as of the last commit."""
        return len(self._open.file_uris()) if self._open else 0

    def _opened(self) -> DeltaTable:
        if self._open is None:
            table = DeltaTable.create(
                self._url, SCHEMA, mode="ignore", partition_by=list(PARTITIONS),
                configuration=SETTINGS, storage_options=self._options,
            )  # fmt: skip
            there = {field.name for field in table.schema().fields}
            wanted = TableSchema.from_arrow(SCHEMA).fields
            if lacking := [field for field in wanted if field.name not in there]:
                table.alter.add_columns(lacking)
            self._open = table
        return self._open

    def _rows(self, words: Sequence[Word], arrived: int) -> Rows:
        columns = {
            "station": [word.station for word in words],
            "at": [word.at for word in words],
            "id": [word.id for word in words],
            "temperature": [word.temperature for word in words],
            "written": [word.written for word in words],
            "deleted": [word.deleted for word in words],
            "arrived": [arrived] * len(words),
            "day": [(word.day - EPOCH).days for word in words],
            "region": [word.region(self._regions) for word in words],
        }
        return Rows.from_arrays([_array(columns[f.name], f.type) for f in SCHEMA], schema=SCHEMA)

    @contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        try:
            yield
        except (DeltaError, OSError) as error:
            self._open = None  # what is there now may be another state than the one that failed
            raise Trouble(f"the object store was asked {what}: {in_words(error)}") from error


def in_words(error: Exception) -> str:
    """One line of bounded length: delta-rs draws trees of what was behind what, and both ends matter."""
    text = " ".join(DRAWN.sub(" ", str(error)).split())
    return text if len(text) <= MOST else f"{text[: MOST // 2]} … {text[-MOST // 2 :]}"


def _array(values: Sequence[Any], kind: DataType) -> Array:
    if DataType.is_date32(kind):  # made of days by way of numbers only
        return Array(values, DataType.int32()).cast(kind)
    return Array(values, kind)
