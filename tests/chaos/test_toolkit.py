"""Chaos Toolkit as a child process: what it did is told, and it never outlives us."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from slaharness.chaos import toolkit
from slaharness.chaos.allowed import Allowed
from slaharness.chaos.experiment import Experiment
from slaharness.host import interrupt
from slaharness.host.wait import until

SPY = """
import sys
def note(event, args):
    if event == "socket.getaddrinfo":
        open({file!r}, "a").write(f"{{args[0]}} {{args[1]}}\\n")
sys.addaudithook(note)
"""
HARNESS = """
import sys
from pathlib import Path
from slaharness.chaos import toolkit
from slaharness.chaos.allowed import Allowed
from slaharness.host.interrupt import undoing
file, access, journal = map(Path, sys.argv[1:])
with undoing():
    with toolkit.standby(access, journal, "r1", toolkit.check(file, Allowed(modules=("os",)))) as chaos:
        chaos.run(200)
"""


def check(file: Path, folder: Path | None = None) -> Experiment:
    """Some make a folder with ``os.mkdir``, to show that they ran."""
    return toolkit.check(file, Allowed(modules=("os",), folder=folder))


def test_a_fault_is_run_and_told(cluster: Any, experiment: Callable[..., Path], tmp_path: Path) -> None:
    """The report names what died and when; the journal and the log lie side by side in the record."""
    with toolkit.standby(
        cluster.info.kubeconfig, tmp_path / "journal.json", "r1", check(experiment())
    ) as chaos:
        told = chaos.run(within=60)
    assert told.problems == ()
    assert (told.experiment, told.status) == ("kill", "completed")
    assert told.died == ("persistence/cassandra-0",)
    assert (tmp_path / "journal.log").read_text().count("Action: kill") == 1
    assert "slaharness-r1/1" in cluster.agents, "the API server notes who changed an object by this name"


def test_nothing_but_the_cluster_is_contacted(
    cluster: Any, experiment: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No check for a newer version, no telemetry, no settings of the user's: only the API is asked."""
    spied = tmp_path / "spied"
    (tmp_path / "sitecustomize.py").write_text(SPY.format(file=str(spied)))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".chaostoolkit").mkdir()
    channel = {"notifications": {"spy": {"type": "http", "url": "http://198.18.255.1:9/"}}}
    (tmp_path / ".chaostoolkit" / "settings.yaml").write_text(str(channel))
    file = check(experiment(), folder=tmp_path)
    with toolkit.standby(cluster.info.kubeconfig, tmp_path / "journal.json", "r1", file) as chaos:
        chaos.run(within=60)
    port = cluster.server.server_port
    assert set(spied.read_text().splitlines()) == {f"127.0.0.1 {port}"}


def test_a_fault_that_hits_nothing_is_a_problem(
    cluster: Any, experiment: Callable[..., Path], activity: SimpleNamespace, tmp_path: Path
) -> None:
    """Each cause reaches the report in words, and a failing rollback beside it: nothing hides the other."""
    method = [
        activity.kill(selector="app=ghost"),
        activity.kill(namespace="nowhere"),
        activity.kill(namespace="load"),
    ]
    file = experiment(method=method, rollbacks=[activity.mkdir(tmp_path / "no" / "such")])
    with toolkit.standby(cluster.info.kubeconfig, tmp_path / "journal.json", "r1", check(file)) as chaos:
        told = chaos.run(within=60)
    assert told.status == "completed"
    assert [problem.split(";")[0].split(":")[0] for problem in told.problems] == [
        "action 'kill' failed",
        "action 'kill' failed",
        "action 'kill' failed",
        "no action succeeded",
        "rollback 'make a folder' failed",
    ]
    assert "'app=ghost' in persistence, found 0 running" in told.problems[0]
    assert "namespace nowhere does not exist" in told.problems[1]
    assert "namespace load is not labelled" in told.problems[2]
    assert len(cluster.names("pods")) == 3


