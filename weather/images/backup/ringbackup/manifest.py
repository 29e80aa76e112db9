"""What a backup says of itself, and whether that is whole. Pure: nothing here reads or writes anything.

A node's manifest names every file of every table by what it holds, its SHA-256. The backup's own is written
last: it names the tables that there were and the digest of each node's manifest. Without it there is none.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from ringbackup.errors import Spoiled


@dataclass(frozen=True)
class File:
    """One file of an SSTable. ``digest`` is the SHA-256 of what is in it, ``size`` its bytes."""

    name: str
    digest: str
    size: int


@dataclass(frozen=True)
class Table:
    """``schema`` makes the table again. No files is a table that held nothing on this node."""

    schema: str
    files: tuple[File, ...]


@dataclass(frozen=True)
class Node:
    """What one node held, by ``keyspace.table``."""

    backup: str
    node: str
    tables: Mapping[str, Table]

    def files(self) -> list[File]:
        return [file for table in self.tables.values() for file in table.files]


@dataclass(frozen=True)
class Backup:
    """The whole. Times are epoch seconds; ``bytes`` and ``objects`` count what was kept, each content once.

    ``uploaded`` are the bytes that the store did not have yet. ``filled`` are the tables that held a row.
    ``keyspaces`` are statements that make them, ``nodes`` digests of the nodes' manifests.
    """

    name: str
    began: float
    finished: float
    keyspaces: Mapping[str, str]
    tables: Sequence[str]
    filled: Sequence[str]
    nodes: Mapping[str, str]
    uploaded: int
    bytes: int = 0
    objects: int = 0


def text(manifest: Node | Backup) -> bytes:
    return json.dumps(asdict(manifest), sort_keys=True, indent=1).encode()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def node(content: bytes) -> Node:
    """Read a node's manifest. Raises Spoiled."""
    try:
        data = json.loads(content)
        tables = {
            name: Table(table["schema"], tuple(File(**file) for file in table["files"]))
            for name, table in data["tables"].items()
        }
        return Node(data["backup"], data["node"], tables)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Spoiled(f"a node's manifest cannot be read: {error!r}") from error


def backup(content: bytes) -> Backup:
    """Read a backup's manifest. Raises Spoiled."""
    try:
        return Backup(**json.loads(content))
    except (ValueError, TypeError) as error:
        raise Spoiled(f"a backup's manifest cannot be read: {error!r}") from error


def check(whole: Backup, texts: Mapping[str, bytes]) -> list[Node]:
    """The manifests of all nodes, each as it was when the backup was finished, each with every table.

    ``texts`` has those that the store holds, by node. Raises Spoiled naming all that is wrong.
    """
    wrong = [f"the manifest of node {name} is missing" for name in whole.nodes if name not in texts]
    wrong += [
        f"the manifest of node {name} is not the one that was written"
        for name, written in whole.nodes.items()
        if name in texts and digest(texts[name]) != written
    ]
    if not wrong:
        nodes = [node(texts[name]) for name in whole.nodes]
        wrong = [
            f"node {one.node} lacks table {name}" for one in nodes for name in lacking(whole.tables, one)
        ]
        if not wrong:
            return nodes
    raise Spoiled(f"backup {whole.name} is not whole: {'; '.join(wrong)}")


def lacking(tables: Sequence[str], held: Node) -> list[str]:
    """Tables that there were and that the node's manifest does not speak of."""
    return sorted(set(tables) - set(held.tables))


def contents(nodes: Sequence[Node]) -> dict[str, int]:
    """Every content once: digest → bytes."""
    return {file.digest: file.size for one in nodes for file in one.files()}
