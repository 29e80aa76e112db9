"""What became of earlier runs, newest first, kept in a small database beside their records.

The records are the truth: what changed since is read again, and the database may be deleted at any time.
"""

import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from pydantic import TypeAdapter

from slaharness.record import past_run
from slaharness.record.past_run import RUN, VERDICTS, PastRun

FILE = ".history.sqlite"
#: Changes with what is kept of a run: another one's database is made anew.
FORMAT = 4
#: Seconds to wait for another process that writes.
PATIENCE = 5.0
_AS_DATA = TypeAdapter(PastRun)
#: How a record's folder is called: for the instant at which it was begun.
INSTANT = re.compile(r"[0-9]{8}T[0-9]{6}(\.[0-9]{1,6})?Z")


class _Known(NamedTuple):
    """A run as JSON; ``run`` is the same in all copies of its record."""

    line: str
    run: str


def past_runs(reports: Path, scenario: str = "", *, create: bool = True) -> Iterator[PastRun]:
    """Those in ``reports``, of one scenario or of all; one that cannot be read is there too, and says why.

    Without ``create`` no database is left where there was none.
    """
    return (_of(path, line) for path, line in _told(reports, scenario, create=create))


def past_runs_json(reports: Path, scenario: str = "", *, create: bool = True) -> Iterator[str]:
    """The same, each as a JSON object."""
    return (line for _, line in _told(reports, scenario, create=create))


def _of(path: str, line: str) -> PastRun:
    """As it was kept, by its own path: one that is no text has another in JSON."""
    found = _AS_DATA.validate_json(line)
    if path == _text(path):
        return found
    return replace(found, record=Path(path), scenario=Path(path).parent.name)


def _text(path: str) -> str:
    """The path as UTF-8 can hold it: folders may have been named in other encodings."""
    return path if path.isascii() else os.fsencode(path).decode(errors="replace")


def _told(reports: Path, scenario: str, *, create: bool) -> Iterator[tuple[str, str]]:
    """Path and JSON of each run."""
    if not (there := _there(reports.absolute(), scenario)):
        return
    file, within = reports / FILE, _text(str(reports.absolute() / scenario))
    database, kept = _opened(file, within) if create or file.exists() else _prepared(":memory:", within)
    with closing(database):
        known = {path: kept.get(f"{path}\n{stamp}") or _read(path) for path, stamp in there}
        _keep(
            database, [(path, stamp, known[path]) for path, stamp in there if f"{path}\n{stamp}" not in kept]
        )
    copies = _copies(known)
    for path, one in known.items():
        yield path, _copy(path, copies[path]) if path in copies else one.line


def _read(path: str) -> _Known:
    found = past_run.read(Path(_text(path)), _text(Path(path).parent.name), _at(path), Path(path))
    return _Known(_AS_DATA.dump_json(found).decode(), found.run)


def _at(path: str) -> str:
    name = os.path.basename(path)  # noqa: PTH119  # 10,000 of them
    return f"{name[:4]}-{name[4:6]}-{name[6:8]} {name[9:11]}:{name[11:13]}:{name[13:15]}"


def _copies(runs: dict[str, _Known]) -> dict[str, str]:
    """Of each record that tells of another's run, that other: named for the instant nearest to its start."""
    alike: dict[str, list[str]] = {}
    for path, one in runs.items():
        if one.run:
            alike.setdefault(one.run, []).append(path)
    return {
        path: own
        for run, paths in alike.items()
        if len(paths) > 1 and (own := _original(run, paths))
        for path in paths
        if path != own
    }


def _original(run: str, paths: Sequence[str]) -> str:
    began = float(run.rpartition(" ")[2])
    return min(paths, key=lambda path: (abs(_instant(path) - began), path))


def _instant(path: str) -> float:
    return datetime.fromisoformat(os.path.basename(path)).timestamp()  # noqa: PTH119  # as _at


