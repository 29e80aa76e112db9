"""What a node's probe says, against a server that speaks Cassandra's protocol from a script."""

import json
import re
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cql
import health
import pytest
import ring
import roles
from health import Health

#: What the node's environment says: who there is to be, and their passwords.
OWN = {"admin": "a's own", "health": "h's own", "readings": "r-own"}


def row(ordinal: int, **more: Any) -> dict[str, Any]:
    tokens = [str(token) for token in ring.tokens(ordinal, founders=3, each=8)]
    return {"host_id": f"h{ordinal}", "tokens": tokens, "schema_version": "s", **more}


@dataclass
class Script:
    """Tables by the query that reads them; ``up`` is how many replicas the proof's read can reach."""

    local: dict[str, Any]
    peers: list[dict[str, Any]]
    gossip: list[str] = field(default_factory=lambda: ["127.0.0.1", "10.0.0.1", "10.0.0.2"])
    up: int = 3
    levels: list[int] = field(default_factory=list)
    #: A ring that has begun: the probe may log in, and all roles are there.
    passwords: dict[str, str] = field(default_factory=lambda: dict(OWN))
    told: list[str] = field(default_factory=list)

    def answer(self, query: str, level: int) -> list[dict[str, Any]] | str:
        if query == "SELECT JSON role FROM system_auth.roles":
            return [{"role": role} for role in self.passwords]
        if query.startswith(("CREATE", "GRANT", "DROP", "DELETE", "TRUNCATE")):
            return self._told(query)
        if query == health.LOCAL:
            return [self.local]
        if query == health.PEERS:
            return self.peers
        if query == health.GOSSIP:
            return [{"address": address} for address in self.gossip]
        self.levels.append(level)
        return self._reached(level)

    def _told(self, statement: str) -> list[dict[str, Any]]:
        """As far as roles go, do as it is told."""
        self.told.append(statement)
        if made := re.match(r"CREATE ROLE IF NOT EXISTS (\w+) WITH PASSWORD = '((?:[^']|'')+)'", statement):
            self.passwords[made[1]] = made[2].replace("''", "'")
        if gone := re.match(r"DROP ROLE IF EXISTS (\w+)", statement):
            self.passwords.pop(gone[1], None)
        return []

    def _reached(self, level: int) -> list[dict[str, Any]] | str:
        needed = {cql.ONE: 1, cql.QUORUM: 2, cql.ALL: 3}[level]
        return [] if self.up >= needed else "Cannot achieve consistency level"


def refusal(code: int, said: str) -> tuple[int, bytes]:
    return 0x00, struct.pack(">iH", code, len(said)) + said.encode()


class Native(socketserver.BaseRequestHandler):
    """Just enough of the server's side of protocol version 4."""

    script: Script

    def handle(self) -> None:
        self._logged_in = False
        while header := self.request.recv(9, socket.MSG_WAITALL):
            _, _, stream, operation, length = struct.unpack(">BBhBi", header)
            body = self.request.recv(length, socket.MSG_WAITALL) if length else b""
            answered, content = self._respond(operation, body)
            self.request.sendall(struct.pack(">BBhBi", 0x84, 0, stream, answered, len(content)) + content)

    def _respond(self, operation: int, body: bytes) -> tuple[int, bytes]:
        if operation == 0x0F:
            _, role, password = body[4:].decode().split("\0")
            self._logged_in = self.script.passwords.get(role) == password
            return (0x10, b"\xff\xff\xff\xff") if self._logged_in else refusal(0x0100, "no such login")
        if operation != 0x07:
            return {0x01: 0x03, 0x05: 0x06}[operation], b""
        assert self._logged_in
        (size,) = struct.unpack_from(">i", body)
        level, _ = struct.unpack_from(">HB", body, 4 + size)
        said = self.script.answer(body[4 : 4 + size].decode(), level)
        if isinstance(said, str):
            return refusal(0x1000, said)
        values = [json.dumps(entry).encode() for entry in said]
        packed = b"".join(struct.pack(">i", len(value)) + value for value in values)
        return 0x08, struct.pack(">iiii", 2, 4, 1, len(values)) + packed


