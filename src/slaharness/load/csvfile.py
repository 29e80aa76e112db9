"""CSV files that prove themselves whole: a header, rows, and ``# end,<count>`` as the last line.

The ledger and the readback are such files; both come over a wire that may break at any byte.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv

from slaharness.errors import RecordTrouble

END = "# end"
#: Bytes of text that are parsed at once, which takes many times their memory, and how many make a batch.
BLOCK, TOGETHER = 1 << 20, 6


def batches(path: Path, types: Mapping[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
    """The rows of a gzip file as Arrow batches of these columns, in order, in constant memory.

    Raises RecordTrouble naming the line where the file is not what it should be; a file that ends early is
    found out at its end, so nothing may be concluded before the last batch has been taken.
    """
    last = _LastLine()
    count = 0
    try:
        with pa.input_stream(str(path), compression="gzip") as file:
            reader = _opened(path, file, types, last)
            for blocks in iter(lambda: list(islice(reader, TOGETHER)), []):
                batch = pa.concat_batches(blocks)
                count += batch.num_rows
                yield batch
    except FileNotFoundError as error:
        raise RecordTrouble(f"{path}: there is no such file") from error
    except (pa.ArrowInvalid, OSError, UnicodeDecodeError) as error:
        raise RecordTrouble(f"{path}: broken: {_first_line(error)}") from error
    finally:
        pa.default_memory_pool().release_unused()
    last.proves(path, count)


def _opened(path: Path, file: Any, types: Mapping[str, pa.DataType], last: "_LastLine") -> Any:
    reader = csv.open_csv(
        file,
        # One thread knows which line it is at. As plain UTF-8, bytes that are none would not be an error that
        # can be caught wherever they stand.
        csv.ReadOptions(use_threads=False, block_size=BLOCK, encoding="utf-8-sig"),
        csv.ParseOptions(ignore_empty_lines=False, invalid_row_handler=last),
        csv.ConvertOptions(column_types=types, null_values=[], strings_can_be_null=False),
    )
    if reader.schema.names != list(types):
        seen = ",".join(reader.schema.names)
        raise RecordTrouble(f"{path} line 1: {seen} instead of the header {','.join(types)}")
    return reader


class _LastLine:
    """Catches the one row that is not like the others, and holds it against the rows before it."""

    def __init__(self) -> None:
        self.row: Any = None

    def __call__(self, row: Any) -> str:
        """Answer Arrow, which found a row with too many or too few fields."""
        if self.row or not row.text.startswith(f"{END},"):
            return "error"
        self.row = row
        return "skip"

    def proves(self, path: Path, count: int) -> None:
        if not self.row:
            raise RecordTrouble(f"{path}: cut short after line {count + 1}: no last line `{END},<count>`")
        if self.row.text != f"{END},{count}" or self.row.number != count + 2:
            raise RecordTrouble(
                f"{path} line {self.row.number}: {_first_line(self.row.text)} does not end {count} rows"
            )


def _first_line(words: object) -> str:
    return str(words).partition("\n")[0]
