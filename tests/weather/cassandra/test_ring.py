"""The ring's shape and a node's first start, judged without a node."""

import json
from itertools import pairwise
from pathlib import Path

import founding
import pytest
import ring
from founding import Decision, Peer
from ring import Member

OWN = [ring.tokens(ordinal, founders=3, each=8) for ordinal in range(3)]


def member(ordinal: int, *, tokens: list[int] | None = None, schema: str = "s1") -> Member:
    owned = OWN[ordinal] if tokens is None else tokens
    return Member(f"host-{ordinal}", f"10.0.0.{ordinal}", frozenset(owned), schema)


def test_founders_share_the_whole_ring_evenly() -> None:
    """No token has two owners, and each node owns a third whichever nodes are its neighbours."""
    owners = sorted((token, ordinal) for ordinal, tokens in enumerate(OWN) for token in tokens)
    assert [ordinal for _, ordinal in owners] == [0, 1, 2] * 8
    assert {after - before for (before, _), (after, _) in pairwise(owners)} <= {2**64 // 24, 2**64 // 24 + 1}
    assert owners[0][0] == -(2**63)
    assert owners[-1][0] < 2**63


def test_a_whole_ring_gives_no_trouble() -> None:
    """Three nodes, all tokens owned once, one schema: ready."""
    assert ring.trouble(member(0), [member(1), member(2)], founders=3) is None


def test_two_nodes_with_the_same_tokens_are_no_ring_of_three() -> None:
    """The trap in which every node serves clients, and reads at ALL fail for ever."""
    twin = member(2, tokens=OWN[1])
    assert ring.trouble(member(0), [member(1), twin], founders=3) == "8 tokens have two owners"


@pytest.mark.parametrize("peers", [[], [member(1)], [member(1), member(2, tokens=[])]])
def test_a_ring_that_lacks_a_member_is_not_ready(peers: list[Member]) -> None:
    """A peer unknown, or known by name but without tokens yet, is a replica that is not there."""
    assert "of 3 members known" in str(ring.trouble(member(0), peers, founders=3))


def test_a_node_without_tokens_of_its_own_is_not_ready() -> None:
    """It serves requests already, and no replica is on it."""
    alone = member(0, tokens=[])
    assert ring.trouble(alone, [member(1), member(2)], founders=3) == "this node owns no tokens yet"


def test_a_member_under_its_old_and_its_new_address_counts_once() -> None:
    """A pod comes back with a new address, and for a moment both are on record."""
    again = Member("host-1", "10.0.0.9", frozenset(OWN[1]), "s1")
    assert ring.trouble(member(0), [member(1), again, member(2)], founders=3) is None


def test_a_peer_that_is_down_with_an_old_schema_does_not_unready_the_others() -> None:
    """The schema may change while one node is away: two of three agree, and a majority is enough."""
    assert ring.trouble(member(0), [member(1), member(2, schema="s0")], founders=3) is None


def test_a_node_with_a_schema_of_its_own_is_not_ready() -> None:
    """It would refuse or misread what the others understand."""
    said = ring.trouble(member(0, schema="s0"), [member(1), member(2)], founders=3)
    assert said == "1 of 3 members agree with this node's schema"


def test_members_are_read_from_either_table() -> None:
    """Cassandra spells an address with a slash in one place and without in the other."""
    row = {"host_id": "h", "tokens": ["-5", "7"], "schema_version": "s"}
    expected = Member("h", "10.0.0.1", frozenset({-5, 7}), "s")
    assert Member.of({**row, "broadcast_address": "10.0.0.1"}) == expected
    assert Member.of({**row, "peer": "/10.0.0.1"}) == expected
    assert Member.of({**row, "peer": "10.0.0.1", "tokens": None}).tokens == frozenset()


def test_three_new_disks_found_a_ring() -> None:
    """The first start of all."""
    assert founding.decide(OWN[0], [Peer(new=True, members=None), Peer(new=True, members=None)]) == Decision(
        founder=True
    )


def test_a_late_founder_joins_those_that_already_serve() -> None:
    """Its peers started minutes before it, and nobody has its tokens."""
    there = Peer(new=False, members={"10.0.0.1": frozenset(OWN[1]), "10.0.0.2": frozenset(OWN[2])})
    assert founding.decide(OWN[0], [there, there]) == Decision(founder=True)


@pytest.mark.parametrize("silent", [None, Peer(new=False, members=None)])
def test_nothing_is_founded_beside_a_peer_that_may_remember(silent: Peer | None) -> None:
    """A peer without an answer, or one that restarts on its old disk, may know whose tokens these are."""
    assert founding.decide(OWN[0], [Peer(new=True, members=None), silent]) is None


def test_a_lost_disk_takes_its_predecessors_place() -> None:
    """One peer that serves and remembers the tokens is enough, whatever the other says."""
    remembers = Peer(new=False, members={"10.0.0.7": frozenset(OWN[0]), "10.0.0.1": frozenset(OWN[1])})
    expected = Decision(founder=False, predecessor="10.0.0.7")
    assert founding.decide(OWN[0], [remembers, None]) == expected
    assert founding.decide(OWN[0], [None, remembers]) == expected


def test_the_decision_is_taken_once(tmp_path: Path) -> None:
    """A pod killed in the middle of its first start goes on as it began, whatever its peers say by then."""
    kept = tmp_path / "first-start.json"
    answers = iter([None, Decision(founder=False, predecessor="10.0.0.7")])
    first = founding.settle(kept, lambda: next(answers), within=5)
    assert first == Decision(founder=False, predecessor="10.0.0.7")
    assert founding.settle(kept, lambda: Decision(founder=True), within=5) == first
    assert json.loads(kept.read_text())["predecessor"] == "10.0.0.7"


def test_without_agreement_the_container_ends(tmp_path: Path) -> None:
    """The wait is bounded, and leaves nothing that a later start could take for a decision."""
    with pytest.raises(TimeoutError, match="no agreement"):
        founding.settle(tmp_path / "first-start.json", lambda: None, within=0)
    assert not list(tmp_path.iterdir())


def test_why_a_peer_is_not_heard_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A node that waits says for whom and why, and not five times a second."""
    for _ in range(3):
        assert founding.ask("nobody.invalid") is None
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("nobody.invalid: <urlopen error")
