"""A machine that cannot carry a cluster is told apart, with what to do, before anything is made."""

import resource
from types import SimpleNamespace

import pytest

from slaharness.cluster.local import host
from slaharness.cluster.local.provider import Local
from slaharness.errors import HostTrouble


@pytest.fixture(autouse=True)
def _fresh():
    host.installed.cache_clear()
    host.cni_folder.cache_clear()
    yield
    host.installed.cache_clear()
    host.cni_folder.cache_clear()


@pytest.mark.parametrize("verb", ["up", "down"])
def test_without_root_nothing_is_begun(verb, monkeypatch):
    """The error says to use sudo."""
    monkeypatch.setattr(host.os, "geteuid", lambda: 1000)
    with pytest.raises(HostTrouble, match=r"needs root.*sudo"):
        getattr(Local("unittest"), verb)()


def test_a_missing_program_is_named(monkeypatch):
    """The error names the program and the command that knows how to get it."""
    monkeypatch.setattr(host, "PATH", "/nonexistent")
    with pytest.raises(HostTrouble, match="etcd is not installed; `slaharness doctor`"):
        host.installed("etcd")


def test_missing_network_plugins_are_named(monkeypatch):
    """They are no programs on the PATH, so they are looked for where distributions put them."""
    monkeypatch.setattr(host, "CNI_FOLDERS", ("/nonexistent",))
    with pytest.raises(HostTrouble, match="CNI plugins are not installed"):
        host.cni_folder()


def test_a_full_disk_is_seen_before_it_hurts(monkeypatch):
    """The error says how much there is, how much is needed, and how to use another disk."""
    monkeypatch.setattr(host, "DISK", 2**60)
    with pytest.raises(HostTrouble, match=r"GiB free, a cluster needs \d+; .*SLAHARNESS_STATE"):
        host._need_disk()


def test_a_layered_disk_is_refused(monkeypatch, tmp_path):
    """In a container the root is layers already; the error says to use a volume."""
    layers = [SimpleNamespace(mountpoint="/", fstype="overlay")]
    volume = SimpleNamespace(mountpoint=str(tmp_path), fstype="ext4")
    monkeypatch.setattr(host.psutil, "disk_partitions", lambda **_: layers)
    with pytest.raises(HostTrouble, match=r"is on overlay.*SLAHARNESS_STATE"):
        host._need_layers(tmp_path)
    layers.append(volume)
    host._need_layers(tmp_path / "state")


def test_exhausted_watchers_are_seen_before_kubelets_die_of_it():
    """Inotify instances run out with several clusters; the error names the setting. None are kept."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    try:
        with pytest.raises(HostTrouble, match=r"a cluster needs 100; .*max_user_instances"):
            host._need_watchers(100)
        host._need_watchers(5)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
