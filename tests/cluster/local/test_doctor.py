"""The doctor says what a machine lacks, and the command that mends it."""

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from rich.console import Console

from slaharness.cluster.local import cgroups, doctor, packages, toolchain
from slaharness.cluster.local.doctor import GIB, State
from slaharness.errors import HostTrouble
from slaharness.host import golang, paths
from slaharness.image import builder


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")


def _disk(monkeypatch, free):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=free))


def test_missing_root_is_told_with_its_cure(monkeypatch):
    """In one line, as an error that ends in the code for the machine."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(HostTrouble, match=r"^root: user id 1000: run it with sudo$") as error:
        doctor.require()
    assert error.value.exit_code == 6


def test_missing_disk_is_told_with_what_is_needed(monkeypatch):
    """A cold cache needs room for the compiler's work too; a warm one does not."""
    _disk(monkeypatch, 4 * GIB)
    found = doctor.cache_disk()
    assert found.state is State.MISSING
    assert "4.0 GiB free of 12 needed" in found.seen
    assert "SLAHARNESS_CACHE" in found.cure
    monkeypatch.setattr(toolchain, "cached", lambda: True)
    assert doctor.cache_disk().state is State.OK


def test_disk_is_asked_of_the_nearest_folder_that_exists(tmp_path, monkeypatch):
    """The cache's own folder may be yet to come."""
    asked = []
    monkeypatch.setattr(paths, "STATE", tmp_path / "a/b/c")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: asked.append(folder) or SimpleNamespace(free=0))
    assert doctor.state_disk().state is State.MISSING
    assert asked == [tmp_path]


@pytest.mark.parametrize(("free", "state"), [(2, State.MISSING), (4, State.WARN), (8, State.OK)])
def test_memory_may_be_too_little_or_little(monkeypatch, free, state):
    """Too little stops; little only warns."""
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=free * GIB))
    assert doctor.memory().state is state


def test_a_machine_without_a_compiler_is_told_where_it_will_come_from(monkeypatch, tmp_path):
    """Nothing is fetched for the answer."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(golang, "ELSEWHERE", "")
    monkeypatch.setattr(toolchain, "cached", lambda: False)
    golang.installed.cache_clear()
    found = doctor.programs()
    golang.installed.cache_clear()
    assert (found.state, found.seen) == (State.OK, f"to be made, with Go {golang.PIN} from PyPI")


def test_missing_tool_is_listed_with_the_package_that_brings_it(monkeypatch, tmp_path):
    """Each package has a line of its own."""
    monkeypatch.setattr(packages, "FOLDERS", str(tmp_path))
    monkeypatch.setattr(builder, "find", lambda: builder.BUILDAH)
    found = {check.name: check for check in doctor.examine()}
    assert found["conntrack"].state is State.MISSING
    assert found["conntrack"].cure == "apt-get install --yes conntrack"
    (tmp_path / "conntrack").write_text("")
    (tmp_path / "conntrack").chmod(0o755)
    found = {check.name: check for check in doctor.examine()}
    assert found["conntrack"].state is State.OK


def test_host_without_cgroups_is_told(monkeypatch):
    """Rather than a kubelet that dies."""

    def none():
        raise HostTrouble("no cgroups are mounted")

    monkeypatch.setattr(cgroups, "hierarchies", none)
    assert doctor.control_groups().state is State.MISSING


def test_controllers_may_be_mounts_or_words(monkeypatch, tmp_path):
    """Version 1 and version 2 both serve; what is lacking is named."""
    (tmp_path / "cgroup.controllers").write_text("cpuset cpu io memory\n")
    monkeypatch.setattr(cgroups, "hierarchies", lambda: (tmp_path,))
    assert doctor.control_groups().seen == "cannot use pids"
    (tmp_path / "pids").mkdir()
    monkeypatch.setattr(cgroups, "hierarchies", lambda: (tmp_path, tmp_path / "pids"))
    assert doctor.control_groups().state is State.OK


@pytest.mark.parametrize(
    ("link", "address", "state"),
    [
        ("vpn0", "198.19.4.1", State.WARN),
        ("vpn0", "10.0.0.1", State.OK),
        ("vpn0", "fe80::1", State.OK),
        ("slah-00000001", "198.18.0.254", State.OK),
    ],
)
def test_only_strangers_in_our_range_are_told(monkeypatch, link, address, state):
    """Clusters of ours may be up; anyone else there is worth knowing."""
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: {link: [SimpleNamespace(address=address)]})
    assert doctor.addresses().state is state


def test_warnings_do_not_stop(monkeypatch):
    """Only what is missing does."""
    warning = doctor.Check("memory", State.WARN, "little")
    doctor.require([lambda: warning])
    missing = doctor.Check("disk", State.MISSING, "full", "free some")
    with pytest.raises(HostTrouble, match=r"^disk: full: free some$"):
        doctor.require([lambda: warning, lambda: missing])


def test_table_shows_every_check_and_every_cure():
    """What a person reads."""
    checks = [
        doctor.Check("root", State.OK, "user id 0"),
        doctor.Check("runc", State.MISSING, "needed", "apt-get install --yes runc"),
    ]
    console = Console(width=200, record=True, file=Path("/dev/null").open("w"))  # noqa: SIM115
    console.print(doctor.table(checks))
    console.file.close()
    text = console.export_text()
    assert "user id 0" in text
    assert "apt-get install --yes runc" in text
