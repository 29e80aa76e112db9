"""What is known between two commands, and who may change it."""

import subprocess
import sys

import pytest

from slaharness.cluster.local import layout as plan
from slaharness.cluster.local import state
from slaharness.errors import BadInput, ClusterTrouble, HostTrouble


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(plan, "FOLDER", tmp_path)
    monkeypatch.setattr(state, "_routes", list)


def test_clusters_get_different_blocks():
    """Each claim takes a block that no other cluster has."""
    assert [state.claim(name, 1).slot for name in ("a", "b", "c")] == [0, 1, 2]


def test_a_block_that_is_routed_elsewhere_is_left_alone(monkeypatch):
    """Somebody's route into the range costs a slot and nothing more."""
    monkeypatch.setattr(state, "_routes", lambda: [plan.SLOTS[0], plan.SLOTS[2]])
    assert [state.claim(name, 1).slot for name in ("a", "b")] == [1, 3]


def test_a_range_that_is_taken_is_named(monkeypatch):
    """The error says which route is in the way, and nothing is claimed."""
    monkeypatch.setattr(state, "_routes", lambda: [plan.RANGE])
    with pytest.raises(HostTrouble, match=r"198\.18\.0\.0/15.*routes 198\.18\.0\.0/15"):
        state.claim("a", 1)
    assert state.names() == []


def test_a_ninth_cluster_is_told_of_the_eight():
    """The error names the clusters, one of which must go."""
    for name in "abcdefgh":
        state.claim(name, 1)
    with pytest.raises(HostTrouble, match=r"a, b, c, d, e, f, g, h.*cluster down"):
        state.claim("i", 1)


def test_an_impossible_size_claims_nothing():
    """A number of nodes that cannot be is refused before anything is written."""
    with pytest.raises(BadInput):
        state.claim("a", 99)
    assert state.names() == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"slot": 1}', '{"slot": 9, "workers": 1, "made": null}'])
def test_a_state_that_was_cut_short_is_no_cluster(text):
    """A half-written or foreign file does not stop anybody from making the cluster anew."""
    (plan.home("a")).mkdir()
    (plan.home("a") / state.FILE).write_text(text)
    assert state.load("a") is None


def test_what_was_saved_is_loaded():
    """Slot, size, the time of making and who made it survive the process."""
    layout = state.claim("a", 2)
    state.save(layout, 12.5)
    assert state.load("a") == state.Saved(layout, 12.5, state.MAKER)


def test_a_second_up_while_one_runs_is_told_at_once():
    """Two commands never work on one cluster; on different clusters they may."""
    told = pytest.raises(ClusterTrouble, match="another command makes or removes it now")
    with state.locked("a"), state.locked("b"), told, state.locked("a"):
        pass
    with state.locked("a"):
        pass


def test_the_lock_of_a_killed_process_is_free():
    """kill -9 of ``up`` does not block the ``down`` that cleans up after it."""
    holder = "from slaharness.cluster.local import state\nwith state.locked('a'): print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        with pytest.raises(ClusterTrouble), state.locked("a"):
            pass
        process.kill()
        process.wait()
    with state.locked("a"):
        pass
