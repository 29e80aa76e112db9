"""Beside each node: copy its snapshot to the store when asked, and say all the while how far it is.

``POST /backups/NAME`` with ``{"tables": {"keyspace.table": "id"}}`` answers one JSON object a line, at least
once a second: ``{"said": …}`` on the way, at the end ``{"digest": …, "uploaded": …}`` of the manifest or
``{"failed": …}``. Until the caller hangs up, nobody else gets a backup of this node: what has been uploaded
and what is kept must not be judged by two at once.
"""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ringbackup import manifest, snapshot
from ringbackup.errors import Trouble
from ringbackup.settings import PORT, Settings
from ringbackup.store import BACKUPS, OBJECTS, Store, sha256

#: Seconds between two words to the caller, and for the caller to hang up.
TELL_EVERY, HANG_UP = 1.0, 900.0
#: The node serves its users first.
NICENESS = 10


class Work:
    """One backup of this node, and how far it is."""

    def __init__(self, settings: Settings, store: Store, digests: dict[tuple[int, int], str]) -> None:
        self._settings, self._store, self._digests = settings, store, digests
        self.said = "asking Cassandra for a snapshot"
        self.answer: dict[str, Any] = {}
        self._uploaded = 0

    def run(self, name: str, ids: Mapping[str, str]) -> None:
        """Leave in ``answer`` what came of it."""
        try:
            self.answer = self._backed_up(name, ids)
        except (Trouble, OSError) as error:
            self.answer = {"failed": str(error)}

    def _backed_up(self, name: str, ids: Mapping[str, str]) -> dict[str, Any]:
        tag = f"{name}-{int(time.time() * 1000)}"
        snapshot.take(tag, sorted({table.partition(".")[0] for table in ids}))
        linked = snapshot.tables(self._settings.data, tag, ids)
        self._total = sum(path.stat().st_size for _, files in linked.values() for path in files)
        self._seen = 0
        known = self._store.sizes(OBJECTS)
        tables = {
            table: manifest.Table(schema, tuple(self._kept(path, known) for path in files))
            for table, (schema, files) in linked.items()
        }
        written = manifest.text(manifest.Node(name, self._settings.name, tables))
        self._store.write(f"{BACKUPS}{name}/nodes/{self._settings.name}", written)
        return {"digest": manifest.digest(written), "uploaded": self._uploaded}

    def _kept(self, path: Path, known: dict[str, int]) -> manifest.File:
        """Upload the file unless the store has one of this content: SSTables never change once written."""
        stat = path.stat()
        digest = self._digests.get((stat.st_ino, stat.st_mtime_ns)) or sha256(path)
        self._digests[stat.st_ino, stat.st_mtime_ns] = digest
        if known.get(OBJECTS + digest) != stat.st_size:
            self._store.keep(path, digest)
            self._uploaded += stat.st_size
            known[OBJECTS + digest] = stat.st_size
        self._seen += stat.st_size
        self.said = f"{mib(self._seen)} of {mib(self._total)} MiB in the store, {mib(self._uploaded)} new"
        return manifest.File(path.name, digest, stat.st_size)


def mib(size: int) -> str:
    return f"{size / 2**20:.1f}"


class Handler(BaseHTTPRequestHandler):
    """One request; ``serve`` sets the rest."""

    settings: Settings
    store: Store
    digests: dict[tuple[int, int], str]
    busy: threading.Lock

    def do_POST(self) -> None:
        """Back up, one at a time."""
        name = self.path.removeprefix("/backups/")
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.busy.acquire(blocking=False):
            self.send_error(409, "another backup is under way")
            return
        try:
            self._back_up(name, asked["tables"])
        except OSError:
            self.log_error("whoever asked for backup %s has gone", name)
        finally:
            self.busy.release()

    def _back_up(self, name: str, ids: Mapping[str, str]) -> None:
        self.send_response(200)
        self.end_headers()
        self._tell({"node": self.settings.name})
        work = Work(self.settings, self.store, self.digests)
        thread = threading.Thread(target=work.run, args=(name, ids))
        thread.start()
        try:
            while thread.is_alive():
                thread.join(TELL_EVERY)
                self._tell({"said": work.said})
        finally:
            thread.join()
        self._tell(work.answer)
        self.connection.settimeout(HANG_UP)
        self.rfile.read(1)

    def _tell(self, what: Mapping[str, Any]) -> None:
        self.wfile.write(json.dumps(what).encode() + b"\n")

    def do_GET(self) -> None:
        """Alive."""
        self.send_response(200)
        self.end_headers()


def serve(settings: Settings) -> None:
    """Serve until SIGTERM."""
    os.nice(NICENESS)
    Handler.settings, Handler.store = settings, Store.open(settings)
    Handler.digests, Handler.busy = {}, threading.Lock()
    server = ThreadingHTTPServer(("", PORT), Handler)
    # Process 1 of a container dies of no signal that it has not asked for.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server.serve_forever()
