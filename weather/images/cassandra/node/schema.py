"""``schema.py FILE…``: make the tables and give the rights that FILEs describe, once the ring is whole.

Then see all nodes agree. The work of a Kubernetes Job; statements may be repeated, so the Job may as well.
"""

import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import health
import ring
import roles
from cql import QUORUM, Connection, Refused, statements

T = TypeVar("T")

#: Seconds for the ring to become whole, and then for one statement.
RING, STATEMENT = 600.0, 30.0


def serving(service: str) -> str | None:
    """Return the address of a node that says it is ready, or None."""
    try:
        found = socket.getaddrinfo(service, health.PORT, socket.AF_INET, socket.SOCK_STREAM)
    except socket.gaierror:
        return None
    for address in sorted({str(entry[4][0]) for entry in found}):
        try:
            urllib.request.urlopen(f"http://{address}:{health.PORT}/ready", timeout=5).close()
        except (urllib.error.URLError, OSError):
            continue
        return address
    return None


def members(node: Connection) -> list[ring.Member]:
    """All of the ring, up or down, as ``node`` knows them."""
    return [*map(ring.Member.of, node.rows(health.LOCAL)), *health.peers(node)]


def agreed(node: Connection) -> bool:
    """Tell whether all members have the schema that this node has."""
    return len({member.schema for member in members(node)}) == 1


def until(check: Callable[[], T | None], what: str) -> T:
    """Return the first true answer; end the Job's pod when none comes in time."""
    deadline = time.monotonic() + RING
    while not (found := check()):
        if time.monotonic() > deadline:
            sys.exit(f"waited {RING:g} s until {what}")
        time.sleep(0.3)
    return found


def main() -> None:
    """Wait, make, wait."""
    wanted = [one for file in sys.argv[1:] for one in statements(Path(file).read_text())]
    address = until(lambda: serving(os.environ["CASSANDRA"]), "a node is ready")
    try:
        with Connection(address, roles.login(roles.ADMIN), timeout=STATEMENT) as node:
            for statement in wanted:
                node.run(statement, consistency=QUORUM)
            until(lambda: agreed(node), "all nodes have the same schema")
            roles.count([member.address for member in members(node)], roles.ADMIN)
    except (OSError, Refused) as error:
        sys.exit(f"{address}: {error}")
    print(f"{len(wanted)} statements, all nodes agree")  # noqa: T201


if __name__ == "__main__":
    main()
