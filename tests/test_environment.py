"""Each scenario gets the stack of its own profile, and no leftovers of another one."""

import os
from pathlib import Path

import pytest
from fake_api import cluster, state
from stacks import WEATHER, stack

from slaharness import environment as module
from slaharness import leftovers
from slaharness.cluster.provider import ClusterInfo
from slaharness.environment import Environment, Wanted
from slaharness.errors import BadInput, ClusterTrouble, StackTrouble
from slaharness.host.lock import held
from slaharness.stack.inventory import Inventory
from slaharness.undo import journal as undo

__all__ = ["cluster", "state"]


class Cluster(ClusterInfo):
    """As much of a cluster as deploying asks, were it not for the deploying."""

    def api(self):
        return None


CLUSTER = Cluster("fake", "fake", Path(), "fake", "1.34", ("n1",), frozenset())


@pytest.fixture
def done(monkeypatch):
    """What was done to the stack, in order; it holds what was deployed last."""
    there, said = set(), []

    def undeploy(cluster, stack):
        said.append("undeploy")
        there.clear()

    def deploy(cluster, provider, stack, profile, *, overlay, registry):
        said.append((overlay or Path(profile)).name)
        there.add((overlay or Path(profile)).name)

    def read(_cluster, stack):
        return next((Inventory("id", stack, name) for name in there), None)

    monkeypatch.setattr(module.inventory, "read", read)
    monkeypatch.setattr(module.remove, "undeploy", undeploy)
    monkeypatch.setattr(module.deploy, "deploy", deploy)
    return said


def test_same_profile_stays_and_another_goes_first(done):
    """Deploying again costs nothing; two profiles are never mixed."""
    environment = Environment(CLUSTER, None, stack(), Path())
    for profile in ("core", "core", "backup", "core"):
        environment.deploy(profile)
    assert done == ["core", "core", "undeploy", "backup", "undeploy", "core"]


def test_a_stack_that_was_there_before_is_not_taken_away(done):
    """It has data and backups; the same profile is deployed again."""
    Environment(CLUSTER, None, stack(), Path()).deploy("backup")
    environment = Environment(CLUSTER, None, stack(), Path(), kept="id")
    environment.deploy("backup")
    with pytest.raises(StackTrouble, match="holds echo of profile backup, which core would replace"):
        environment.deploy("core")
    assert done == ["backup", "backup"]


def test_overlay_stands_for_every_profile(done):
    """A mutant is deployed whatever profile the scenario asks for."""
    environment = Environment(CLUSTER, None, stack(), Path(), overlay=Path("mutants/one"))
    environment.deploy("core")
    environment.deploy("backup")
    assert done == ["one", "one"]


def test_unknown_profile_is_refused_before_anything_is_made():
    """When what to build is asked, in one line."""
    with pytest.raises(BadInput, match="no profile 'cor'"):
        Wanted(WEATHER, profiles=("cor",)).folders()


@pytest.mark.parametrize(("missing", "done_to_it"), [([], []), (["an answer"], ["undeploy"])])
def test_a_stack_that_lost_its_data_for_good_goes(monkeypatch, done, missing, done_to_it):
    """One that answers stays, with what was restored; in the other case the next run gets a new one."""
    monkeypatch.setattr(leftovers, "SERVES", 0.01)
    monkeypatch.setattr(module.ready, "databases", lambda _api, _namespaces: [])
    monkeypatch.setattr(module.ready, "serves", lambda _api, _names, _stack: missing)
    environment = Environment(CLUSTER, None, stack(), Path())
    environment.deploy("core")
    done.clear()
    entry, guard = environment.data_loss_guard()
    assert entry.kind == leftovers.DATA
    with guard:
        assert done == []
    assert done == done_to_it


def test_a_stack_that_others_deploy_is_waited_for_and_never_removed(monkeypatch, done):
    """Neither before a scenario, nor when it serves no more after a fault took its data."""
    monkeypatch.setattr(leftovers, "SERVES", 0.01)
    monkeypatch.setattr(module.ready, "databases", lambda _api, _namespaces: [])
    monkeypatch.setattr(module.ready, "serves", lambda *_: ["an answer"])
    waited = []
    monkeypatch.setattr(module.ready, "until_serving", lambda _api, stack: waited.append(stack.name))
    environment = Environment(CLUSTER, None, stack(name="theirs", deployed_from=lambda _: None), Path())
    environment.deploy("core")
    with environment.data_loss_guard()[1]:
        pass
    assert (waited, done) == (["theirs"], [])


