"""A node's tables as they are at one moment: hard links that Cassandra makes, and takes away by itself."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from ringbackup.errors import Trouble

#: How long Cassandra keeps a snapshot: longer than any backup may take, so that nobody has to clear it.
LIFE = "1h"
#: Seconds for nodetool, which starts a virtual machine and has the node flush.
WITHIN = 300.0
#: What Cassandra adds to a snapshot that is no part of an SSTable.
ABOUT = ("manifest.json", "schema.cql")


def take(tag: str, keyspaces: list[str]) -> None:
    """Have the node in this pod flush and link its files. Raises Trouble with nodetool's last words."""
    command = ["nodetool", "snapshot", "--ttl", LIFE, "-t", tag, *keyspaces]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN, check=False)
    except subprocess.TimeoutExpired as error:
        raise Trouble(f"nodetool took no snapshot in {WITHIN:g} s") from error
    if done.returncode:
        words = (done.stderr + done.stdout).strip().splitlines()[-1:] or ["it said nothing"]
        raise Trouble(f"nodetool took no snapshot: {words[0]}")


def tables(data: Path, tag: str, ids: Mapping[str, str]) -> dict[str, tuple[str, list[Path]]]:
    """By ``keyspace.table``: what makes it, and its files. ``ids`` are those of the tables that there are.

    Raises Trouble for one without a snapshot: Cassandra makes one of an empty table as well.
    """
    return {name: _table(data, tag, name, known) for name, known in ids.items()}


def _table(data: Path, tag: str, name: str, known: str) -> tuple[str, list[Path]]:
    keyspace, table = name.split(".")
    folder = data / keyspace / f"{table}-{known.replace('-', '')}" / "snapshots" / tag
    if not (folder / "schema.cql").is_file():
        raise Trouble(f"table {name} is not in the snapshot: there is no {folder}/schema.cql")
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and path.name not in ABOUT]
    return (folder / "schema.cql").read_text(), files
