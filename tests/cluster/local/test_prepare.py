"""Preparing asks first, then makes what is missing side by side."""

import threading

import pytest

from slaharness import image
from slaharness.cluster.local import addon_images, doctor, packages, prepare, toolchain
from slaharness.errors import HostTrouble
from slaharness.host import wait


@pytest.fixture
def steps(monkeypatch):
    """The names of the steps in the order in which they ended; a machine that lacks one package."""
    done = []

    def note(name, answer=None):
        return lambda *words, **options: done.append(name) or answer

    monkeypatch.setattr(doctor, "require", note("doctor"))
    monkeypatch.setattr(packages, "missing", lambda: [packages.PACKAGES[1]])
    monkeypatch.setattr(packages, "agree", note("agreed"))
    monkeypatch.setattr(packages, "install", note("packages"))
    monkeypatch.setattr(toolchain, "ensure", note("tools", {}))
    monkeypatch.setattr(image, "base", note("base"))
    monkeypatch.setattr(addon_images, "ensure", note("addons"))
    return done


def _refuse(*words, **options):
    raise HostTrouble("missing packages: etcd-server")


def test_nothing_starts_without_consent(steps, monkeypatch):
    """A refusal comes before minutes of building, not after."""
    monkeypatch.setattr(packages, "agree", _refuse)
    with pytest.raises(HostTrouble, match="missing packages"):
        prepare.prepare()
    assert steps == ["doctor"]


def test_nobody_is_asked_when_nothing_is_missing(steps, monkeypatch):
    """The usual case."""
    monkeypatch.setattr(packages, "missing", list)
    monkeypatch.setattr(packages, "agree", _refuse)
    prepare.prepare()
    assert set(steps) == {"doctor", "tools", "base", "addons"}


def test_images_wait_for_the_packages_that_build_them(steps, monkeypatch):
    """And the addons' images for their programs."""
    monkeypatch.setattr(packages, "install", lambda lacking: wait.pause(0.2) or steps.append("packages"))
    prepare.prepare(yes=True)
    assert steps.index("packages") < steps.index("base")
    assert steps.index("tools") < steps.index("addons")


def test_compiler_works_while_packages_are_installed(steps, monkeypatch):
    """They need nothing of each other: each waits here until the other has begun."""
    both = threading.Barrier(2, timeout=10)
    monkeypatch.setattr(packages, "install", lambda lacking: both.wait())
    monkeypatch.setattr(toolchain, "ensure", lambda: {"waited": both.wait()})
    prepare.prepare(yes=True)
    assert "addons" in steps


def test_what_the_compiler_needs_is_installed_before_it_starts(steps, monkeypatch):
    """Without certificates Go can fetch nothing."""
    first, other = packages.PACKAGES[0], packages.PACKAGES[1]
    assert (first.name, other.first) == ("ca-certificates", False)
    monkeypatch.setattr(packages, "missing", lambda: [first, other])
    monkeypatch.setattr(packages, "install", lambda found: steps.extend(one.name for one in found))
    monkeypatch.setattr(toolchain, "ensure", lambda: steps.append("tools") or {})
    prepare.prepare(yes=True)
    assert steps.index(first.name) < steps.index("tools")
    assert other.name in steps


def test_images_of_the_stack_do_not_wait_for_the_compiler(steps, monkeypatch):
    """They wait for the packages only: here the compiler ends after they have begun."""
    begun = threading.Event()
    monkeypatch.setattr(toolchain, "ensure", lambda: {"waited": begun.wait(10)})
    monkeypatch.setattr(addon_images, "ensure", lambda tools: steps.append(f"addons {tools['waited']}"))
    prepare.prepare(yes=True, also=[lambda: steps.append("stack"), begun.set])
    assert steps.index("packages") < steps.index("stack") < steps.index("addons True")
