"""The shape of the ring: which tokens a node founds it with, and whether what a node sees is a whole ring.

Pure: `founding`, `health` and the tests ask; nothing here talks to anybody.
"""

import ipaddress
from collections import Counter
from dataclasses import dataclass
from typing import Any

FIRST = -(2**63)
SPAN = 2**64


@dataclass(frozen=True)
class Member:
    """One row of ``system.local`` or ``system.peers_v2``: a node as another one remembers it."""

    host: str
    address: str
    tokens: frozenset[int]
    schema: str | None

    @classmethod
    def of(cls, row: dict[str, Any]) -> "Member":
        """Read a row of either table, as ``SELECT JSON`` gives it."""
        address = row.get("peer") or row["broadcast_address"]
        return cls(
            host=str(row["host_id"]),
            address=str(ipaddress.ip_address(address.strip("/"))),
            tokens=frozenset(int(token) for token in row["tokens"] or ()),
            schema=row["schema_version"],
        )


def tokens(ordinal: int, *, founders: int, each: int) -> list[int]:
    """The tokens of founder ``ordinal``: every ``founders``-th of ``founders * each`` evenly spaced ones.

    Nodes that start at the same moment cannot see what the others choose, and Cassandra's own allocation then
    gives two of them the same tokens: all three serve clients, but the ring has two members.
    """
    return [FIRST + (step * founders + ordinal) * SPAN // (founders * each) for step in range(each)]


def trouble(me: Member, peers: list[Member], *, founders: int) -> str | None:
    """Why this is not a whole ring that agrees on its schema, or None.

    Peers that are down still count: they are members, and one lost pod must not take readiness from the rest.
    That is also why a majority is enough to agree on the schema: a peer that is down keeps its last one.
    """
    known = {member.host: member for member in [*peers, me] if member.tokens}
    if me.host not in known:
        return "this node owns no tokens yet"
    if len(known) < founders:
        return f"{len(known)} of {founders} members known"
    owners = Counter(token for member in known.values() for token in member.tokens)
    if shared := sum(owner > 1 for owner in owners.values()):
        return f"{shared} tokens have two owners"
    agreeing = sum(member.schema == me.schema for member in known.values())
    if agreeing <= len(known) // 2:
        return f"{agreeing} of {len(known)} members agree with this node's schema"
    return None