@pytest.fixture(autouse=True)
def _roles(monkeypatch: pytest.MonkeyPatch) -> None:
    for role, password in OWN.items():
        monkeypatch.setenv(f"ROLE_{role}", password)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    """A whole ring of three as node 0 sees it; a test changes what it needs."""
    local = row(0, broadcast_address="127.0.0.1", bootstrapped="COMPLETED")
    made = Script(local, [row(1, peer="10.0.0.1"), row(2, peer="10.0.0.2")])
    handler = type("Scripted", (Native,), {"script": made})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        monkeypatch.setattr(
            cql.Connection.__init__, "__kwdefaults__", {"port": server.server_address[1], "timeout": 2}
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield made
        server.shutdown()


def made(tmp_path: Path, *, patience: float = 60.0, new: bool = False) -> Health:
    return Health("127.0.0.1", founders=3, new=new, joined=tmp_path / "joined", patience=patience)


def test_a_node_of_a_whole_ring_is_ready(script: Script, tmp_path: Path) -> None:
    """It says so only after every replica has answered through it."""
    assert made(tmp_path).ready() is None
    assert script.levels == [cql.ALL]


def test_losing_a_peer_later_takes_no_readiness(script: Script, tmp_path: Path) -> None:
    """The survivors of a fault stay in service: a majority is all that their users need."""
    node = made(tmp_path)
    assert node.ready() is None
    script.up = 2
    assert node.ready() is None


def test_losing_the_majority_does(script: Script, tmp_path: Path) -> None:
    """What cannot answer its users is not ready, and says why."""
    node = made(tmp_path)
    assert node.ready() is None
    script.up = 1
    with pytest.raises(cql.Refused, match="Cannot achieve consistency level"):
        node.ready()


def test_a_node_that_comes_back_waits_for_all_its_peers_first(script: Script, tmp_path: Path) -> None:
    """When all pods are ready, all nodes see each other: reads at ALL work from then on."""
    script.up = 2
    with pytest.raises(cql.Refused):
        made(tmp_path).ready()


def test_but_not_for_ever(script: Script, tmp_path: Path) -> None:
    """Beside a peer that stays away it becomes ready on a majority."""
    script.up = 2
    assert made(tmp_path, patience=-1).ready() is None
    assert script.levels == [cql.QUORUM]


def test_a_node_that_still_streams_is_not_ready(script: Script, tmp_path: Path) -> None:
    """Nor may its next start take it for a member."""
    script.local["bootstrapped"] = "IN_PROGRESS"
    assert made(tmp_path).ready() == "bootstrap is IN_PROGRESS"
    assert not (tmp_path / "joined").exists()


def test_the_shape_of_the_ring_counts_too(script: Script, tmp_path: Path) -> None:
    """Port 9042 answers, and yet a member is missing."""
    script.peers.pop()
    assert made(tmp_path).ready() == "2 of 3 members known"


def test_a_replaced_member_that_is_still_on_record_does_no_harm(script: Script, tmp_path: Path) -> None:
    """Its row keeps the tokens that its heir owns now; gossip no longer speaks of it."""
    script.peers.append({**row(1, peer="10.0.0.7"), "host_id": "dead"})
    node = made(tmp_path)
    assert node.ready() is None
    members = node.members()
    assert members is not None
    assert "10.0.0.7" not in [entry["address"] for entry in members]


def test_two_members_with_the_same_tokens_do(script: Script, tmp_path: Path) -> None:
    """Gossip speaks of both: one of them holds nothing that anybody asks it for."""
    script.peers[1]["tokens"] = script.peers[0]["tokens"]
    assert made(tmp_path).ready() == "8 tokens have two owners"


def test_a_node_is_new_until_it_has_served(script: Script, tmp_path: Path) -> None:
    """Once it is a member, its silence must not read as an invitation to found a ring."""
    node = made(tmp_path, new=True)
    assert node.new
    assert node.ready() is None
    assert not node.new


def test_members_are_told_to_whoever_starts_anew(script: Script, tmp_path: Path) -> None:
    """The new pod finds its predecessor among them."""
    members = made(tmp_path).members()
    assert members is not None
    assert [entry["address"] for entry in members] == ["127.0.0.1", "10.0.0.1", "10.0.0.2"]
    assert members[1]["tokens"] == ring.tokens(1, founders=3, each=8)


def test_a_new_ring_is_left_with_the_deployments_own_roles(script: Script, tmp_path: Path) -> None:
    """What every manual knows is gone, also from what the node remembers, before it says it is ready."""
    script.passwords = {"cassandra": "cassandra"}
    assert made(tmp_path).ready() is None
    assert script.passwords == OWN
    assert [told for told in script.told if "SUPERUSER" in told] == [script.told[0]]
    assert "DELETE FROM system_views.credentials_cache_keys WHERE role = 'cassandra'" in script.told
    assert "GRANT SELECT ON system_views.gossip_info TO health" in script.told


def test_what_a_profile_adds_is_made_by_the_next_node_that_starts(script: Script, tmp_path: Path) -> None:
    """Its role and its rights; those that are there stay as they are."""
    del script.passwords["readings"]
    assert made(tmp_path).ready() is None
    assert script.passwords == OWN
    assert [told for told in script.told if "CREATE" in told] == [
        "CREATE ROLE IF NOT EXISTS readings WITH PASSWORD = 'r-own' AND LOGIN = true"
    ]


def test_rights_beyond_tables_are_what_the_environment_says(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of those who make tables: there is none yet that they could have a right on."""
    monkeypatch.setenv("GRANTS", "GRANT CREATE ON ALL KEYSPACES TO readings;\n")
    assert made(tmp_path).ready() is None
    assert "GRANT CREATE ON ALL KEYSPACES TO readings" in script.told


def test_a_node_asks_for_roles_once(script: Script, tmp_path: Path) -> None:
    """Later it is the probe alone who logs in, every two seconds."""
    node = made(tmp_path)
    assert node.ready() is None
    del script.passwords["admin"]
    assert node.ready() is None


def test_a_node_that_is_asked_again_meanwhile_makes_them_once(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kubelet asks every second, and does not wait for a node that is slow."""
    node, asked = made(tmp_path), []
    monkeypatch.setattr(roles, "make", lambda _: asked.append(node.ready()))
    assert node.ready() is None
    assert asked == ["its roles are being made"]


@pytest.mark.parametrize("role", ["admin", "readings"])
def test_no_role_goes_without_a_password(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    """Deployed by something else, Secrets are empty: nobody is served, and the reason is told."""
    monkeypatch.setenv(f"ROLE_{role}", "")
    with pytest.raises(cql.Refused, match=f"role {role} has no password"):
        made(tmp_path).ready()
    assert not script.told


def test_another_deployments_password_is_refused(script: Script, tmp_path: Path) -> None:
    """A volume of another deployment: its roles stay, and the node says that it is not let in."""
    script.passwords = dict.fromkeys(OWN, "of another")
    with pytest.raises(cql.Refused, match="no such login"):
        made(tmp_path).ready()
    assert not script.told


def test_a_server_that_lets_anybody_in_is_no_node_of_ours(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings that were lost must show."""
    monkeypatch.setattr(Native, "_respond", lambda *_: (0x02, b""))
    with pytest.raises(cql.Refused, match="answered operation 1 with 2, not 3"):
        made(tmp_path).ready()


def test_a_right_that_is_given_counts_on_every_node_that_lets_anybody_in(script: Script) -> None:
    """Who is away, or has just started and has yet to find the others, remembers nothing."""
    script.passwords["schema"] = "s-own"
    with pytest.MonkeyPatch.context() as told:
        told.setenv("ROLE_schema", "s-own")
        roles.count(["127.0.0.1"], "schema")
        assert script.told == ["TRUNCATE system_views.permissions_cache_keys"]
        del script.passwords["schema"]
        roles.count(["127.0.0.1"], "schema")
    assert len(script.told) == 1


def test_being_alive_takes_no_login(script: Script, tmp_path: Path) -> None:
    """The others may be away, who know the roles, too: that must not restart this node."""
    script.passwords = {}
    made(tmp_path).live()


def test_a_silent_node_is_neither_ready_nor_alive_nor_a_witness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens: errors for the kubelet, None for a peer."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setattr(cql.Connection.__init__, "__kwdefaults__", {"port": port, "timeout": 1})
    node = made(tmp_path)
    with pytest.raises(ConnectionRefusedError):
        node.ready()
    with pytest.raises(ConnectionRefusedError):
        node.live()
    assert node.members() is None


def test_schema_files_are_split_into_statements() -> None:
    """Comments go, also those that hold a semicolon."""
    text = "-- one; two\nCREATE KEYSPACE a; -- why\n\nCREATE TABLE b (\n  c text -- key\n);\n"
    assert cql.statements(text) == ["CREATE KEYSPACE a", "CREATE TABLE b (\n  c text\n)"]
