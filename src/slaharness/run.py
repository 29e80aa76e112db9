"""The pipeline. Read this file to understand everything.

load → BASELINE gate → fault → RECOVERY → load stops → whole again? → read back → measure → saved.
Judging comes after that and needs no cluster: `result.py`.
"""

import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial

from slaharness import baseline
from slaharness.chaos import guard, toolkit
from slaharness.chaos.put_back import put_back
from slaharness.chaos.toolkit import Experiment
from slaharness.checks.restore import attempts as restore_attempts
from slaharness.environment import Environment
from slaharness.errors import HarnessError, NotYet
from slaharness.events import NO_READBACK, WHOLE_AGAIN
from slaharness.host import wait
from slaharness.ledger import readback
from slaharness.load import locust, meter
from slaharness.metrics import noise
from slaharness.metrics.prometheus import SCRAPE_INTERVAL
from slaharness.metrics.source import Meter
from slaharness.model import CONTROL, FAULT, RECOVERY, Scenario
from slaharness.record import cluster_told, collect, pipeline
from slaharness.record.recorder import RunRecorder
from slaharness.record.run_record import RunRecord
from slaharness.record.store import RecordStore
from slaharness.report import live
from slaharness.settings.inputs import Inputs
from slaharness.stack import snapshot
from slaharness.stack.protocol import Priced, Readable, entrance, scrapes_load
from slaharness.stack.watch import watched
from slaharness.undo import journal as undo

#: Seconds for the stack to be whole again after the last window; what is not is residue.
PUT_BACK = 180.0
#: Seconds that an experiment may take beyond its window.
SLACK = 60.0


def execute(scenario: Scenario, inputs: Inputs, environment: Environment, store: RecordStore) -> None:
    """Run ``scenario`` once and save its record. Raises HarnessError when it cannot be run at all."""
    stack, run_id = environment.stack, uuid.uuid4().hex[:8]
    recorder = RunRecorder(store, _record(scenario, inputs, run_id, environment))
    store.save_objectives(inputs.objectives)
    store.save_services(inputs.services)
    store.save_prices(inputs.prices)
    with (
        recorder.trouble_kept(),
        _watched(environment, recorder) as seen,
        undo.journal(run_id) as journal,
        _data(inputs.experiment, environment, journal),
        noise.watched(environment.cgroups()) as machine,
        meter.opened(
            environment.cluster, stack, journal, images=environment.load_images, limit=_limit(scenario)
        ) as prometheus,
    ):
        before = snapshot.state(environment.cluster, stack.namespaces)
        with (
            _chaos(inputs, environment, journal, store) as chaos,
            _load(scenario, inputs, environment, journal) as load,
            live.shown(recorder, prometheus, seen),
        ):
            meter.scraped(stack, prometheus, load.workers)
            baseline.held(inputs.objectives, prometheus, recorder)
            if not recorder.record.problems:
                _strike(inputs.experiment, environment, chaos, recorder)
            with recorder.stage("Load: stopping, fetching the ledger"):
                prometheus.settle(time.time())  # RECOVERY's last scrapes come from the load itself
                load.ledger(store.ledger)
                (store.logs / "locust.log").write_text(load.log())
        _residue(before, environment, recorder)
        _read_back(environment, recorder)
        pipeline.keep(environment.stack, environment.cluster.api(), recorder)
        cluster_told.keep(environment.stack, environment.cluster.api(), recorder)
        _measured(inputs, prometheus, machine, recorder)
    recorder.finish()


def _record(scenario: Scenario, inputs: Inputs, run_id: str, environment: Environment) -> RunRecord:
    """The beginning of it, with what judging needs to know of the stack when that is gone."""
    stack = environment.stack
    interval = stack.prometheus.interval if stack.prometheus else SCRAPE_INTERVAL
    return RunRecord(
        scenario,
        run_id,
        place=environment.metadata(),
        columns=stack.columns if isinstance(stack, Readable) else None,
        control=inputs.experiment is None or not inputs.experiment.strikes,
        cost=stack.cost if isinstance(stack, Priced) else None,
        interval=interval,
        load_interval=interval if scrapes_load(stack) else SCRAPE_INTERVAL,
    )


@contextmanager
def _watched(environment: Environment, recorder: RunRecorder) -> Iterator[watched.Seen]:
    """What changed of the stack and when, as events of the run once it is over."""
    with watched.watched(environment.cluster.api(), environment.stack.namespaces) as seen:
        try:
            yield seen
        finally:
            recorder.events(sorted(seen, key=lambda one: one.at))


def _data(
    experiment: Experiment | None, environment: Environment, journal: undo.Journal
) -> AbstractContextManager[None]:
    """What an experiment may leave that takes data away: a stack of no use to the next run."""
    loses_data = experiment is not None and experiment.loses_data
    return journal.effect(*environment.data_loss_guard()) if loses_data else nullcontext()


