"""The ``local`` provider's promises that need no cluster."""

import os
import signal

import pytest

from slaharness.cluster import choose
from slaharness.cluster.local import layout as plan
from slaharness.cluster.local import provider, state
from slaharness.cluster.local.provider import Local
from slaharness.errors import BadInput, ClusterTrouble
from slaharness.host import interrupt


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(plan, "FOLDER", tmp_path)
    monkeypatch.setattr("slaharness.cluster.local.host.need_root", lambda: None)


def test_a_cluster_that_is_not_there_is_not_found():
    """Looking changes nothing and is no error."""
    assert Local("unittest").find() is None


@pytest.mark.parametrize(
    "ask", [Local.status, lambda local: local.load_images([]), lambda local: local.collect_logs(plan.FOLDER)]
)
def test_an_unknown_name_lists_the_clusters_there_are(ask):
    """A mistyped name is answered with the names to choose from."""
    state.save(plan.Layout("other", 0, 1), None)
    with pytest.raises(BadInput, match="no local cluster 'unittest'; there are: other"):
        ask(Local("unittest"))


@pytest.mark.parametrize("verb", ["up", "down", "find"])
def test_an_impossible_name_is_refused(verb):
    """Before any folder or cgroup of that name is looked at."""
    with pytest.raises(BadInput, match="cluster name"):
        getattr(Local("../etc"), verb)()


@pytest.mark.parametrize("verb", ["up", "down"])
def test_two_commands_never_work_on_one_cluster(verb):
    """The second is told so at once."""
    with state.locked("unittest"), pytest.raises(ClusterTrouble, match="another command"):
        getattr(Local("unittest"), verb)()


def test_removing_what_is_not_there_is_no_trouble():
    """``down`` may be called again."""
    Local("unittest").down()


def test_a_cluster_that_was_never_ready_is_not_found():
    """A plan without a cluster behind it is nothing to deploy on; its status says so."""
    state.save(plan.Layout("unittest", 0, 1), None)
    assert Local("unittest").find() is None
    found = Local("unittest").status()
    assert not found.healthy
    assert found.nodes == {"n0": "not registered", "n1": "not registered"}


@pytest.mark.parametrize(
    ("answers", "lives", "found"),
    [([True], True, True), ([False, False, True], True, True), ([False], False, False)],
)
def test_a_cluster_that_answers_late_is_found(monkeypatch, answers, lives, found):
    """Else it would be taken for half-made, and wiped with all that is on it. The dead never answer."""
    state.save(plan.Layout("unittest", 0, 1), 1.0)
    said = iter(answers)
    monkeypatch.setattr(provider.health, "healthy", lambda _: next(said))
    monkeypatch.setattr(provider.processes, "find", lambda _: ["kubelet"] * lives)
    monkeypatch.setattr(provider, "_info", lambda layout: layout.name)
    assert Local("unittest").find() == ("unittest" if found else None)


def test_a_cluster_that_lives_and_is_never_well_is_not_found(monkeypatch):
    """It is waited for, and then made anew."""
    state.save(plan.Layout("unittest", 0, 1), 1.0)
    monkeypatch.setattr(provider, "WELL_WITHIN", 0.1)
    monkeypatch.setattr(provider.health, "healthy", lambda _: False)
    monkeypatch.setattr(provider.processes, "find", lambda _: ["kubelet"])
    assert Local("unittest").find() is None


def test_a_dead_process_has_only_its_own_cluster_removed(monkeypatch):
    """One that was made under the same name since is somebody's; a half-removed one is nobody's."""
    removed = []
    monkeypatch.setattr(Local, "down", lambda local: removed.append(local.name))
    state.save(plan.Layout("unittest", 0, 1), 1.0)
    args = Local("unittest").undo_args()
    choose.undo({**args, "maker": "another process"})
    assert removed == []
    choose.undo(args)
    assert removed == ["unittest"]
    (plan.home("unittest") / state.FILE).unlink()
    choose.undo({**args, "maker": "another process"})
    assert removed == ["unittest", "unittest"]


@pytest.mark.parametrize("verb", ["up", "down"])
def test_ctrl_c_does_not_stop_a_removal_half_way(monkeypatch, verb):
    """Neither of what could not be made, nor of what is to go: it comes to its end, and then the command."""
    removed = []

    def remove(name):
        os.kill(os.getpid(), signal.SIGINT)
        removed.append(name)

    def make(*_):
        raise ClusterTrouble("the nodes are not Ready")

    left = iter([[], ["a process"]]) if verb == "up" else iter([["a process"]])
    monkeypatch.setattr(provider.teardown, "residue", lambda _: next(left))
    monkeypatch.setattr(provider.teardown, "remove", remove)
    monkeypatch.setattr(provider.host, "check", lambda _: None)
    monkeypatch.setattr(provider, "make", make)
    with interrupt.undoing(), pytest.raises(KeyboardInterrupt):
        getattr(Local("unittest"), verb)()
    assert removed == ["unittest"]
