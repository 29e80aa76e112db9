"""The pipeline. Read this file to understand everything.

load → BASELINE gate → fault → RECOVERY → load stops → whole again? → read back → measure → saved.
Judging comes after that and needs no cluster: `finished.py`.
"""

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial

from slaharness.chaos import guard, toolkit
from slaharness.chaos.toolkit import Experiment
from slaharness.checks import restore_attempts as backups
from slaharness.environment import Site
from slaharness.errors import HarnessError, NotYet
from slaharness.host import wait
from slaharness.inputs import Inputs
from slaharness.ledger import readback
from slaharness.load import locust, manifest
from slaharness.metrics.prometheus import Prometheus
from slaharness.model import BASELINE, FAULT, RECOVERY, Objective, Outcome, Scenario, SourceType
from slaharness.objectives.judge import judge
from slaharness.record import collect as measurements
from slaharness.record.store import RecordStore, RunRecord, RunRecorder
from slaharness.stack import snapshot, watch
from slaharness.stack.objects import namespaces
from slaharness.undo import journal as undo

#: Seconds for the stack to be whole again after the last window; what is not is residue.
PUT_BACK = 180.0
#: Seconds that an experiment may take beyond its window.
SLACK = 60.0


def execute(scenario: Scenario, inputs: Inputs, site: Site, store: RecordStore) -> None:
    """Run ``scenario`` once and save its record. Raises HarnessError when it cannot be run at all."""
    run_id = uuid.uuid4().hex[:8]
    recorder = RunRecorder(store, RunRecord(scenario, run_id, place=site.place()))
    store.save_objectives(inputs.objectives)
    store.save_services(inputs.services)
    store.save_prices(inputs.prices)
    prometheus = Prometheus(site.cluster.api().endpoint("observability", "prometheus", 9090))
    with (
        _trouble_recorded(recorder),
        _watched(site, recorder),
        undo.journal(run_id) as journal,
        _data(inputs.experiment, site, journal),
    ):
        before = snapshot.state(site.cluster)
        with _chaos(inputs, site, journal, store) as chaos, _load(scenario, inputs, site, journal) as load:
            prometheus.watching("load", load.workers)
            _baseline(inputs.objectives, prometheus, recorder)
            if not recorder.record.problems:
                _fault(inputs.experiment, site, chaos, recorder)
            if not recorder.record.problems:
                _recovery(recorder)
            with recorder.stage("Load: stopping, fetching the ledger"):
                # The last scrapes that RECOVERY needs come from the load itself.
                prometheus.settle(time.time())
                load.ledger(store.ledger)
                (store.logs / "locust.log").write_text(load.log())
        _residue(before, site, recorder)
        _read_back(site, recorder)
        _measured(inputs, prometheus, recorder)
    recorder.finish()


@contextmanager
def _trouble_recorded(recorder: RunRecorder) -> Iterator[None]:
    """Whatever ends a run early stands in its record."""
    try:
        yield
    except KeyboardInterrupt:
        recorder.problem("the run was interrupted")
        raise
    except HarnessError as error:
        recorder.problem(f"the run could not go on: {error}")
        raise


@contextmanager
def _watched(site: Site, recorder: RunRecorder) -> Iterator[None]:
    """What changed of the stack and when, as events of the run once it is over."""
    api = site.cluster.api()
    with watch.watched(api, [one for one in namespaces(api) if one != "load"]) as seen:
        try:
            yield
        finally:
            recorder.events(sorted(seen, key=lambda one: one.at))


def _data(experiment: Experiment, site: Site, journal: undo.Journal) -> AbstractContextManager[None]:
    """What an experiment may leave that takes data away: a stack of no use to the next run."""
    return journal.effect(*site.losing()) if experiment.loses_data else nullcontext()


@contextmanager
def _chaos(
    inputs: Inputs, site: Site, journal: undo.Journal, store: RecordStore
) -> Iterator[toolkit.Standby]:
    """Chaos Toolkit, loaded while the load warms up, under an account that can do no more than its faults."""
    inside = namespaces(site.cluster.api())
    with (
        guard.access(site.cluster, inputs.experiment, journal, inside) as kubeconfig,
        toolkit.standby(kubeconfig, store.journal, journal.run, inputs.experiment) as chaos,
    ):
        yield chaos


