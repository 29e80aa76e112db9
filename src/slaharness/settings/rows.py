"""What an application answers when asked for all its rows becomes a readback: gzip CSV with a counted end."""

import csv
import gzip
import io
import json
from math import isfinite
from pathlib import Path
from typing import Any

from slaharness.errors import LoadTrouble
from slaharness.model import Columns, ColumnType
from slaharness.model.words import counted

#: How an answer of CSV must end: a comment with the number of rows before it.
END = "# end,"


def save(content: bytes, kind: str, columns: Columns, into: Path) -> None:
    """Write the rows of ``content``, JSON or CSV by its Content-Type ``kind``, as a readback.

    Raises LoadTrouble when it is not whole, or lacks a column.
    """
    try:
        text = content.decode()
        found = _of_json(text, columns) if "json" in kind else _of_csv(text, columns)
    except (ValueError, csv.Error) as error:
        raise LoadTrouble(f"what was read back is not all rows: {error}") from error
    with gzip.open(into, "wt", compresslevel=3, newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns.types)
        writer.writerows(found)
        file.write(f"{END}{len(found)}\n")


def _of_json(text: str, columns: Columns) -> list[list[Any]]:
    found = json.loads(text)
    if not isinstance(found, list):
        raise ValueError("the JSON is no list")  # noqa: TRY004 - one of the ways to be malformed
    return [_row(one, columns, number) for number, one in enumerate(found, 1)]


def _of_csv(text: str, columns: Columns) -> list[list[Any]]:
    lines = text.splitlines()
    if not lines or not lines[-1].startswith(END):
        raise ValueError(f"the CSV does not end in {END}COUNT")
    found = [
        _row(one, columns, number)
        for number, one in enumerate(csv.DictReader(io.StringIO("\n".join(lines[:-1]))), 1)
    ]
    if lines[-1] != f"{END}{len(found)}":
        raise ValueError(f"the CSV has {counted(len(found), 'row')} and ends in {lines[-1]!r}")
    return found


def _row(one: Any, columns: Columns, number: int) -> list[Any]:
    if not isinstance(one, dict) or (lacking := [name for name in columns.types if one.get(name) is None]):
        what = f"no {', '.join(lacking)}" if isinstance(one, dict) else "no columns"
        raise ValueError(f"row {number} has {what}")
    return [_plain(one[name], kind, name, number) for name, kind in columns.types.items()]


def _plain(value: Any, kind: ColumnType, name: str, row: int) -> Any:
    """A value that the ledger's reader takes; True is no number, though Python calls it one."""
    if kind is ColumnType.TEXT and isinstance(value, str):
        return value
    if kind is ColumnType.INTEGER and isinstance(value, int | str) and not isinstance(value, bool):
        return int(value)
    if kind is ColumnType.NUMBER and not isinstance(value, bool) and isfinite(number := float(value)):
        return number
    raise ValueError(f"row {row}: {name} is {value!r}, no {kind}")
