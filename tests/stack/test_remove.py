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
        delete_namespace=None,
    )
    api.objects = {}  # kind → those of the stack that stand outside of its namespaces
    api.listed = lambda _, kind, *__: api.objects.get(kind, [])
    api.delete = lambda bodies: [api.objects[body["kind"]].remove(body) for body in list(bodies)]
    return SimpleNamespace(api=lambda: api, held=api.held, objects=api.objects)


def test_residue_names_namespaces_and_their_volumes_only(world):
    """What belongs to others is not ours to name."""
    assert remove.residue(world, "weather") == ["namespace persistence", "volume pv-1"]


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
    remove.undeploy(world, "weather")
    assert len(looks) == 3


def test_what_stands_outside_of_namespaces_is_named_and_goes(world, monkeypatch):
    """APIs and definitions of ours would outlive the namespaces, and answer for programs that are gone."""

    def body(kind, name):
        return {"kind": kind, "metadata": {"name": name}}

    world.objects.update(
        APIService=[body("APIService", "v1.metrics")],
        CustomResourceDefinition=[body("CustomResourceDefinition", "scalers")],
        ClusterRole=[body("ClusterRole", "operator")],
    )
    assert remove.residue(world, "weather")[2:] == [
        "APIService v1.metrics", "CustomResourceDefinition scalers", "ClusterRole operator",
    ]  # fmt: skip
    monkeypatch.setattr(remove, "_gone", lambda *_: True)
    remove.undeploy(world, "weather")
    assert [kind for kind, left in world.objects.items() if left] == []


def test_objects_whose_operator_is_gone_are_let_go_of(world, monkeypatch):
    """Their finalizers would keep the definition, and all that is in its namespaces, for ever."""
    monkeypatch.setattr(remove, "LET_GO_WITHIN", 0)
    monkeypatch.setattr(remove, "_gone", lambda *_: True)
    spec = {"group": "scaling", "versions": [{"name": "v1"}], "names": {"kind": "Scaler"}}
    stuck = {"kind": "CustomResourceDefinition", "metadata": {"name": "scalers"}, "spec": spec}
    world.objects["CustomResourceDefinition"] = [stuck]
    world.objects["Scaler"] = [{"kind": "Scaler", "metadata": {"name": "one"}}]
    world.api().delete = lambda _: None
    changes = []
    world.api().patch = lambda body, change: changes.append((body["metadata"]["name"], change))
    remove.undeploy(world, "weather")
    assert changes == [("one", {"metadata": {"finalizers": None}})]


def test_what_does_not_go_is_named(world, monkeypatch):
    """The error says what remains."""
    monkeypatch.setattr(remove, "GONE_WITHIN", 0)
    with pytest.raises(StackTrouble, match="namespace persistence, volume pv-1"):
        remove.undeploy(world, "weather")
