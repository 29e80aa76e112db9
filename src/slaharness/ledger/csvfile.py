"""CSV files that prove themselves whole: a header, rows, and ``# end,<count>`` as the last line.

The ledger and the readback are such files; both come over a wire that may break at any byte.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv

from slaharness.errors import RecordTrouble
from slaharness.model.words import counted

END = "# end"
#: Bytes of text that are parsed at once, which takes many times their memory.
BLOCK = 6_000_000


def batches(path: Path, types: Mapping[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
    """The rows of a gzip file as Arrow batches of these columns, in order, in constant memory.

    Raises RecordTrouble naming the line where the file is not what it should be; a file that ends early is
    found out at its end, so nothing may be concluded before the last batch has been taken.
    """
    rows = 0
    try:
        with _opened(path) as file:
            texts = _lines(file)
            _heads(path, next(texts), types)
            text = next(texts)
            for following in texts:
                batch = _parsed(path, rows, text, types)
                yield batch
                rows, text = rows + batch.num_rows, following
    finally:
        pa.default_memory_pool().release_unused()
    _ends(path, text, rows)


def header(path: Path) -> tuple[str, ...]:
    """The names in the first line. Raises RecordTrouble when there is none to read."""
    with _opened(path) as file:
        return tuple(_words(next(_lines(file))).split(","))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with pa.input_stream(str(path), compression="gzip") as file:
            yield file
    except FileNotFoundError as error:
        raise RecordTrouble(f"{path}: there is no such file") from error
    except UnicodeEncodeError as error:  # Arrow opens no other
        raise RecordTrouble(f"{path}: cannot be read: the name of its folder is no UTF-8") from error
    except (pa.ArrowInvalid, OSError) as error:
        raise RecordTrouble(f"{path}: broken: {_first_line(error)}") from error


def _lines(file: Any) -> Iterator[bytes]:
    """The first line, blocks of whole lines, and at the end the last line, which may be empty."""
    read = file.read(BLOCK)
    first, newline, rest = read.partition(b"\n")
    yield first + newline
    while read:
        if cut := rest.rfind(b"\n", 0, -1) + 1:
            yield rest[:cut]
            rest = rest[cut:]
        read = file.read(BLOCK)
        rest += read
    yield rest


# Not Arrow's own streaming reader: it reads ahead in threads that outlive a file given up half-way.
def _parsed(path: Path, rows: int, text: bytes, types: Mapping[str, pa.DataType]) -> pa.RecordBatch:
    """The rows of ``text``, which follow so many others. An error names the line of the file."""
    try:
        table = csv.read_csv(
            pa.BufferReader(text),
            csv.ReadOptions(use_threads=False, block_size=len(text), column_names=list(types)),
            csv.ParseOptions(ignore_empty_lines=False),
            csv.ConvertOptions(column_types=types, null_values=[]),
        )
    except pa.ArrowInvalid as error:
        said = re.sub(r"[Rr]ow #(\d+)", lambda row: f"line {rows + 1 + int(row[1])}", _first_line(error))
        raise RecordTrouble(f"{path}: broken: {said}") from error
    (batch,) = table.combine_chunks().to_batches()
    return batch


def _heads(path: Path, line: bytes, types: Mapping[str, pa.DataType]) -> None:
    if (seen := _words(line)) != ",".join(types):
        raise RecordTrouble(f"{path} line 1: {seen!r} instead of the header {','.join(types)}")


def _ends(path: Path, line: bytes, rows: int) -> None:
    seen = _words(line)
    if not seen.startswith(END):
        raise RecordTrouble(
            f"{path}: cut short after line {rows + 1 + bool(line)}: no last line `{END},<count>`"
        )
    if seen != f"{END},{rows}":
        raise RecordTrouble(f"{path} line {rows + 2}: {seen} does not end {counted(rows, 'row')}")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _words(line: bytes) -> str:
    return line.decode(errors="replace").removesuffix("\n")
