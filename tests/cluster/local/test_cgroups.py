"""Cgroups on hosts of both kinds, on plain folders that look like them."""

import pytest

from slaharness.cluster.local import cgroups
from slaharness.errors import HostTrouble


@pytest.fixture
def hierarchy(tmp_path, monkeypatch):
    """One hierarchy, as the code finds it."""
    monkeypatch.setattr(cgroups, "hierarchies", lambda: (tmp_path,))
    return tmp_path


def test_in_v1_a_new_cpuset_gets_processors_and_memory(hierarchy, monkeypatch):
    """Without them no process could enter the group."""
    made = hierarchy / "slah-a"
    real = cgroups.Path.mkdir

    def mkdir(folder, **options):
        """A kernel would put these files there."""
        real(folder, **options)
        for file in ("cpuset.cpus", "cpuset.mems"):
            if not (folder / file).exists():
                (folder / file).write_text("")

    (hierarchy / "cpuset.cpus").write_text("0-1")
    (hierarchy / "cpuset.mems").write_text("0")
    monkeypatch.setattr(cgroups.Path, "mkdir", mkdir)
    assert cgroups.make("a", "n1") == [made / "n1/system"]
    assert (made / "n1/system/cpuset.cpus").read_text() == "0-1"
    assert (made / "n1/system/cpuset.mems").read_text() == "0"


def test_in_v2_controllers_are_handed_down(hierarchy):
    """The kubelet needs them in the node's group."""
    for folder in (hierarchy, hierarchy / "slah-a", hierarchy / "slah-a/n1"):
        folder.mkdir(exist_ok=True)
        (folder / "cgroup.controllers").write_text("cpu memory pids rdma")
        (folder / "cgroup.subtree_control").write_text("")
    (hierarchy / "cgroup.subtree_control").write_text("memory")
    cgroups.make("a", "n1")
    assert (hierarchy / "cgroup.subtree_control").read_text() == "+cpu +pids"
    assert (hierarchy / "slah-a/n1/cgroup.subtree_control").read_text() == "+cpu +memory +pids"


def test_a_container_without_the_hosts_cgroups_is_told_so(hierarchy, monkeypatch):
    """Where the kernel refuses to hand controllers down, the error says where to run instead."""

    def refuse(*_):
        raise OSError(16, "Device or resource busy")

    (hierarchy / "cgroup.controllers").write_text("cpu")
    (hierarchy / "cgroup.subtree_control").write_text("")
    monkeypatch.setattr(cgroups.Path, "write_text", refuse)
    with pytest.raises(HostTrouble, match=r"busy: this cgroup has processes in it; run on the host"):
        cgroups.make("a", "n1")


def test_removal_takes_the_clusters_groups_and_no_others(hierarchy):
    """Groups that the kubelet made below ours go too; a cluster whose name begins alike stays."""
    for group in ("slah-a/n1/system", "slah-a/n1/kubepods/pod1/c1", "slah-ab/n1"):
        (hierarchy / group).mkdir(parents=True)
    cgroups.remove("a")
    assert cgroups.groups("a") == []
    assert (hierarchy / "slah-ab/n1").is_dir()
