"""Who may talk to the database: a role each, with a password that was made with the deployment.

The environment has them as ``ROLE_NAME``, a node's own all of them. A new ring begins with a role whose
password is in every manual: the first node makes ``admin`` with it, who takes that role away, and makes the
others. Each node looks at its start whether all are there: what a lost database took with it is made anew.
"""

import os
from collections.abc import Iterable, Iterator

from cql import QUORUM, Connection, Refused, statements

PREFIX = "ROLE_"
#: Who may do everything: makes roles and tables, and serves nobody.
ADMIN = "admin"
#: The node's own probe, and what it reads beyond what every role may.
PROBE = "health"
PROBES = ("system_views.gossip_info", "system_distributed.view_build_status")
#: What Cassandra makes in a ring without roles: name and password.
DEFAULT = ("cassandra", "cassandra")
#: Seconds for one statement.
STATEMENT = 10.0


def login(role: str) -> tuple[str, str]:
    """The role and its password. Raises Refused when it has none."""
    if not (password := os.environ.get(PREFIX + role)):
        raise Refused(f"role {role} has no password: {PREFIX}{role} is not set")
    return role, password


def make(address: str) -> None:
    """Make what is missing in the ring, by its node at ``address``. Raises OSError and Refused."""
    wanted = dict(login(name.removeprefix(PREFIX)) for name in os.environ if name.startswith(PREFIX))
    try:
        _make(address, wanted)
    except Refused:
        if not _begun(address):
            raise
        _make(address, wanted)


def count(addresses: Iterable[str], role: str, *, within: float = STATEMENT) -> None:
    """Have rights that were given count at once: a node that was asked before says no for some seconds yet.

    One that lets nobody in is away or has just started, and remembers nothing. Raises Refused and OSError.
    """
    for address in addresses:
        try:
            node = Connection(address, login(role), timeout=within)
        except (OSError, Refused):
            continue
        with node:
            node.run("TRUNCATE system_views.permissions_cache_keys")


def _begun(address: str) -> bool:
    """Make ``admin`` in a new ring; False in one that has begun already."""
    try:
        with Connection(address, DEFAULT, timeout=STATEMENT) as node:
            node.run(_create(*login(ADMIN)) + " AND SUPERUSER = true", consistency=QUORUM)
    except Refused:
        return False
    return True


def _make(address: str, wanted: dict[str, str]) -> None:
    with Connection(address, login(ADMIN), timeout=STATEMENT) as node:
        known = node.rows("SELECT JSON role FROM system_auth.roles", consistency=QUORUM)
        there = {row["role"] for row in known}
        for role in sorted(wanted.keys() - there):
            node.run(_create(role, wanted[role]))
        for right in _rights():
            node.run(right)
        if DEFAULT[0] in there:
            node.run(f"DROP ROLE IF EXISTS {DEFAULT[0]}")
        # The node would let in who was let in just now.
        for cache in ("credentials_cache_keys", "roles_cache_keys"):
            node.run(f"DELETE FROM system_views.{cache} WHERE role = '{DEFAULT[0]}'")  # noqa: S608 - ours


def _rights() -> Iterator[str]:
    """What roles may do before there is any table: of the probe, and what ``GRANTS`` says of others."""
    yield from (f"GRANT SELECT ON {table} TO {PROBE}" for table in PROBES)
    yield from statements(os.environ.get("GRANTS", ""))


def _create(role: str, password: str) -> str:
    quoted = password.replace("'", "''")
    return f"CREATE ROLE IF NOT EXISTS {role} WITH PASSWORD = '{quoted}' AND LOGIN = true"
