"""Prometheus is there once and whole, or it is said why not."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from slaharness.errors import CommandFailed, HostTrouble
from slaharness.host import paths
from slaharness.metrics import process


@pytest.fixture
def debian(tmp_path, monkeypatch):
    """A machine without Prometheus, and a Debian that gives it; what was fetched is in ``calls``."""
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    calls, first = [], threading.Event()

    def run(words, *, cwd=None, **_):
        calls.append(str(words[0]))
        if words[0] == "apt-get":
            first.wait(0.2)  # long enough for others to come
            (cwd / "prometheus_2_amd64.deb").touch()
        else:
            programs = Path(words[-1]) / "usr/bin"
            programs.mkdir(parents=True)
            for name in ("prometheus", "promtool"):
                (programs / name).touch(0o755)

    monkeypatch.setattr(process.command, "run", run)
    return calls


def test_prometheus_is_fetched_once_for_all_that_need_it(debian, tmp_path):
    """Several threads with a cold cache: one fetches, all get the same whole programs."""
    with ThreadPoolExecutor(6) as threads:
        found = set(threads.map(lambda _: process.programs(), range(6)))
    assert debian == ["apt-get", "dpkg"]
    assert len(found) == 1
    assert all(program.is_file() and tmp_path in program.parents for program in found.pop())


@pytest.mark.parametrize(
    ("failing", "said"),
    [
        (lambda *_, **__: None, "left no package"),
        (
            lambda *_, **__: (_ for _ in ()).throw(CommandFailed("Prometheus: exit 100")),
            "Prometheus: exit 100",
        ),
    ],
)
def test_why_it_cannot_be_had_is_said(debian, monkeypatch, failing, said):
    """The reason is in the error, and half a package is not taken for a whole one afterwards."""
    whole = process.command.run
    monkeypatch.setattr(process.command, "run", failing)
    with pytest.raises(HostTrouble, match=said):
        process.programs()
    monkeypatch.setattr(process.command, "run", whole)
    assert process.programs()[0].name == "prometheus"
