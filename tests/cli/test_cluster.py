"""``slaharness cluster``: what a person is told, and the exit code."""

import json
import sys
from collections.abc import Callable

import pytest

from slaharness.cli import main
from slaharness.cluster.local.layout import Layout
from slaharness.cluster.local.provider import Local
from slaharness.cluster.local.status import Part, Status

Cli = Callable[..., int]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run the command line in this process; the exit code comes back."""

    def run(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["slaharness", *words])
        try:
            main()
        except SystemExit as ended:
            return int(ended.code or 0)
        return 0

    return run


def _status(trouble: str) -> Status:
    layout = Layout("one", 3, 1)
    return Status(
        name="one", slot=3, block=str(layout.block), server=layout.server, kubeconfig=layout.kubeconfig,
        kubernetes="v1.34.4", nodes={"n0": "", "n1": trouble}, age=61.2,
        parts=(Part("n0", "etcd", 7, 300 * 2**20), Part("n1", "kubelet", 8, 100 * 2**20)),
    )  # fmt: skip


@pytest.mark.parametrize("words", [("status",), ("kubeconfig",), ("logs",)])
def test_unknown_cluster_is_bad_input(
    words: tuple[str, ...], cli: Cli, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    """One line that says how to make it, exit 4."""
    more = (str(tmp_path),) if words == ("logs",) else ()
    assert cli("cluster", *words, "--name", "nobody", *more) == 4
    said = capsys.readouterr().err.strip()
    assert "slaharness cluster up" in said
    assert "\n" not in said


def test_status_shows_nodes_and_cost(
    cli: Cli, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each node, the memory of the cluster's own programs, where its kubeconfig is."""
    monkeypatch.setattr(Local, "status", lambda self: _status(""))
    assert cli("cluster", "status") == 0
    shown = capsys.readouterr().out
    assert "400 MiB in 2 programs" in shown
    assert "v1.34.4" in shown
    assert shown.count("Ready") == 2


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_sick_cluster_ends_in_6(
    words: tuple[str, ...], cli: Cli, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that is not Ready is shown with its reason, and a script sees it by the exit code."""
    monkeypatch.setattr(Local, "status", lambda self: _status("container runtime is down"))
    assert cli("cluster", "status", *words) == 6
    shown = capsys.readouterr().out
    assert "container runtime is down" in shown
    assert not words or json.loads(shown)["nodes"]["n1"] == "container runtime is down"


def test_removing_nothing_says_so(
    cli: Cli, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistyped name is seen; that there is nothing to remove is no failure."""
    monkeypatch.setattr(Local, "down", lambda self: False)
    assert cli("cluster", "down", "--name", "mistyped") == 0
    assert "nothing of a cluster 'mistyped'" in capsys.readouterr().err
