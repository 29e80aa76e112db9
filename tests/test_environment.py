"""Each scenario gets the stack of its own profile, and no leftovers of another one."""

import os
from pathlib import Path

import pytest

from slaharness import environment as sites
from slaharness.environment import Site, Wanted
from slaharness.errors import BadInput, ClusterTrouble
from slaharness.host.lock import held


class Cluster:
    """As much of a ClusterInfo as deploying asks, were it not for the deploying."""

    def api(self):
        return None


@pytest.fixture
def done(monkeypatch):
    """What was done to the stack, in order; it holds what was deployed last."""
    there, said = set(), []

    def undeploy(cluster):
        said.append("undeploy")
        there.clear()

    def deploy(cluster, provider, profile, overlay, registry):
        said.append((overlay or Path(profile)).name)
        there.add((overlay or Path(profile)).name)

    monkeypatch.setattr(sites, "profiles", lambda api: set(there))
    monkeypatch.setattr(sites.remove, "undeploy", undeploy)
    monkeypatch.setattr(sites.deploy, "deploy", deploy)
    monkeypatch.setattr(sites.manifests, "folder_of", Path)
    return said


def test_same_profile_stays_and_another_goes_first(done):
    """Deploying again costs nothing; two profiles are never mixed."""
    site = Site(Cluster(), None, Path())
    for profile in ("core", "core", "backup", "core"):
        site.deploy(profile)
    assert done == ["core", "core", "undeploy", "backup", "undeploy", "core"]


def test_overlay_stands_for_every_profile(done):
    """A mutant is deployed whatever profile the scenario asks for."""
    site = Site(Cluster(), None, Path(), overlay=Path("mutants/one"))
    site.deploy("core")
    site.deploy("backup")
    assert done == ["one", "one"]


def test_unknown_profile_is_refused_before_anything_is_made():
    """When what to build is asked, in one line."""
    with pytest.raises(BadInput, match="no profile 'cor'"):
        Wanted(profiles=("cor",)).folders()


@pytest.mark.parametrize(("missing", "done_to_it"), [([], []), (["an answer"], ["undeploy"])])
def test_a_stack_that_lost_its_data_for_good_goes(monkeypatch, done, missing, done_to_it):
    """One that answers stays, with what was restored; in the other case the next run gets a new one."""
    monkeypatch.setattr(sites, "SERVES", 0.01)
    monkeypatch.setattr(sites, "_as_data", lambda _cluster: {})
    monkeypatch.setattr(sites.ready, "databases", lambda _api: [])
    monkeypatch.setattr(sites.ready, "serves", lambda _api, _names: missing)
    entry, losing = Site(Cluster(), None, Path()).losing()
    assert entry.kind == sites.DATA
    with losing:
        assert done == []
    assert done == done_to_it


def test_two_runs_are_never_on_one_cluster():
    """The second is told so at once: its undo could take the first one's cluster, its sweep the load."""
    name = f"test-{os.getpid()}"  # the lock is the machine's: a run beside these tests holds others
    with (
        held(f"site cluster {name}", else_say=""),
        pytest.raises(ClusterTrouble, match=f"cluster {name}: another run is on it"),
        sites.open_site(Wanted(name=name)),
    ):
        pytest.fail("it was opened")
