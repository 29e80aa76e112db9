"""CSV files that prove themselves whole: a header, rows, and ``# end,<count>`` as the last line.

The ledger and the readback are such files; both come over a wire that may break at any byte.
"""

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from slaharness.errors import RecordTrouble

END = "# end"


def rows(path: Path, header: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Each row of a gzip file with its line number, in constant memory.

    Raises RecordTrouble naming the line where the file is not what it should be; a file that ends early is
    found out at its end, so nothing may be concluded before the last row has been taken.
    """
    line = 0
    try:
        with gzip.open(path, "rt", newline="", encoding="utf-8") as file:
            reader = csv.reader(file, strict=True)
            for line, row in enumerate(_whole(path, reader, list(header)), start=2):
                yield line, row
    except FileNotFoundError as error:
        raise RecordTrouble(f"{path}: there is no such file") from error
    except (EOFError, OSError, zlib.error, csv.Error, UnicodeDecodeError) as error:
        raise RecordTrouble(f"{path}: broken after line {line}: {error}") from error


def _whole(path: Path, reader: Iterator[list[str]], header: list[str]) -> Iterator[list[str]]:
    if (first := next(reader, None)) != header:
        raise RecordTrouble(f"{path} line 1: {first} instead of the header {','.join(header)}")
    count = 0
    for row in reader:
        if row[:1] == [END]:
            break
        count += 1
        if len(row) != len(header):
            raise RecordTrouble(f"{path} line {count + 1}: {len(row)} fields instead of {len(header)}: {row}")
        yield row
    else:
        raise RecordTrouble(f"{path}: cut short after line {count + 1}: no last line `{END},<count>`")
    if row != [END, str(count)] or next(reader, None) is not None:
        raise RecordTrouble(f"{path} line {count + 2}: {','.join(row)} does not end {count} rows")
