"""What we conclude: `slaharness.run` itself on a small world, judged from the record that it leaves."""

import multiprocessing
import os
import signal
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import echo
import requests
import yaml
from stacks import ROOT, stack

from lab import objectives
from lab.situations import BASELINE, FAULT, LIMIT, RECOVERY, Situation
from lab.world import SetUpError, World
from slaharness import run
from slaharness.chaos import toolkit
from slaharness.chaos.allowed import Allowed
from slaharness.cluster.provider import ClusterInfo
from slaharness.errors import BadInput, HarnessError
from slaharness.host import interrupt, paths
from slaharness.host.progress import console
from slaharness.model import Objective, Outcome, Phase, Scenario, Verdict
from slaharness.record.store import RecordStore
from slaharness.result import RunResult
from slaharness.settings.inputs import Inputs
from slaharness.stack.protocol import PrometheusAt

#: Seconds after the fault at which a user presses Ctrl-C.
CTRL_C = 2.0
#: The experiment's rollback makes a folder, which no module of ours does.
ALLOWED = Allowed(modules=("os",))
SCENARIO = Scenario(
    "verdicts", load="steady-mix", experiment="kill", baseline=BASELINE, fault=FAULT, recovery=RECOVERY
)
#: Each run has a process of its own, as users' runs have: what it is told by signals is told to no other.
PROCESSES = multiprocessing.get_context("forkserver")


@dataclass(frozen=True)
class Asked:
    """A run, in terms that another process understands."""

    cluster: ClusterInfo
    prometheus: str
    users: str
    experiment: Path
    objective: Objective
    store: RecordStore


def conclude(situation: Situation, world: World) -> tuple[str, str]:
    """The verdict as one word, and its reason."""
    world.live()
    try:
        objective = objectives.objective(situation.asks, world.folder)
    except BadInput as error:
        return Outcome.UNKNOWN, f"refused: {error}"
    file = _experiment(situation, world)
    try:
        toolkit.check(file, ALLOWED)
    except BadInput as error:
        raise SetUpError(str(error)) from error
    store = RecordStore.create(world.folder / "reports", "verdicts")
    asked = Asked(world.cluster.info, world.prometheus.url, world.url, file, objective, store)
    _run(asked, world, interrupted=situation.interrupted)
    verdict = _verdict(RunResult(RecordStore.open(store.folder)), situation, objective)
    broken = situation.interrupted and not world.marker.exists()
    return verdict.outcome + (", left broken" if broken else ""), verdict.reason


def _run(asked: Asked, world: World, *, interrupted: bool) -> None:
    """Raise RuntimeError when it ends otherwise than saved, or stopped by an error of ours."""
    process = PROCESSES.Process(target=execute, args=(asked,))
    process.start()
    if interrupted:
        world.once_struck = lambda _: os.kill(process.pid, signal.SIGINT)
    process.join()
    if process.exitcode:
        raise RuntimeError(f"the run ended with {process.exitcode}")


def execute(asked: Asked) -> None:
    """The pipeline as it is; only who sends the load is our own. What goes wrong is in the record."""
    folder = asked.experiment.parent
    paths.STATE, console.quiet = folder / "state", True
    experiment, load = toolkit.check(asked.experiment, ALLOWED), ROOT / "loadprofiles/steady-mix.py"
    inputs = Inputs(experiment, load, {asked.objective.name: asked.objective}, {})
    on = stack(prometheus=PrometheusAt(url=asked.prometheus))
    environment = echo.environment(asked.cluster, on, folder)
    with (
        mock.patch.object(run.locust, "running", return_value=nullcontext(_load(asked.users))),
        suppress(HarnessError, KeyboardInterrupt),
        interrupt.undoing(),
    ):
        run.execute(SCENARIO, inputs, environment, asked.store)


def _load(users: str) -> echo.Load:
    """The world's users, who tell what became of their requests."""
    return echo.Load(lambda: requests.get(f"{users}/ledger", timeout=10).content)


def _verdict(result: RunResult, situation: Situation, objective: Objective) -> Verdict:
    if situation.asks == "recovery":
        return result.recovered(within=LIMIT)
    return result.meets(objective.name, over=Phase.FAULT)


def _experiment(situation: Situation, world: World) -> Path:
    arguments = {"namespace": "application", "selector": situation.selector, "within": situation.within}
    kill = {"module": "slaharness.faults.pods.kill_pods", "func": "kill_pods", "arguments": arguments}
    file = world.folder / "kill.yaml"
    file.write_text(yaml.safe_dump(experiment(situation, world, kill)))
    return file


def experiment(situation: Situation, world: World, kill: dict[str, object]) -> dict[str, object]:
    """One action with its rollback, in Chaos Toolkit's format: the same for whoever runs it."""
    restore = {"module": "os", "func": "mkdir", "arguments": {"path": str(world.marker)}}
    action = {"type": "action", "name": "kill", "provider": {"type": "python", **kill}}
    if situation.interrupted:
        action["pauses"] = {"after": 10 * CTRL_C}
    if situation.pause:
        action["pauses"] = {"before": situation.pause}
    return {
        "title": situation.name,
        "description": situation.name,
        "method": [action],
        # A probe, since an action must keep to a namespace: the marker is the bench's, not the cluster's.
        "rollbacks": [{"type": "probe", "name": "restore", "provider": {"type": "python", **restore}}],
    }
