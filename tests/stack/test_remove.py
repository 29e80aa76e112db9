"""Removed means that the data is gone too."""

from types import SimpleNamespace

import pytest

from slaharness.errors import StackTrouble
from slaharness.stack import remove


@pytest.fixture
def world(holding, thing):
    """A cluster with one namespace of ours and a volume claimed from it; others have a volume too."""

    def volume(name, namespace):
        return thing({"metadata": {"name": name}, "spec": {"claim_ref": {"namespace": namespace}}})

    api = holding(
        list_namespace=[thing({"metadata": {"name": "persistence"}})],
        list_persistent_volume=[volume("pv-1", "persistence"), volume("pv-2", "elsewhere")],
        list_cluster_role=[],
        list_cluster_role_binding=[],
        delete_namespace=None,
    )
    return SimpleNamespace(api=lambda: api, held=api.held)


def test_residue_names_namespaces_and_their_volumes_only(world):
    """What belongs to others is not ours to name."""
    assert remove.residue(world) == ["namespace persistence", "volume pv-1"]


def test_removal_is_over_when_the_volumes_are_gone(world, monkeypatch):
    """A namespace that is gone while its volume is still there is not the end."""
    there = world.held["list_persistent_volume"]
    stages = iter([there, there, there[1:]])
    looks = []

    def volumes(_):
        if looks:
            world.held["list_namespace"] = []
        looks.append(next(stages))
        return looks[-1]

    monkeypatch.setattr(remove, "volumes", volumes)
    remove.undeploy(world)
    assert len(looks) == 3


def test_what_does_not_go_is_named(world, monkeypatch):
    """The error says what remains."""
    monkeypatch.setattr(remove, "GONE_WITHIN", 0)
    with pytest.raises(StackTrouble, match="namespace persistence, volume pv-1"):
        remove.undeploy(world)
