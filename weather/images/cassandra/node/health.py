"""What the kubelet and the other nodes ask this node, over HTTP, beside Cassandra in the same container.

``/ready``  the ring answers through this node    ``/live``  the native transport answers
``/ring``   JSON for a node that starts on a new disk: has this one yet to start for the first time as well,
            and who is in the ring (null while Cassandra does not answer)
"""

import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import ring
import roles
from cql import ALL, QUORUM, Connection, Refused

PORT = 8778

#: The file on the node's disk that says it has been a member of the ring.
JOINED = "joined"

#: A partition of a keyspace that has three replicas from the first start on.
PROOF = (
    "SELECT JSON status FROM system_distributed.view_build_status"
    " WHERE keyspace_name = 'readiness' AND view_name = 'readiness'"
)
LOCAL = "SELECT JSON host_id, broadcast_address, tokens, schema_version, bootstrapped FROM system.local"
PEERS = "SELECT JSON host_id, peer, tokens, schema_version FROM system.peers_v2"
GOSSIP = "SELECT JSON address FROM system_views.gossip_info"


def peers(node: Connection) -> list[ring.Member]:
    """Return the other members as ``node`` knows them, up or down.

    Gossip forgets a member that was replaced, but its row may stay in the table, tokens and all (seen after a
    lost disk): so only those count that gossip still speaks of.
    """
    spoken_of = {row["address"] for row in node.rows(GOSSIP)}
    known = [ring.Member.of(row) for row in node.rows(PEERS)]
    return [member for member in known if member.address in spoken_of]


class Health:
    """This node's view of itself and its ring.

    To become ready, a node must first reach *every* replica: only then is the ring whole, and the moment all
    pods are ready is the moment all nodes are up in each other's eyes. If a peer stays away for ``patience``
    seconds, or goes later, a majority is enough: it is all that the stack's LOCAL_QUORUM needs.
    """

    def __init__(
        self, address: str, *, founders: int, new: bool, joined: Path, patience: float = 15.0
    ) -> None:
        self._new = new
        self._joined = joined
        self._address = address
        self._founders = founders
        self._patience = patience
        self._serving_since: float | None = None
        self._whole = False
        self._roles = False
        self._making = threading.Lock()

    def ready(self) -> str | None:
        """Why this node is not ready, or None."""
        if not self._made():
            return "its roles are being made"
        with self._node() as node:
            if self._serving_since is None:
                self._serving_since = time.monotonic()
            (row,) = node.rows(LOCAL)
            if row["bootstrapped"] != "COMPLETED":
                return f"bootstrap is {row['bootstrapped']}"
            self._joined.touch()
            if found := ring.trouble(ring.Member.of(row), peers(node), founders=self._founders):
                return found
            node.rows(PROOF, consistency=self._enough())
            self._whole = True
        return None

    def live(self) -> None:
        """Return if the native transport answers. Asks for no login, which the other nodes have a say in."""
        with Connection(self._address, timeout=4.0) as node:
            node.options()

    @property
    def new(self) -> bool:
        """Whether the disk was new when this container started, and Cassandra has not served since."""
        return self._new and self._serving_since is None

    def members(self) -> list[dict[str, object]] | None:
        """Return the ring as this node knows it, itself included, or None while it does not serve."""
        try:
            with self._node() as node:
                members = [*map(ring.Member.of, node.rows(LOCAL)), *peers(node)]
        except (OSError, Refused):
            return None
        return [{"address": member.address, "tokens": sorted(member.tokens)} for member in members]

    def _made(self) -> bool:
        """Whether all roles are there. The first who asks makes them: a slow node is asked again."""
        if not self._roles and self._making.acquire(blocking=False):
            try:
                roles.make(self._address)
                self._roles = True
            finally:
                self._making.release()
        return self._roles

    def _node(self) -> Connection:
        return Connection(self._address, roles.login(roles.PROBE))

    def _enough(self) -> int:
        waited = time.monotonic() - (self._serving_since or 0.0)
        return QUORUM if self._whole or waited > self._patience else ALL


class Handler(BaseHTTPRequestHandler):
    """One request; the server sets ``health``."""

    health: Health

    def do_GET(self) -> None:
        """Answer 200, or 503 with the reason."""
        try:
            status, body = self._answer()
        except (OSError, Refused) as error:
            status, body = 503, str(error)
        content = body.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _answer(self) -> tuple[int, str]:
        if self.path == "/ready":
            reason = self.health.ready()
            return (503, reason) if reason else (200, "ready")
        if self.path == "/live":
            self.health.live()
            return 200, "live"
        if self.path == "/ring":
            return 200, json.dumps({"new": self.health.new, "members": self.health.members()})
        return 404, "/ready, /live or /ring"

    def log_message(self, *_: object) -> None:
        """Say nothing: the kubelet asks every second or two, and records the reasons itself."""


def main() -> None:
    """Serve until the container ends."""
    address = os.environ["POD_IP"]
    founders, new = int(os.environ["FOUNDERS"]), os.environ["NEW_DISK"] == "yes"
    joined = Path(os.environ["DATA"]) / JOINED
    Handler.health = Health(address, founders=founders, new=new, joined=joined)
    ThreadingHTTPServer((address, PORT), Handler).serve_forever()


if __name__ == "__main__":
    main()
