"""Packages are installed only when someone agreed, and without starting anything on the host."""

import io
import sys

import pytest

from slaharness.cluster.local import packages
from slaharness.errors import HostTrouble

ETCD, RUNC = packages.PACKAGES[1], packages.PACKAGES[3]


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A machine with no program but those that the test puts there."""
    monkeypatch.setattr(packages, "FOLDERS", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.delenv("CI", raising=False)

    def put(name, text="#!/bin/sh\n"):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)

    return put


def test_part_that_is_there_is_not_missing_whoever_brought_it(host):
    """Docker brings a containerd of its own; Debian's would push it off the machine."""
    assert "runc" in [package.name for package in packages.missing()]
    host("runc")
    assert "runc" not in [package.name for package in packages.missing()]


def test_every_package_says_what_it_is_for():
    """Nobody has to agree to something unexplained."""
    assert all(package.why and package.proofs for package in packages.PACKAGES)


def test_without_consent_nothing_is_installed_and_the_command_is_named(host):
    """One line that can be pasted."""
    host("apt-get")
    with pytest.raises(HostTrouble, match="--yes, or run: apt-get install --yes etcd-server runc") as error:
        packages.agree([ETCD, RUNC], yes=False)
    assert "\n" not in str(error.value)


def test_yes_and_ci_are_consent(host, monkeypatch):
    """No question is asked then."""
    host("apt-get")
    packages.agree([ETCD], yes=True)
    monkeypatch.setenv("CI", "true")
    packages.agree([ETCD], yes=False)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("answer", "agreed"), [("y\n", True), ("n\n", False)])
def test_person_at_a_terminal_is_asked(host, monkeypatch, answer, agreed):
    """And may say no."""
    host("apt-get")
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    if agreed:
        packages.agree([ETCD], yes=False)
    else:
        with pytest.raises(HostTrouble, match="etcd-server"):
            packages.agree([ETCD], yes=False)


def test_host_without_apt_is_told_what_it_needs(host):
    """With the reasons, since names differ between distributions."""
    with pytest.raises(HostTrouble, match=r"etcd-server \(keeps the cluster's objects\)"):
        packages.agree([ETCD], yes=True)


def test_services_of_the_packages_are_not_started(host, tmp_path, monkeypatch):
    """apt is run so that systemctl and invoke-rc.d refuse, without questions or recommended packages."""
    host("apt-get", f'#!/bin/sh\necho "$SYSTEMD_OFFLINE $RUNLEVEL $DEBIAN_FRONTEND $@" >> {tmp_path}/notes\n')
    monkeypatch.setattr(packages, "SYSTEMD", tmp_path / "none")
    packages.install([ETCD, RUNC])
    update, install = (tmp_path / "notes").read_text().splitlines()
    assert update.startswith("1 1 noninteractive")
    assert update.endswith(" update")
    assert install.startswith("1 1 noninteractive")
    assert install.endswith("install --yes --no-install-recommends etcd-server runc")


def test_services_of_the_packages_do_not_start_at_the_next_boot_either(host, tmp_path, monkeypatch):
    """Where systemd runs the machine."""
    host("apt-get")
    host("systemctl", f'#!/bin/sh\necho "$@" >> {tmp_path}/notes\n')
    monkeypatch.setattr(packages, "SYSTEMD", tmp_path)
    packages.install([ETCD, RUNC])
    assert (tmp_path / "notes").read_text() == "disable --quiet etcd.service\n"
