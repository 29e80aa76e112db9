"""What became of earlier runs, newest first, kept in a small database beside their records.

The records are the truth: what changed since is read again, and the database may be deleted at any time.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zlib import crc32

from pydantic import TypeAdapter

from slaharness.record import past_run
from slaharness.record.past_run import RUN, VERDICTS, PastRun

FILE = ".history.sqlite"
#: Changes with what is kept of a run: another one's database is made anew.
FORMAT = 3
#: Seconds to wait for another process that writes.
PATIENCE = 5.0
_AS_DATA = TypeAdapter(PastRun)


def past_runs(reports: Path, scenario: str = "", *, create: bool = True) -> Iterator[PastRun]:
    """Those in ``reports``, of one scenario or of all; one that cannot be read is there too, and says why.

    Without ``create`` no database is left where there was none.
    """
    return map(_AS_DATA.validate_json, _told(reports, scenario, create=create))


def past_runs_json(reports: Path, scenario: str = "", *, create: bool = True) -> Iterator[str]:
    """The same, each as a JSON object."""
    return _told(reports, scenario, create=create)


def _told(reports: Path, scenario: str, *, create: bool) -> Iterator[str]:
    if not (there := _there(reports.absolute(), scenario)):
        return
    file, within = reports / FILE, str(reports.absolute() / scenario)
    database, kept = _opened(file, within) if create or file.exists() else _prepared(":memory:", within)
    with closing(database):
        lines = [kept.get(f"{path}\n{stamp}") for path, stamp in there]
        new = [
            (path, stamp, _read(path))
            for (path, stamp), line in zip(there, lines, strict=True)
            if line is None
        ]
        _keep(database, new)
    read = {path: line for path, _, line in new}
    for (path, _), line in zip(there, lines, strict=True):
        yield line or read[path]


def _read(path: str) -> str:
    record = Path(path)
    name = record.name
    at = f"{name[:4]}-{name[4:6]}-{name[6:8]} {name[9:11]}:{name[11:13]}:{name[13:15]}"
    return _AS_DATA.dump_json(past_run.read(record, record.parent.name, at)).decode()


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
    return [
        one.path
        for one in os.scandir(folder)
        if one.name[8:9] == "T" and one.name.endswith("Z") and one.is_dir()
    ]


def _opened(file: Path, within: str) -> tuple[sqlite3.Connection, dict[str, str]]:
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


def _prepared(file: Path | str, within: str) -> tuple[sqlite3.Connection, dict[str, str]]:
    database = sqlite3.connect(file, timeout=PATIENCE)
    try:
        (found,) = database.execute("PRAGMA user_version").fetchone()
        if found != FORMAT:
            with database:
                database.execute("DROP TABLE IF EXISTS run")
                database.execute(
                    "CREATE TABLE run (path TEXT PRIMARY KEY, stamp TEXT, json TEXT, sum INTEGER)"
                )
                database.execute(f"PRAGMA user_version = {FORMAT}")
        inside = (f"{within}/", f"{within}0")  # the character that follows the slash
        rows = database.execute(
            "SELECT path || char(10) || stamp, json, sum FROM run WHERE path BETWEEN ? AND ?", inside
        )
        return database, {key: line for key, line, known in rows if _is_whole(line, known)}
    except sqlite3.Error:
        database.close()
        raise


def _is_whole(line: object, known: object) -> bool:
    """Whether it is what was kept, by its sum: to take each apart took most of the time of a list."""
    return isinstance(line, str) and crc32(line.encode()) == known


def _keep(database: sqlite3.Connection, new: list[tuple[str, str, str]]) -> None:
    """Where another process holds the database, or the disk is full, they are read again next time."""
    if not new:
        return
    try:
        with database:
            database.executemany(
                "INSERT OR REPLACE INTO run VALUES (?, ?, ?, ?)",
                [(path, stamp, line, crc32(line.encode())) for path, stamp, line in new],
            )
    except sqlite3.Error:
        return