def test_nothing_is_put_over_a_stack_that_others_deploy():
    """An overlay would be made ours, and removed in the end with all that is in its namespaces."""
    theirs = stack(name="theirs", deployed_from=lambda _: None)
    assert Wanted(theirs).folders() == []
    with pytest.raises(BadInput, match="mutants/one: the stack theirs is deployed by others"):
        Wanted(theirs, overlay=Path("mutants/one")).folders()


def test_two_runs_are_never_on_one_cluster():
    """The second is told so at once: its undo could take the first one's cluster, its sweep the load."""
    name = f"test-{os.getpid()}"  # the lock is the machine's: a run beside these tests holds others
    with (
        held(f"environment cluster {name}", else_say=""),
        pytest.raises(ClusterTrouble, match=f"cluster {name}: another run is on it"),
        module.open_environment(Wanted(stack(), name=name)),
    ):
        pytest.fail("it was opened")


def test_what_a_killed_fault_took_from_others_is_made_again(cluster, state, monkeypatch):
    """The experiment's rollback died with the run; the StatefulSet is on disk, as they had asked for it."""
    monkeypatch.setattr(module.ready, "present", lambda _api, names: names)
    meta = {
        "namespace": "persistence",
        "name": "db",
        "labels": {"app": "db"},
        "uid": "u",
        "resourceVersion": "1",
    }
    template = {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": []}}
    spec = {"serviceName": "db", "selector": {"matchLabels": {"app": "db"}}, "template": template}
    key = ("statefulsets", "persistence", "db")
    cluster.objects[key] = {"metadata": meta, "spec": spec}
    theirs = stack(name="theirs", namespaces=("persistence",), deployed_from=lambda _: None)
    entry, guard = Environment(cluster.info, None, theirs, Path()).data_loss_guard()
    with guard:
        del cluster.objects[key]
    assert cluster.objects[key]["spec"] == spec
    with undo.journal("r") as journal:
        journal._add(entry)
        del cluster.objects[key]
    assert [one.problem for one in leftovers.heal()] == [""]
    assert cluster.objects[key]["spec"] == spec
    assert cluster.objects[key]["metadata"]["labels"] == {"app": "db"}


class Provider:
    """One whose cluster is there, or is made."""

    def __init__(self, there):
        self.there, self.said = there, []

    def find(self):
        return CLUSTER if self.there else None

    def undo_args(self):
        return {"provider": "local", "name": f"none-{os.getpid()}"}

    def up(self):
        self.said.append("up")
        return CLUSTER

    def down(self):
        self.said.append("down")


def sharing(monkeypatch, there, **words):
    """A cluster shared for a night; ``environment.shared``, ready to be entered."""
    provider = Provider(there)
    monkeypatch.setattr(module, "_prepared", lambda _wanted: provider)
    name = f"night-{os.getpid()}"
    return provider, module.shared(Wanted(stack(), name=name, keep=True, **words))


def test_a_cluster_that_is_made_for_a_night_goes_after_it(monkeypatch, state, done):
    """It is in the undo journal before it is made; and a second night has to wait."""
    provider, shared = sharing(monkeypatch, there=False)
    with shared:
        (journal,) = undo.folder().glob("shared-*.json")
        assert f"cluster night-{os.getpid()}" in journal.read_text()
        with pytest.raises(ClusterTrouble, match="another `slaharness nightly` is on it"):
            sharing(monkeypatch, there=False)[1].__enter__()
    assert provider.said == ["up", "down"]
    assert not list(undo.folder().glob("shared-*.json"))


def test_a_cluster_that_was_there_before_a_night_stays(monkeypatch, state, done):
    """What the runs leave deployed on it goes."""
    provider, shared = sharing(monkeypatch, there=True)
    with shared:
        done.clear()
    assert (provider.said, done) == (["up"], ["undeploy"])


def test_a_stack_that_was_there_before_a_night_is_not_taken_away(monkeypatch, state, done):
    """Unless that is asked for: the night has scenarios of another profile. Nothing is done to it then."""
    Environment(CLUSTER, None, stack(), Path()).deploy("core")
    with (
        pytest.raises(StackTrouble, match="profile core, which backup would replace"),
        sharing(monkeypatch, there=True, profiles=("core", "backup"))[1],
    ):
        pytest.fail("it was shared")
    with sharing(monkeypatch, there=True, profiles=("core", "backup"), replace=True)[1]:
        pass
    with sharing(monkeypatch, there=True, profiles=("core",))[1]:
        pass
    assert done == ["core"]