def test_what_only_stands_by_has_done_nothing(
    cluster: Any, experiment: Callable[..., Path], tmp_path: Path
) -> None:
    """A run that ends before its fault leaves no child, and nothing was asked of the cluster."""
    with toolkit.standby(cluster.info.kubeconfig, tmp_path / "journal.json", "r1", check(experiment())):
        (child,) = psutil.Process().children()
    assert not child.is_running()
    assert cluster.requests == []
    assert not (tmp_path / "journal.json").exists()


def test_a_standby_that_died_is_told(cluster: Any, experiment: Callable[..., Path], tmp_path: Path) -> None:
    """A child that something killed before its order: a problem in words, no pod is harmed."""
    with toolkit.standby(
        cluster.info.kubeconfig, tmp_path / "journal.json", "r1", check(experiment())
    ) as chaos:
        (child,) = psutil.Process().children()
        child.kill()
        until(lambda: child.status() == psutil.STATUS_ZOMBIE, within=10, what="it is dead")
        told = chaos.run(within=60)
    assert told.problems[0].startswith("Chaos Toolkit ended with -9 and no journal: it said nothing")
    assert len(cluster.names("pods")) == 3


@pytest.fixture
def once_killed(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Any], None]], None]:
    """Have something done to the child at the moment when the pod of its experiment is dead."""

    def arrange(do: Callable[[Any], None]) -> None:
        class Child(subprocess.Popen):  # type: ignore[type-arg]
            waited = False

            def wait(self, timeout: float | None = None) -> int:
                if not self.waited:
                    self.waited = True
                    until(lambda: "cassandra-0" not in cluster.names("pods"), within=60, what="the kill")
                    do(self)
                return super().wait(timeout)

        monkeypatch.setattr(toolkit.subprocess, "Popen", Child)

    return arrange


@pytest.fixture(params=[signal.default_int_handler, signal.SIG_IGN], ids=["foreground", "background"])
def interrupts(request: pytest.FixtureRequest) -> Iterator[None]:
    """Start programs as a terminal does, and as a shell does that is told to go on: deaf to SIGINT."""
    before = signal.signal(signal.SIGINT, request.param)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
def test_a_fault_that_takes_too_long_is_stopped_and_rolled_back(
    once_killed: Any, cluster: Any, experiment: Callable[..., Path], activity: SimpleNamespace, tmp_path: Path
) -> None:
    """The kill before it is told with its stamp, the rollback ran, and that it was stopped is told."""

    def time_is_up(child: Any) -> None:
        until(lambda: "Probe: hang" in (tmp_path / "journal.log").read_text(), within=60, what="it hangs")
        raise subprocess.TimeoutExpired("chaos", 7)

    once_killed(time_is_up)
    file = experiment(
        method=[activity.kill(), activity.hang()], rollbacks=[activity.mkdir(tmp_path / "rolled")]
    )
    with toolkit.standby(cluster.info.kubeconfig, tmp_path / "journal.json", "r1", check(file)) as chaos:
        told = chaos.run(within=7)
    assert told.problems[0] == "the experiment did not end within 7 s and was stopped"
    assert told.died == ("persistence/cassandra-0",)
    assert told.status == "interrupted"
    assert (tmp_path / "rolled").is_dir()