def _load(
    scenario: Scenario, inputs: Inputs, site: Site, journal: undo.Journal
) -> AbstractContextManager[locust.Load]:
    """The load, in the undo journal for as long as it lasts."""
    run_id, limit = journal.run, scenario.baseline + scenario.fault + scenario.recovery + 5 * SLACK
    names = manifest.objects(inputs.load, image="", run_id=run_id, limit=limit, host="")
    entry = undo.objects("load", site.cluster, names)
    return journal.effect(
        entry,
        locust.running(site.cluster, inputs.load, run_id=run_id, limit=limit, reference=site.load_image),
    )


def _baseline(objectives: Mapping[str, Objective], prometheus: Prometheus, recorder: RunRecorder) -> None:
    """Let BASELINE pass; a stack that misses an objective with no fault is not one to break."""
    seconds = recorder.record.scenario.baseline
    with recorder.stage(f"{BASELINE}: {seconds:g} s without a fault"):
        window = recorder.through(BASELINE, time.time(), seconds)
        prometheus.settle(window.end)
        for objective in objectives.values():
            if objective.source is not SourceType.LEDGER:
                verdict = judge(objective, prometheus.measure(objective, window))
                if verdict.outcome is not Outcome.MET:
                    recorder.problem(f"before any fault: {verdict}")


def _fault(experiment: Experiment, site: Site, chaos: toolkit.Standby, recorder: RunRecorder) -> None:
    """Inject, unless there is nothing to hit; FAULT starts at the injection's own stamp."""
    seconds = recorder.record.scenario.fault
    with recorder.stage(f"{FAULT}: {experiment.title}") as now:
        for problem in toolkit.check_targets(experiment, site.cluster.api()):
            recorder.problem(problem)
        if recorder.record.problems:
            return
        fault = chaos.run(within=seconds + SLACK)
        recorder.fault(fault)
        if backup := backups.window(recorder.record.timeline):
            recorder.window(backup)
        now.say(
            f"hit {', '.join(fault.died) or 'what the watch will tell'}" if fault.strikes else "no strike"
        )
        recorder.through(FAULT, fault.started, seconds)


def _recovery(recorder: RunRecorder) -> None:
    seconds, fault = recorder.record.scenario.recovery, recorder.record.timeline.window(FAULT)
    with recorder.stage(f"{RECOVERY}: {seconds:g} s of watching"):
        recorder.through(RECOVERY, fault.end if fault else time.time(), seconds)


def _residue(before: snapshot.Snapshot, site: Site, recorder: RunRecorder) -> None:
    """Wait until the stack stands as it did before the load; what does not is residue of the fault."""
    with recorder.stage("Stack: whole again?") as now:
        try:
            wait.until(
                lambda: not snapshot.diff(before, snapshot.state(site.cluster)),
                within=PUT_BACK, every=0.5, what="the stack is as it was before", say=now.say,
            )  # fmt: skip
        except NotYet:
            recorder.residue(snapshot.diff(before, snapshot.state(site.cluster)))
        recorder.event("whole again", "; ".join(recorder.record.residue))


def _read_back(site: Site, recorder: RunRecorder) -> None:
    """Fetch what the database holds now. What cannot be read makes the ledger's objectives UNKNOWN."""
    if failure := backups.unreadable(recorder.record.timeline):
        recorder.event("no readback", failure)
        return
    with recorder.stage("Ledger: reading all back"):
        try:
            endpoint = site.cluster.api().endpoint("application", "readings", 8000)
            save = partial(readback.fetch, endpoint, "export?consistency=ALL")
            readback.whole(save, recorder.store.readback)
        except HarnessError as error:
            recorder.event("no readback", str(error))


def _measured(inputs: Inputs, prometheus: Prometheus, recorder: RunRecorder) -> None:
    """Keep every objective over every window, and the series behind them."""
    asked, windows = inputs.objectives | inputs.services, recorder.record.timeline.windows
    with recorder.stage("Measuring"):
        if trouble := measurements.keep(asked, windows, prometheus, recorder.store):
            recorder.event("no series", trouble)
