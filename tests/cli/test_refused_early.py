"""What cannot be is refused before anything is made or asked for, in one line that says what there is."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from slaharness.cli import cluster, history, main
from slaharness.cluster.local.provider import Local
from slaharness.model import FAULT, Outcome, Scenario, Verdict
from slaharness.record.run_record import RunRecord
from slaharness.record.store import RecordStore

Cli = Callable[..., tuple[int, str]]
SETTINGS = """
[stack]
kind = "kustomize"
name = "shop"
profiles = "deploy"
namespaces = ["shop"]
[load]
host = "http://shop"
registry = "{registry}"
"""


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """The exit code and words of the command line in a project that may use no cluster."""
    (tmp_path / "slaharness.toml").write_text(SETTINGS.format(registry=""))
    (tmp_path / "scenarios").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cluster, "choose", lambda **_: pytest.fail("work has begun"))

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["slaharness", *words])
        try:
            main()
        except SystemExit as ended:
            return int(ended.code or 0), capsys.readouterr().err
        return 0, capsys.readouterr().err

    return run


@pytest.mark.parametrize("command", [("run", "kill"), ("nightly",), ("deploy",), ("images", "push")])
@pytest.mark.parametrize("address", ["http://", "ftp://registry.example.org", "registry.example.org/Team"])
def test_an_address_that_is_no_registrys_is_refused(cli: Cli, command: tuple[str, ...], address: str) -> None:
    """A cluster would be made and images built before anybody asks for it."""
    code, said = cli(*command, "--registry", address)
    assert code == 4
    assert said.startswith(f"slaharness: registry {address!r}: expected HOST[:PORT][/PATH]")
    assert said.count("\n") == 1


def test_one_in_the_settings_is_refused_when_they_are_read(cli: Cli, tmp_path: Path) -> None:
    """With its place."""
    (tmp_path / "slaharness.toml").write_text(SETTINGS.format(registry="http://"))
    code, said = cli("deploy")
    assert code == 4
    assert "slaharness.toml: load.registry" in said
    assert "expected HOST[:PORT][/PATH]" in said


def test_a_profile_that_there_is_not_is_refused(cli: Cli, tmp_path: Path) -> None:
    """With those that there are, before a cluster is looked for."""
    (tmp_path / "deploy" / "core").mkdir(parents=True)
    (tmp_path / "deploy" / "core" / "kustomization.yaml").write_text("resources: []\n")
    code, said = cli("deploy", "--profile", "nope")
    assert code == 4
    assert "no profile 'nope'" in said
    assert "core" in said


def test_a_cluster_that_is_not_up_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that makes that one, not another."""
    monkeypatch.setattr(cluster, "choose", lambda name, **_: Local(name))
    monkeypatch.setattr(Local, "find", lambda self: None)
    code, said = cli("undeploy", "--name", "mine")
    assert code == 4
    assert "cluster 'mine' is not up; make it with `slaharness cluster up --name mine`" in said


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """Runs of two scenarios."""
    for name in ("kill", "evict"):
        store = RecordStore.create(tmp_path / "reports", name)
        store.save_record(RunRecord(Scenario(name, "mix", "kill"), "r1"))
        store.save_verdicts((Verdict("orders", FAULT, Outcome.MET, "≥ 99 %", "100 %", 1_000, "so it is"),))
    return tmp_path / "reports"


@pytest.mark.parametrize(
    ("scenarios", "said"),
    [
        ({"kill", "evict"}, "no scenario 'nope' in {}; there are runs of: evict, kill"),
        ({"kill", "nope"}, "no run of 'nope' in {}; there are runs of: evict, kill"),
        (set(), "no run of 'nope' in {}; there are runs of: evict, kill"),
    ],
    ids=["mistyped", "never ran", "no project"],
)
def test_history_of_nothing_says_what_there_is(
    cli: Cli, reports: Path, monkeypatch: pytest.MonkeyPatch, scenarios: set[str], said: str
) -> None:
    """Whether the name is wrong, or it has not run."""
    monkeypatch.setattr(history, "_scenarios", lambda: scenarios)
    code, found = cli("history", "nope")
    assert code == 4
    assert found.strip() == f"slaharness: {said.format(reports)}"
