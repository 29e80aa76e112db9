"""The ring as backups see it: who is in it, which tables it has, and statements run on it.

Speaks the few words of Cassandra's protocol that the node's own probe needs: `cql`, `health`, `ring` and
`schema` are of the Cassandra image.
"""

import re
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import cql
import roles
import schema
from cql import QUORUM, Connection, Refused

from ringbackup.errors import Trouble

T = TypeVar("T")

#: Cassandra's own, which a new ring makes for itself.
SYSTEM = frozenset(
    f"system{rest}"
    for rest in ("", "_schema", "_auth", "_distributed", "_traces", "_views", "_virtual_schema")
)
#: What is made from a keyspace beside tables and types, and is not in a table's snapshot.
BEYOND = ("views", "functions", "aggregates", "triggers")
#: Seconds for a statement, for all nodes to agree on the schema, and for the ring to be whole.
STATEMENT, AGREE, WHOLE = 60.0, 120.0, 900.0
#: A table keeps its name, not its identity: a node that remembers the old one must not take it for that.
IDENTITY = re.compile(r"WITH ID = [0-9a-f-]{36}\s+AND ")
MISSING = re.compile(r"Resource .* doesn't exist")
MAKE = re.compile(r"CREATE (TABLE|TYPE|INDEX|CUSTOM INDEX)(?! IF NOT EXISTS) ")


class Database:
    """A ring that answers ``role``, by one of its nodes. Raises Trouble in one line."""

    def __init__(self, address: str, role: str) -> None:
        self._address, self._role = address, role

    def members(self) -> list[str]:
        """Addresses of all members, up or down."""
        with self._node() as node:
            return sorted(member.address for member in schema.members(node))

    def tables(self) -> dict[str, str]:
        """``keyspace.table`` of every table of ours, and its id. Raises Trouble for what cannot be kept."""
        with self._node() as node:
            for kind in BEYOND:
                found = [
                    row["keyspace_name"]
                    for row in node.rows(f"SELECT JSON * FROM system_schema.{kind}")  # noqa: S608 - of BEYOND
                ]
                if ours := sorted(set(found) - SYSTEM):
                    raise Trouble(
                        f"keyspace {ours[0]} has {kind}, and this backup knows only tables and types"
                    )
            rows = node.rows("SELECT JSON keyspace_name, table_name, id FROM system_schema.tables")
        return {
            f"{row['keyspace_name']}.{row['table_name']}": row["id"]
            for row in rows
            if row["keyspace_name"] not in SYSTEM
        }

    def keyspaces(self) -> dict[str, str]:
        """Keyspaces of ours, and the statement that makes each."""
        with self._node() as node:
            rows = node.rows("SELECT JSON * FROM system_schema.keyspaces")
        return {row["keyspace_name"]: _keyspace(row) for row in rows if row["keyspace_name"] not in SYSTEM}

    def empty(self, keyspaces: Iterable[str]) -> None:
        """Drop the keyspaces with all they hold."""
        self._run([f'DROP KEYSPACE IF EXISTS "{name}"' for name in keyspaces])
        self._count()

    def make(self, keyspaces: Mapping[str, str], tables: Iterable[str]) -> None:
        """Make keyspaces and tables where they are not there. ``tables`` are texts of statements."""
        statements = [one for text in tables for one in cql.statements(text)]
        self._run([*keyspaces.values(), *dict.fromkeys(_plain(one) for one in statements)])

    def grant(self, texts: Iterable[str]) -> None:
        """Give the rights that went with the tables, as ``texts`` of statements say: they may be repeated.

        A table that the backup is too old for takes none.
        """
        with self._node() as node:
            for statement in (one for text in texts for one in cql.statements(text)):
                try:
                    node.run(statement, consistency=QUORUM)
                except (OSError, Refused) as error:
                    if not MISSING.search(str(error)):
                        raise Trouble(f"{self._address} did not take {statement!r}: {error}") from error
        self._count()

    def holds(self, table: str) -> bool:
        """Whether the table, one of ``tables``, has a row, as a majority of its replicas sees it."""
        try:
            with self._node() as node:
                query = f"SELECT JSON * FROM {table} LIMIT 1"  # noqa: S608 - a name that Cassandra told
                return bool(node.rows(query, consistency=QUORUM))
        except (OSError, Refused) as error:
            raise Trouble(f"{table} cannot be read at a quorum: {error}") from error

    def _count(self) -> None:
        """Have nodes forget what rights there were: who makes a table has all on it, and gives some on."""
        try:
            roles.count(self.members(), self._role, within=STATEMENT)
        except (OSError, Refused) as error:
            raise Trouble(f"the nodes did not take new rights: {error}") from error

    def _run(self, statements: Iterable[str]) -> None:
        with self._node() as node:
            for statement in statements:
                try:
                    node.run(statement, consistency=QUORUM)
                except (OSError, Refused) as error:
                    raise Trouble(f"{self._address} did not take {statement[:80]!r}: {error}") from error
            until(lambda: schema.agreed(node), within=AGREE, what="all nodes have the same schema")

    def _node(self) -> Connection:
        try:
            return Connection(self._address, roles.login(self._role), timeout=STATEMENT)
        except (OSError, Refused) as error:
            raise Trouble(f"node {self._address} does not answer: {error}") from error


def whole(service: str, role: str) -> Database:
    """The ring behind a headless Service, once a node says that it is whole. Raises Trouble."""
    address = until(lambda: schema.serving(service), within=WHOLE, what=f"the ring {service} is whole")
    return Database(address, role)


def pods(service: str) -> list[str]:
    """Addresses of all pods behind a headless Service, ready or not."""
    try:
        found = socket.getaddrinfo(service, None, socket.AF_INET, socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise Trouble(f"the name {service} does not resolve: {error}") from error
    return sorted({str(entry[4][0]) for entry in found})


def until(check: Callable[[], T | None], *, within: float, what: str) -> T:
    """The first true answer of ``check``. Raises Trouble after ``within`` seconds."""
    deadline = time.monotonic() + within
    while not (found := check()):
        if time.monotonic() > deadline:
            raise Trouble(f"waited {within:g} s until {what}: it did not happen")
        time.sleep(0.3)
    return found


def _keyspace(row: Mapping[str, Any]) -> str:
    options = ", ".join(f"'{key}': '{value}'" for key, value in row["replication"].items())
    durable = str(row["durable_writes"]).lower()
    return (
        f'CREATE KEYSPACE IF NOT EXISTS "{row["keyspace_name"]}" '
        f"WITH replication = {{{options}}} AND durable_writes = {durable}"
    )


def _plain(statement: str) -> str:
    """The statement for another ring, and such that it may be repeated."""
    return MAKE.sub(r"CREATE \1 IF NOT EXISTS ", IDENTITY.sub("WITH ", statement))
