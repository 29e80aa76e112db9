"""A backup brought back: all of it fetched and checked, then the tables made anew, loaded and looked at.

Nothing in the database is touched before every file is here and is what its manifest says. What the backup's
keyspaces hold at that moment goes; what users write from then on stays, also when the loading is tried again.
"""

import http.client
import shutil
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import roles

from ringbackup import catalogue, database, loader, manifest
from ringbackup.errors import Spoiled, Trouble
from ringbackup.settings import Settings
from ringbackup.store import BACKUPS, RESTORES, WHOLE, Store

Say = Callable[[str], None]

#: Who it is to the ring.
ROLE = "restore"
#: Downloads at a time.
FETCHERS = 4
#: Tables loaded at a time: most of a small one is the start of the loader's virtual machine.
LOADERS = 2
#: Seconds for the database's users to read again, and for one answer to them.
READ, ANSWER = 300.0, 60.0
#: What the last line of a table begins with; without rows, it follows the header at once.
END = b"#"


def restore(settings: Settings, say: Say) -> dict[str, Any]:
    """Restore ``settings.backup``, or the latest; return what came back as data. Raises Trouble."""
    began, store = time.time(), Store.open(settings)
    whole = _chosen(store, settings.backup)
    nodes = manifest.check(whole, catalogue.texts(store, whole.name))
    folders = fetch(store, nodes, settings.work, say)
    ring = database.whole(settings.ring, ROLE)
    _tables_anew(ring, whole, nodes, store, settings.name)
    ring.grant(file.read_text() for file in settings.grants)
    load(folders, ring.members(), settings.work, say)
    tables = _came_back(ring, whole)
    loaded = time.time()
    say(f"backup {whole.name} is restored: {len(tables)} tables")
    told = {"name": whole.name, "began": began, "loaded": loaded, "bytes": whole.bytes, "tables": tables}
    read = {"read": _read(settings.read, say)} if settings.read else {}
    # Last: the next try of one that forgot it earlier would drop what users have written by then.
    store.forget([RESTORES + settings.name])
    return told | read


def _chosen(store: Store, name: str) -> manifest.Backup:
    if name:
        return manifest.backup(store.read(f"{BACKUPS}{name}/{WHOLE}"))
    if not (there := catalogue.backups(store)):
        raise Spoiled("there is no finished backup in the store")
    return there[-1]


def fetch(store: Store, nodes: Sequence[manifest.Node], work: Path, say: Say) -> list[Path]:
    """Download every file once and check it; return folders that end in ``KEYSPACE/TABLE``, to be loaded.

    Raises Spoiled for the first file that is not what was backed up.
    """
    shutil.rmtree(work / "files", ignore_errors=True)
    places = dict(_places(nodes, work / "files"))
    size = sum(file.size for file in places.values())
    say(f"fetching {len(places)} files, {size} bytes")
    for folder in {path.parent for path in places}:
        folder.mkdir(parents=True)
    with ThreadPoolExecutor(FETCHERS) as threads:
        list(threads.map(lambda path: store.fetch(places[path].digest, path), places))
    say("every file is what its manifest says")
    return sorted({path.parent for path in places})


def _places(nodes: Sequence[manifest.Node], into: Path) -> Iterator[tuple[Path, manifest.File]]:
    """Where each file goes: nodes share a table's folder unless their files have the same names."""
    taken: dict[Path, dict[str, str]] = {}
    for node in nodes:
        for name, table in node.tables.items():
            files = {file.name: file.digest for file in table.files}
            at = 0
            while _clash(taken.setdefault(folder := into / str(at) / name.replace(".", "/"), {}), files):
                at += 1
            taken[folder] |= files
            yield from ((folder / file.name, file) for file in table.files)


def _clash(there: dict[str, str], files: dict[str, str]) -> bool:
    return any(there.get(name, digest) != digest for name, digest in files.items())


def load(folders: Sequence[Path], addresses: Sequence[str], scratch: Path, say: Say) -> None:
    """Load what ``fetch`` returned into the ring. Raises Trouble for the first folder that could not be."""

    def one(numbered: tuple[int, Path]) -> None:
        number, folder = numbered
        say(f"loading {folder.parent.name}.{folder.name}")
        loader.load(folder, addresses, roles.login(ROLE), scratch / f"loader-{number}")

    with ThreadPoolExecutor(LOADERS) as threads:
        list(threads.map(one, enumerate(folders)))


def _tables_anew(
    ring: database.Database, whole: manifest.Backup, nodes: Sequence[manifest.Node], store: Store, name: str
) -> None:
    """Drop and make, once: a second try of this restore must not drop what users wrote since the first."""
    mark = f"{RESTORES}{name}"
    if mark not in store.sizes(mark):
        ring.empty(whole.keyspaces)
        store.write(mark, whole.name.encode())
    ring.make(whole.keyspaces, (table.schema for table in nodes[0].tables.values()))


def _came_back(ring: database.Database, whole: manifest.Backup) -> list[str]:
    """The tables that are there now. Raises Trouble when one is missing, or has lost all it held."""
    there = ring.tables()
    if missing := sorted(set(whole.tables) - set(there)):
        raise Trouble(f"restored, but the ring lacks {', '.join(missing)}")
    if hollow := [name for name in whole.filled if not ring.holds(name)]:
        raise Trouble(f"restored, but there is nothing in {', '.join(hollow)}")
    return sorted(set(whole.tables) & set(there))


def _read(url: str, say: Say) -> float:
    """When users could read again: the moment (epoch seconds) at which ``url`` was answered with rows."""

    def answered() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=ANSWER) as answer:  # noqa: S310 - our own manifest's
                answer.readline()  # the header, which is there without a database, too
                row = answer.readline()
                return bool(row) and not row.startswith(END)
        except (OSError, http.client.HTTPException):
            return False

    say(f"waiting until {url} answers")
    database.until(answered, within=READ, what=f"{url} answers")
    return time.time()