@contextmanager
def _chaos(
    inputs: Inputs, environment: Environment, journal: undo.Journal, store: RecordStore
) -> Iterator[toolkit.Standby | None]:
    """Chaos Toolkit, loaded while the load warms up, under an account that can do no more than its faults."""
    if inputs.experiment is None:
        yield None
        return
    inside = environment.stack.namespaces
    with (
        guard.access(environment.cluster, inputs.experiment, journal, inside) as kubeconfig,
        put_back(environment.cluster, inputs.experiment, journal),
        toolkit.standby(kubeconfig, store.journal, journal.run, inputs.experiment) as chaos,
    ):
        yield chaos


def _load(
    scenario: Scenario, inputs: Inputs, environment: Environment, journal: undo.Journal
) -> AbstractContextManager[locust.Load]:
    """The load, in the undo journal for as long as it lasts."""
    stack, reference = environment.stack, environment.load_images[locust.NAME]
    entry = entrance(stack, environment.cluster.api())
    return locust.journaled(
        environment.cluster, inputs.load, journal, limit=_limit(scenario), host=entry.url,
        reference=reference, namespace=stack.load_namespace, authorities=entry.authorities,
    )  # fmt: skip


def _limit(scenario: Scenario) -> float:
    """Seconds after which the load ends in any case."""
    return baseline.STRETCHES * scenario.baseline + scenario.fault + scenario.recovery + 5 * SLACK


def _strike(
    experiment: Experiment | None,
    environment: Environment,
    chaos: toolkit.Standby | None,
    recorder: RunRecorder,
) -> None:
    """FAULT and RECOVERY; of a control run, as long without a fault."""
    if recorder.record.control or experiment is None or chaos is None:
        _control(chaos, recorder)
        return
    _fault(experiment, environment, chaos, recorder)
    if not recorder.record.problems:
        _recovery(recorder)


def _control(chaos: toolkit.Standby | None, recorder: RunRecorder) -> None:
    """What becomes of the stack by itself; the hypothesis of an experiment without a method is asked, too."""
    seconds = recorder.record.scenario.fault
    with recorder.stage(f"{CONTROL}: {seconds:g} s without a fault"):
        if chaos:
            recorder.control(chaos.run(within=SLACK))
        recorder.through(CONTROL, time.time(), seconds)


def _fault(
    experiment: Experiment, environment: Environment, chaos: toolkit.Standby, recorder: RunRecorder
) -> None:
    """Inject, unless there is nothing to hit; FAULT starts at the injection's own stamp."""
    seconds = recorder.record.scenario.fault
    with recorder.stage(f"{FAULT}: {experiment.title}") as now:
        for problem in toolkit.check_targets(experiment, environment.cluster.api()):
            recorder.problem(problem)
        if recorder.record.problems:
            return
        fault = chaos.run(within=seconds + SLACK)
        recorder.fault(fault)
        if backup := restore_attempts.window(recorder.record.timeline):
            recorder.window(backup)
        hit = ", ".join(fault.died) or "what the watch will tell"
        now.say(f"hit {hit}" if fault.strikes else "no strike")
        for own in fault.windows(recorder.through(FAULT, fault.started, seconds)):
            recorder.window(own)


def _recovery(recorder: RunRecorder) -> None:
    seconds, fault = recorder.record.scenario.recovery, recorder.record.timeline.window(FAULT)
    with recorder.stage(f"{RECOVERY}: {seconds:g} s of watching"):
        recorder.through(RECOVERY, fault.end if fault else time.time(), seconds)


def _residue(before: snapshot.Snapshot, environment: Environment, recorder: RunRecorder) -> None:
    """Wait until the stack stands as it did before the load; what does not is residue of the fault."""

    def differing() -> list[str]:
        return snapshot.diff(before, snapshot.state(environment.cluster, environment.stack.namespaces))

    with recorder.stage("Stack: whole again?") as now:
        try:
            wait.until(
                lambda: not differing(),
                within=PUT_BACK, every=0.5, what="the stack is as it was before", say=now.say,
            )  # fmt: skip
        except NotYet:
            recorder.residue(differing())
        recorder.event(WHOLE_AGAIN, "; ".join(recorder.record.residue))


def _read_back(environment: Environment, recorder: RunRecorder) -> None:
    """Fetch what the database holds now. What cannot be read makes the ledger's objectives UNKNOWN."""
    stack, api = environment.stack, environment.cluster.api()
    if not isinstance(stack, Readable):
        recorder.event(NO_READBACK, f"the stack {stack.name} does not say how its rows are read back")
        return
    if failure := restore_attempts.unreadable(recorder.record.timeline):
        recorder.event(NO_READBACK, failure)
        return
    with recorder.stage("Ledger: reading all back"):
        try:
            readback.whole(partial(stack.readback, api), recorder.store.readback, stack.columns)
        except HarnessError as error:
            recorder.event(NO_READBACK, str(error))


def _measured(inputs: Inputs, prometheus: Meter, machine: noise.Machine, recorder: RunRecorder) -> None:
    """Keep every objective over every window, and the series behind them."""
    asked, windows = inputs.objectives | inputs.services, recorder.record.timeline.windows
    with recorder.stage("Measuring"):
        if trouble := collect.keep(asked, windows, prometheus, recorder.store, machine.series):
            recorder.event("no series", trouble)