def test_ctrl_c_while_rollbacks_run_waits_for_them(  # noqa: PLR0917 - fixtures
    once_killed: Any, cluster: Any, experiment: Callable[..., Path], activity: SimpleNamespace,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Of an experiment that took too long: what it undoes is undone, and told, before we end."""
    end = toolkit._end

    def pressed(child: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        end(child)

    def time_is_up(child: Any) -> None:
        until(lambda: "Probe: hang" in (tmp_path / "journal.log").read_text(), within=60, what="it hangs")
        raise subprocess.TimeoutExpired("chaos", 7)

    monkeypatch.setattr(toolkit, "_end", pressed)
    once_killed(time_is_up)
    file = experiment(
        method=[activity.kill(), activity.hang()], rollbacks=[activity.mkdir(tmp_path / "rolled")]
    )
    with (
        interrupt.undoing(),
        pytest.raises(KeyboardInterrupt),
        toolkit.standby(cluster.info.kubeconfig, tmp_path / "journal.json", "r1", check(file)) as chaos,
    ):
        chaos.run(within=7)
    assert (tmp_path / "rolled").is_dir()
    assert '"status": "interrupted"' in (tmp_path / "journal.json").read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may go first; others run as they are")
def test_an_experiment_goes_first_once_it_has_its_order(
    once_killed: Any, cluster: Any, experiment: Callable[..., Path], tmp_path: Path
) -> None:
    """Not while it loads, when it would disturb a baseline; then before what it puts to the test."""
    once_killed(lambda child: seen.append(psutil.Process(child.pid).nice()))
    seen: list[int] = []
    with toolkit.standby(
        cluster.info.kubeconfig, tmp_path / "journal.json", "r1", check(experiment())
    ) as chaos:
        (child,) = psutil.Process().children()
        seen.append(child.nice())
        chaos.run(within=60)
    assert seen[1] == seen[0] - 10


def test_a_killed_experiment_proves_nothing(
    once_killed: Any, cluster: Any, experiment: Callable[..., Path], activity: SimpleNamespace, tmp_path: Path
) -> None:
    """Chaos Toolkit itself SIGKILLed leaves no journal: the report says that nothing is known."""
    once_killed(lambda child: child.kill())
    file = experiment(method=[activity.kill(), activity.hang()])
    with toolkit.standby(cluster.info.kubeconfig, tmp_path / "journal.json", "r1", check(file)) as chaos:
        told = chaos.run(within=60)
    assert told.status == "lost"
    assert told.problems[0].startswith("Chaos Toolkit ended with -9 and no journal: ")


@pytest.fixture
def harness(cluster: Any, experiment: Callable[..., Path], activity: SimpleNamespace, tmp_path: Path) -> Any:
    """A harness process in the middle of an experiment, with its child: ``(harness, child)``."""
    file = experiment(
        method=[activity.kill(), activity.hang()], rollbacks=[activity.mkdir(tmp_path / "rolled")]
    )
    words = [sys.executable, "-c", HARNESS, file, cluster.info.kubeconfig, tmp_path / "journal.json"]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as process:
        killed = lambda: cluster.names("pods") == ["cassandra-1", "cassandra-2"]  # noqa: E731
        until(killed, within=60, what="the experiment has killed its pod")
        (child,) = psutil.Process(process.pid).children()
        yield process, child
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_an_interrupt_rolls_back_and_leaves_no_child(harness: Any, number: int, tmp_path: Path) -> None:
    """Ctrl-C and SIGTERM in the middle of a fault: its rollbacks have run before the harness ends."""
    process, child = harness
    process.send_signal(number)
    process.wait(60)
    assert (tmp_path / "rolled").is_dir()
    assert not child.is_running()
    assert '"status": "interrupted"' in (tmp_path / "journal.json").read_text()


def test_a_killed_harness_takes_the_experiment_with_it(harness: Any, tmp_path: Path) -> None:
    """SIGKILL: nobody is left to watch, so the child rolls back by itself and goes."""
    process, child = harness
    process.kill()
    process.wait(60)
    until(
        lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, within=30, what="it ended"
    )
    assert (tmp_path / "rolled").is_dir()


def test_a_cluster_on_this_machine_is_reached_by_no_proxy(
    cluster: Any, experiment: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that the user has for the world knows no way to our own addresses; theirs stay as they are."""
    monkeypatch.setenv("NO_PROXY", "example.org")
    with toolkit.standby(cluster.info.kubeconfig, tmp_path / "journal.json", "r1", check(experiment())):
        (child,) = psutil.Process().children()
        assert child.environ()["NO_PROXY"] == "example.org,198.18.0.0/15"
