"""What an experiment gets of this machine: no variables, files and privileges beyond what it names."""

import os
import pwd
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from slaharness.chaos import confinement, toolkit
from slaharness.chaos.allowed import Allowed
from slaharness.chaos.format.variables import Given

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root has privileges to give up")
SPY = """
import json, os
def look(*, into: str) -> None:
    with open(into, "w") as file:
        json.dump({"env": dict(os.environ), "uid": os.getuid(), "groups": os.getgroups(),
                   "home": os.listdir(os.environ["HOME"])}, file)
"""


def test_the_environment_holds_what_the_experiment_names_and_little_else(
    experiment: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own configuration's and secrets' variables, not the credentials beside them."""
    monkeypatch.setenv("APP", "web")
    monkeypatch.setenv("CLOUD_SECRET", "hush")
    monkeypatch.setenv("KUBERNETES_CONTEXT", "another")
    file = experiment(
        configuration={"app": {"type": "env", "key": "APP"}},
        secrets={"s": {"token": {"type": "env", "key": "APP_TOKEN"}}},
    )
    plan = toolkit.check(file, given=Given(environment={"APP_TOKEN": "t"}))
    with confinement.home(plan) as own:
        env = confinement.environment(plan, own, "r1")
        assert list(own.folder.iterdir()) == []
    assert (env["APP"], env["APP_TOKEN"], env["RUN_ID"]) == ("web", "t", "r1")
    assert env["HOME"] == env["TMPDIR"] == str(own.folder)
    assert not {"CLOUD_SECRET", "KUBERNETES_CONTEXT", "KUBECONFIG", "PYTHONPATH"} & env.keys()
    assert not own.folder.exists()


@ROOT
def test_privileges_are_given_up_where_nothing_needs_them(
    experiment: Callable[..., Path], activity: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files are the unprivileged user's own; a fault on this machine's disks keeps root, and says so."""
    monkeypatch.setattr(confinement, "open_to_all", lambda _path: True)
    nobody = pwd.getpwnam("nobody")
    with confinement.home(toolkit.check(experiment())) as own:
        assert (own.user, own.group, own.why) == (nobody.pw_uid, nobody.pw_gid, "")
        held = own.put("kubeconfig", "x").stat()
        assert (held.st_uid, held.st_mode & 0o777) == (nobody.pw_uid, 0o600)
        assert own.folder.stat().st_uid == nobody.pw_uid
    lose = activity.python(
        "action", "lose", "slaharness.faults.backup.lose_pod_storage", "lose_pod_storage",
        namespace="persistence", name="cassandra",
    )  # fmt: skip
    plan = toolkit.check(experiment(method=[lose]))
    with confinement.home(plan) as own:
        assert (own.user, own.why) == (None, "one of its faults works on this machine's disks")


@ROOT
def test_where_privileges_cannot_be_given_up_it_is_said(
    experiment: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A Python that only root can read could not be started by anybody else."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "python").touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(closed / "python"))
    with confinement.home(toolkit.check(experiment())) as own:
        assert (own.user, own.why) == (None, f"only root can read {closed / 'python'}")


def test_a_closed_folder_above_closes_what_is_in_it(tmp_path: Path) -> None:
    """Others need to enter every folder on the way."""
    assert confinement.open_to_all(Path("/"))
    (tmp_path / "a").mkdir()
    (tmp_path / "a").chmod(0o700)
    (tmp_path / "a/b").touch(mode=0o644)
    assert not confinement.open_to_all(tmp_path / "a/b")


def test_an_experiment_runs_in_its_own_empty_home(
    cluster: Any, experiment: Callable[..., Path], activity: SimpleNamespace, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Seen from the inside: no secret of ours, and no file but its own two."""
    monkeypatch.setenv("CLOUD_SECRET", "hush")
    (tmp_path / "spy.py").write_text(SPY)
    seen = tmp_path / "seen.json"
    look = activity.python("probe", "look", "spy", "look", into=str(seen))
    plan = toolkit.check(experiment(method=[activity.kill(), look]), Allowed(("spy",), tmp_path))
    with toolkit.standby(cluster.info.kubeconfig, tmp_path / "journal.json", "r1", plan) as chaos:
        told = chaos.run(within=60)
    assert told.problems == ()
    text = seen.read_text()
    assert "hush" not in text
    assert '"home": ["kubeconfig", "experiment.yaml"]' in text or '"home": ["experiment.yaml"' in text
