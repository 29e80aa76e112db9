"""What we conclude: the steps of `slaharness.run` on a small world, judged from the record they leave."""

import os
import signal
import time
import uuid

import requests
import yaml

from lab import objectives
from lab.situations import BASELINE, FAULT, LIMIT, RECOVERY, Situation
from lab.world import SetUpError, World
from slaharness.chaos import toolkit
from slaharness.chaos.allowed import Allowed
from slaharness.cluster.api import Endpoint
from slaharness.errors import BadInput, HarnessError
from slaharness.metrics.prometheus import Prometheus
from slaharness.model import Objective, Outcome, Phase, Scenario, Verdict
from slaharness.objectives.judge import judge
from slaharness.record import collect
from slaharness.record.recorder import RunRecorder
from slaharness.record.run_record import RunRecord
from slaharness.record.store import RecordStore
from slaharness.result import RunResult

#: Seconds after the fault at which a user presses Ctrl-C.
CTRL_C = 2.0


def conclude(situation: Situation, world: World) -> tuple[str, str]:
    """The verdict as one word, and its reason."""
    world.live()
    try:
        objective = objectives.objective(situation.asks, world.folder)
    except BadInput as error:
        return Outcome.UNKNOWN, f"refused: {error}"
    try:  # its rollback makes a folder, which no module of ours does
        experiment = toolkit.check(_experiment(situation, world), Allowed(modules=("os",)))
    except BadInput as error:
        raise SetUpError(str(error)) from error
    store = RecordStore.create(world.folder / "reports", "verdicts")
    store.save_objectives({objective.name: objective})
    recorder = RunRecorder(store, RunRecord(Scenario("verdicts", "", "kill"), uuid.uuid4().hex[:8]))
    try:
        _run(situation, world, objective, experiment, recorder)
    except HarnessError as error:
        recorder.problem(f"the run could not go on: {error}")
    world.save_ledger(store.ledger, whole=situation.ledger)
    verdict = _asked(RunResult(RecordStore.open(store.folder)), situation, objective)
    broken = situation.interrupted and not world.marker.exists()
    return verdict.outcome + (", left broken" if broken else ""), verdict.reason


def _run(
    situation: Situation,
    world: World,
    objective: Objective,
    experiment: toolkit.Experiment,
    recorder: RunRecorder,
) -> None:
    prometheus = Prometheus(Endpoint(world.prometheus.url, requests.Session()))
    cluster = world.cluster.info
    with toolkit.standby(
        cluster.kubeconfig, recorder.store.journal, recorder.record.run_id, experiment
    ) as chaos:
        prometheus.watching("load")
        before = recorder.through(Phase.BASELINE, time.time(), BASELINE)
        prometheus.settle(before.end)
        calm = judge(objective, prometheus.measure(objective, before))
        if calm.outcome is not Outcome.MET:
            recorder.problem(f"before any fault: {calm}")
        for problem in toolkit.check_targets(experiment, world.cluster.info.api()):
            recorder.problem(problem)
        if recorder.record.problems:
            return
        if situation.interrupted:
            interrupt = (chaos._child.pid, signal.SIGINT)  # noqa: SLF001 what our process does on Ctrl-C
            world.once_struck = lambda _: os.kill(*interrupt)
        fault = chaos.run(within=60)
    recorder.fault(fault)
    if situation.interrupted:
        return
    during = recorder.through(Phase.FAULT, fault.started, FAULT)
    after = recorder.through(Phase.RECOVERY, during.end, RECOVERY)
    prometheus.settle(after.end)
    collect.keep({objective.name: objective}, (before, during, after), prometheus, recorder.store)
    recorder.finish()


def _asked(run: RunResult, situation: Situation, objective: Objective) -> Verdict:
    if situation.asks == "recovery":
        return run.recovered(within=LIMIT)
    return run.meets(objective.name, over=Phase.FAULT)


def _experiment(situation: Situation, world: World) -> "os.PathLike[str]":
    arguments = {"namespace": "application", "selector": situation.selector, "within": 3}
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
