"""The pipeline itself, on a small Kubernetes API and a stack of one Deployment: what it saves and undoes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import echo
import pytest
from fake_api import activity, cluster, experiment, state
from stacks import ROOT, stack

from slaharness import run
from slaharness.chaos import toolkit
from slaharness.errors import ClusterTrouble, LoadTrouble, NotAllowed
from slaharness.events import NOT_TOLD
from slaharness.model import (
    BASELINE,
    FAULT,
    RECOVERY,
    Measurement,
    Objective,
    Op,
    Outcome,
    Phase,
    Scenario,
    SourceType,
)
from slaharness.record.store import RecordStore
from slaharness.result import RunResult
from slaharness.settings.inputs import Inputs
from slaharness.undo import journal as undo

__all__ = ["activity", "cluster", "experiment", "state"]

SCENARIO = Scenario("kill", load="steady-mix", experiment="kill", baseline=0.2, fault=0.2, recovery=0.2)
ANSWERS = Objective(
    "answers", "Users get an answer", "echo", SourceType.RATIO, "total", 0.99, Op.AT_LEAST, good="good"
)


class Meter:
    """A Prometheus by which that share of requests was answered, of one stretch after the other."""

    def __init__(self, *shares: float) -> None:
        self.share, *self.later = shares

    def watching(self, *_, **__) -> None: ...

    def settle(self, _end) -> None: ...

    def measure(self, objective, window):
        good = 1000 * self.share
        self.share, *self.later = self.later or [self.share]
        return Measurement(objective.name, window.phase, self.share, good, 1000.0, window=window)

    def measure_all(self, objectives, windows) -> Iterator[Measurement]:
        asked = list(objectives)
        return (self.measure(one, window) for one in asked for window in windows)

    def series(self, *_):
        return []


@pytest.fixture
def pipeline(cluster, experiment, tmp_path, monkeypatch):
    """Run the scenario on the fake cluster; return the record, whatever ends the run."""
    cluster.deployment("persistence", "echo", replicas=3, app="cassandra")
    share = {"answered": (1.0,)}

    @contextmanager
    def meter(*_, **__):
        yield Meter(*share["answered"])

    @contextmanager
    def running(*_, **__):
        if "load" in share:
            raise share["load"]
        yield echo.Load()

    monkeypatch.setattr(run.meter, "opened", meter)
    monkeypatch.setattr(run.locust, "running", running)
    readable = echo.Echo(
        **vars(stack(namespaces=("persistence",))), columns=echo.COLUMNS, readback_url="http://rows"
    )

    def execute(on=readable, scenario=SCENARIO, plan=None, **given):
        share.update(given)
        store = RecordStore.create(tmp_path, "kill")
        inputs = Inputs(
            toolkit.check(experiment(**(plan or {}))),
            ROOT / "loadprofiles/steady-mix.py",
            {"answers": ANSWERS, **share.pop("objectives", {})},
            {},
        )
        try:
            run.execute(scenario, inputs, echo.environment(cluster.info, on, tmp_path), store)
        finally:
            store = RecordStore.open(store.folder)
        return store

    return execute


def left(cluster) -> list[str]:
    """What a run makes in the cluster, and journals of what is not undone."""
    made = [name for kind in ("serviceaccounts", "roles", "rolebindings") for name in cluster.names(kind)]
    return [*made, *(file.name for file in undo.folder().glob("*.json"))]


def test_a_run_is_saved_whole_and_leaves_nothing(pipeline, cluster):
    """Windows in order, what the fault hit, ledger, readback, measurements; and what judging must know."""
    store = pipeline()
    record = store.record()
    assert record.finished
    assert [window.phase for window in record.timeline.windows] == [BASELINE, FAULT, RECOVERY]
    assert record.fault.died
    assert (record.problems, record.residue) == ((), ())
    assert {(one.objective, one.phase) for one in store.measurements()} == {
        ("answers", phase) for phase in (BASELINE, FAULT, RECOVERY)
    }
    assert store.ledger.is_file()
    assert store.readback.is_file()
    assert (record.columns, record.place["stack"]) == (echo.COLUMNS, "echo")
    assert len(cluster.names("pods")) == 2
    assert left(cluster) == []


def test_what_kubernetes_said_of_the_fault_is_kept(pipeline, cluster):
    """Its events and the pods' logs, for whoever asks why; the kubelet told of what it stopped."""
    store = pipeline()
    (said,) = store.told()
    assert said.name == "Killing"
    assert said.detail.endswith("Stopping container main")
    assert len(list(store.pod_logs.glob("persistence/*/main.log"))) == len(cluster.names("pods"))


def test_a_cluster_that_does_not_tell_ends_no_run(pipeline, monkeypatch):
    """For want of a right: an event says so, and every verdict is as it would be."""

    def refused(*_):
        raise ClusterTrouble("the API server refused: 403 Forbidden")

    monkeypatch.setattr(run.cluster_told.told, "events", refused)
    record = pipeline().record()
    assert record.finished
    assert record.problems == ()
    (said,) = [one.detail for one in record.timeline.events if one.name == NOT_TOLD]
    assert said.startswith("the API server refused: 403")


