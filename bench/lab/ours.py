"""What we conclude: the steps of `slaharness.run` on a small world, judged from the record they leave."""

import os
import signal
import time
import uuid

import requests
import yaml

from lab.situations import BASELINE, FAULT, LIMIT, RECOVERY, Situation
from lab.world import BUCKET, COUNTER, World
from slaharness.chaos import toolkit
from slaharness.cluster.api import Endpoint
from slaharness.errors import HarnessError
from slaharness.metrics.prometheus import Prometheus
from slaharness.model import Objective, Op, Outcome, Phase, Scenario, SourceType, Verdict
from slaharness.objectives.judge import judge
from slaharness.record import collect as measurements
from slaharness.record.store import RecordStore, RunRecord, RunRecorder
from slaharness.result import RunResult

#: Seconds after the fault at which a user presses Ctrl-C.
CTRL_C = 2.0


def conclude(situation: Situation, world: World) -> tuple[str, str]:
    """The verdict as one word, and its reason."""
    world.live()
    store = RecordStore.create(world.folder / "reports", "verdicts")
    objective = _objective(situation)
    store.save_objectives({objective.name: objective})
    recorder = RunRecorder(store, RunRecord(Scenario("verdicts", "", "kill"), uuid.uuid4().hex[:8]))
    try:
        _run(situation, world, objective, recorder)
    except HarnessError as error:
        recorder.problem(f"the run could not go on: {error}")
    world.save_ledger(store.ledger)
    verdict = _asked(RunResult(RecordStore.open(store.folder)), situation, objective)
    broken = situation.interrupted and not world.marker.exists()
    return verdict.outcome + (", left broken" if broken else ""), verdict.reason


def _run(situation: Situation, world: World, objective: Objective, recorder: RunRecorder) -> None:
    prometheus = Prometheus(Endpoint(world.prometheus.url, requests.Session()))
    experiment = toolkit.check(_experiment(situation, world))
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
    measurements.keep({objective.name: objective}, (before, during, after), prometheus, recorder.store)
    recorder.finish()


def _asked(run: RunResult, situation: Situation, objective: Objective) -> Verdict:
    if situation.asks == "recovery":
        return run.recovered(within=LIMIT)
    return run.meets(objective.name, over=Phase.FAULT)


def _objective(situation: Situation) -> Objective:
    good = {
        "latency": f'{BUCKET}{{job="load", outcome="ok", le="0.3"}}',
        "nothing": 'no_such_total{job="load", outcome="ok"}',
    }.get(situation.asks, f'{COUNTER}{{job="load", outcome="ok"}}')
    total = f'{COUNTER}{{job="load"}}'
    grown = [f"sum({series} @ $end) - sum({series} @ $start)" for series in (good, total)]
    return Objective(
        "answers", "Users get an answer", "api", SourceType.RATIO, grown[1], 0.99, Op.AT_LEAST,
        good=grown[0], floor=100,
    )  # fmt: skip


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
    return {
        "title": situation.name,
        "description": situation.name,
        "method": [action],
        "rollbacks": [{"type": "action", "name": "restore", "provider": {"type": "python", **restore}}],
    }
