"""What is ours is known by an id and a list, and nothing of others is taken over."""

from dataclasses import replace
from typing import Any

import pytest

from slaharness.cluster.provider import Capability
from slaharness.errors import StackTrouble
from slaharness.stack import inventory

SPACE = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": "data", "labels": {"slaharness.dev/stack": "it"}},
}
ROLE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "metadata": {"name": "operator"},
}
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "db", "namespace": "data"}}


def test_what_is_going_to_be_applied_is_written_down_first(cluster: Any) -> None:
    """A kill while it is applied finds it there; what is in a namespace of ours goes with that."""
    made = inventory.claim(cluster.info, "it", "core", [SPACE, ROLE, POD])
    assert [str(item) for item in made.items] == ["Namespace data", "ClusterRole operator"]
    assert inventory.read(cluster.info, "it") == made
    assert cluster.names("clusterroles") == []


def test_deploying_again_keeps_id_and_uids(cluster: Any) -> None:
    """It is the same installation; what it had beside that before stays on the list."""
    made = inventory.claim(cluster.info, "it", "core", [SPACE, ROLE])
    cluster.info.api().apply(map(made.marked, [SPACE, ROLE]))
    inventory.seen(cluster.info, made)
    first = inventory.read(cluster.info, "it")
    assert first is not None
    assert all(item.uid for item in first.items)
    again = inventory.claim(cluster.info, "it", "core", [SPACE])
    assert (again.id, set(again.items)) == (first.id, set(first.items))


@pytest.mark.parametrize("body", [SPACE, ROLE])
@pytest.mark.parametrize("marks", [{}, {inventory.MARK: "another"}])
def test_what_is_somebody_elses_is_not_taken_over(
    cluster: Any, body: dict[str, Any], marks: dict[str, str]
) -> None:
    """Overwritten now, it would go with our stack later, whatever its labels say."""
    theirs = {**body, "metadata": {**body["metadata"], "labels": {"slaharness.dev/stack": "it", **marks}}}
    cluster.info.api().apply([theirs])
    with pytest.raises(StackTrouble, match=f"{body['kind']} {body['metadata']['name']} of its own"):
        inventory.claim(cluster.info, "it", "core", [SPACE, ROLE])
    assert inventory.read(cluster.info, "it") is None


def test_a_label_alone_makes_nothing_ours(cluster: Any) -> None:
    """On a cluster that we made neither: its user may keep more on it than our stack."""
    spaces = {**SPACE, "metadata": {"name": "old", "labels": {"slaharness.dev/stack": "weather"}}}
    role = {"name": "operator", "labels": {"app.kubernetes.io/part-of": "weather"}}
    cluster.info.api().apply([SPACE, {**ROLE, "metadata": role}, spaces])
    own = replace(cluster.info, capabilities=frozenset({Capability.OURS}))
    assert [inventory.read(info, "weather") for info in (cluster.info, own)] == [None, None]


def test_every_object_says_whose_it_is(cluster: Any) -> None:
    """As a label, to be found by, and as an annotation, which no selector ever sets by chance."""
    made = inventory.claim(cluster.info, "it", "core", [SPACE])
    meta = made.marked(SPACE)["metadata"]
    assert meta["labels"] == {"slaharness.dev/stack": "it", inventory.MARK: made.id}
    assert meta["annotations"] == {inventory.MARK: made.id}