def test_each_of_several_faults_has_a_window(pipeline, activity, cluster):
    """From its strike to the next one; all of FAULT is there too, and every promise is measured over each."""
    kills = [activity.kill() | {"name": name} for name in ("kill one", "kill another")]
    kills[0]["pauses"] = {"after": 1}
    store = pipeline(scenario=replace(SCENARIO, fault=4.0), plan={"method": kills})
    first, second = (Phase.of_fault(one["name"]) for one in kills)
    windows = {one.phase: one for one in store.record().timeline.windows}
    assert list(windows) == [BASELINE, FAULT, first, second, RECOVERY]
    assert windows[FAULT].start == windows[first].start < windows[first].end == windows[second].start
    assert windows[second].end == windows[FAULT].end
    assert {one.phase for one in store.measurements()} == set(windows)
    finished = RunResult(store)
    verdicts = [finished.meets("answers", over=finished.fault(one["name"])) for one in kills]
    assert [one.outcome for one in verdicts] == [Outcome.MET] * 2
    assert len(cluster.names("pods")) == 1
    assert left(cluster) == []


def test_what_deviates_after_the_method_is_told_and_the_run_goes_on(pipeline, activity):
    """Three pods are to be Ready, before and after: the answer is a verdict, and no trouble of the run."""
    probe = activity.python(
        "probe", "three pods", "slaharness.faults.pods.pods_ready", "pods_ready",
        namespace="persistence", selector="app=cassandra", count=3, within=0.2,
    )  # fmt: skip
    asked = {"title": "t", "probes": [probe | {"tolerance": True}]}
    # Long enough for the pod to be seen to die in it, on a busy machine too.
    store = pipeline(scenario=replace(SCENARIO, fault=8.0), plan={"steady-state-hypothesis": asked})
    record = store.record()
    assert record.finished
    assert record.problems == ()
    assert "probe 'three pods' failed: " in record.fault.afterwards.deviation
    assert [one.outcome for one in RunResult(store).unasked] == [Outcome.MISSED, Outcome.MET]


def test_a_stack_that_is_not_well_is_not_broken(pipeline, cluster):
    """A promise that is missed before any fault stops the run: nothing is killed, and it is said why."""
    record = pipeline(answered=(0.5,)).record()
    assert "before any fault: MISSED: answers over BASELINE" in record.problems[0]
    assert len(record.problems) == 1
    assert record.fault is None
    assert len(cluster.names("pods")) == 3
    assert left(cluster) == []


def test_a_stack_that_has_yet_to_warm_up_is_waited_for(pipeline):
    """The first stretch that is calm is BASELINE, the only one; those before it are told."""
    record = pipeline(answered=(0.5, 0.7, 1.0)).record()
    assert record.problems == ()
    (baseline,) = (window for window in record.timeline.windows if window.phase is BASELINE)
    early = [event for event in record.timeline.events if event.name == "not calm yet"]
    assert ["50 %" in early[0].detail, "70 %" in early[1].detail] == [True, True]
    assert early[1].at <= baseline.start
    assert record.fault is not None


def counted(objective, window, value, *, no_data=False):
    return Measurement(objective.name, window.phase, value, value, value, window=window, no_data=no_data)


@pytest.mark.parametrize(("answers", "struck"), [(1000.0, True), (None, False)])
def test_what_is_about_another_load_keeps_no_fault_off(pipeline, monkeypatch, answers, struck):
    """It is not this stack that is unwell; where there is nothing to count at all, nobody knows of any."""
    others = replace(ANSWERS, name="others")
    monkeypatch.setattr(
        Meter,
        "measure",
        lambda _, asked, window: counted(
            asked, window, None if asked is others else answers, no_data=asked is others or answers is None
        ),
    )
    record = pipeline(objectives={"others": others}).record()
    assert (record.fault is not None) is struck
    assert any("others" in problem for problem in record.problems) is not struck


def test_a_load_that_does_not_start_is_recorded_and_all_is_undone(pipeline, cluster, tmp_path):
    """The fault's account is gone again; of the load nobody knows how far it came, so healing looks again."""
    with pytest.raises(LoadTrouble):
        pipeline(load=LoadTrouble("no rate"))
    (folder,) = (tmp_path / "kill").iterdir()
    record = RecordStore.open(folder).record()
    assert record.problems == ("the run could not go on: no rate",)
    assert not record.finished
    (journal,) = left(cluster)
    found = undo.parse((undo.folder() / journal).read_text(), journal)
    assert [one.what for one in found.entries] == ["load"]


def test_a_fault_stays_in_the_namespaces_of_the_stack(pipeline, cluster):
    """Also where another one carries the label that allows faults."""
    with pytest.raises(NotAllowed, match="persistence"):
        pipeline(on=replace(stack(), namespaces=("application",)))
    assert len(cluster.names("pods")) == 3
    assert left(cluster) == []


def test_a_stack_that_cannot_be_read_back_says_so(pipeline):
    """Its record is finished all the same; what needs the rows is UNKNOWN with that reason."""
    record = pipeline(on=stack(namespaces=("persistence",))).record()
    assert record.finished
    (why,) = [one.detail for one in record.timeline.events if one.name == "no readback"]
    assert why == "the stack echo does not say how its rows are read back"