def _copy(path: str, of: str) -> str:
    """What is told of a copy: that it is one, and nothing that could be counted again."""
    own, other = Path(_text(path)), Path(_text(of))
    run = PastRun(
        own, own.parent.name, _at(path), problem=f"a copy of {other.parent.name}/{other.name}", copy=True
    )
    return _AS_DATA.dump_json(run).decode()


def _there(reports: Path, scenario: str) -> list[tuple[str, str]]:
    """Each record's folder and what tells whether it changed, the newest first."""
    folders = [folder for of in _scenarios(reports, scenario) for folder in _records(reports / of)]
    newest = sorted(folders, key=lambda path: (os.path.basename(path), path), reverse=True)  # noqa: PTH119  # 10,000 of them
    return [(path, f"{_stamp(path, RUN)} {_stamp(path, VERDICTS)}") for path in newest]


def _stamp(folder: str, name: str) -> str:
    try:
        found = os.stat(f"{folder}/{name}")  # noqa: PTH116  # 20,000 of them
    except OSError as error:
        return str(error.errno)
    return f"{found.st_mtime_ns}:{found.st_size}:{found.st_ino}"


def _scenarios(reports: Path, scenario: str) -> list[str]:
    if scenario or not reports.is_dir():
        return [scenario] if scenario else []
    return [one.name for one in os.scandir(reports) if one.is_dir()]


def _records(folder: Path) -> list[str]:
    """Folders that are named for an instant."""
    if not folder.is_dir():
        return []
    return [one.path for one in os.scandir(folder) if _is_instant(one.name) and one.is_dir()]


def _is_instant(name: str) -> bool:
    """Whether it is one that the calendar has."""
    try:
        return bool(INSTANT.fullmatch(name) and datetime.fromisoformat(name))
    except ValueError:
        return False


def _opened(file: Path, within: str) -> tuple[sqlite3.Connection, dict[str, _Known]]:
    """The database and what it holds of the folder ``within``.

    A new one for a broken one or one of another format; in memory where none can be.
    """
    try:
        return _prepared(file, within)
    except sqlite3.DatabaseError:
        try:
            file.unlink(missing_ok=True)
            return _prepared(file, within)
        except (sqlite3.Error, OSError):
            return _prepared(":memory:", within)


def _prepared(file: Path | str, within: str) -> tuple[sqlite3.Connection, dict[str, _Known]]:
    database = sqlite3.connect(file, timeout=PATIENCE)
    try:
        (found,) = database.execute("PRAGMA user_version").fetchone()
        if found != FORMAT:
            with database:
                database.execute("DROP TABLE IF EXISTS run")
                database.execute(
                    "CREATE TABLE run (path TEXT PRIMARY KEY, stamp TEXT, json TEXT, run TEXT, sum INTEGER)"
                )
                database.execute(f"PRAGMA user_version = {FORMAT}")
        inside = (f"{within}/", f"{within}0")  # the character that follows the slash
        rows = database.execute(
            "SELECT path || char(10) || stamp, json, run, sum FROM run WHERE path BETWEEN ? AND ?", inside
        )
        return database, {
            key: _Known(line, run) for key, line, run, known in rows if _is_whole(line, run, known)
        }
    except sqlite3.Error:
        database.close()
        raise


def _is_whole(line: object, run: object, known: object) -> bool:
    """Whether it is what was kept, by its sum: to take each apart took most of the time of a list."""
    return isinstance(line, str) and isinstance(run, str) and _sum(_Known(line, run)) == known


def _sum(one: _Known) -> int:
    return crc32(f"{one.run}\n{one.line}".encode())


def _keep(database: sqlite3.Connection, new: list[tuple[str, str, _Known]]) -> None:
    """Where another process holds the database, or the disk is full, they are read again next time.

    So are those whose path is no text.
    """
    rows = [(path, stamp, *one, _sum(one)) for path, stamp, one in new if path == _text(path)]
    if not rows:
        return
    try:
        with database:
            database.executemany("INSERT OR REPLACE INTO run VALUES (?, ?, ?, ?, ?)", rows)
    except sqlite3.Error:
        return
