"""A record of a service that slept and woke, judged without a cluster: a good one, and spoilt ones."""

import pytest

from slaharness import events as stamps
from slaharness.checks.scale_to_zero import REPLICAS
from slaharness.errors import Inconclusive
from slaharness.metrics.evidence import Series
from slaharness.model import BASELINE, FAULT, RECOVERY, Event, FaultReport, Scenario, Timeline, Window
from slaharness.record.store import RecordStore, RunRecord
from slaharness.result import RunResult

WATCHED = "application/forecast"
LABELS = {"__name__": REPLICAS, "namespace": "application", "deployment": "forecast", "job": "replicas"}


def wake(start):
    """Work at ``start``, answered three seconds later, asleep again twelve seconds after that."""
    return (
        Event(start, stamps.WORK_ARRIVED),
        Event(start + 1, stamps.SCALER_ACTIVE),
        Event(start + 1, stamps.POD_CREATED, f"{WATCHED}-{start}"),
        Event(start + 2.8, stamps.POD_READY, f"{WATCHED}-{start}"),
        Event(start + 3, stamps.FIRST_SUCCESS),
        Event(start + 3, stamps.WORK_ENDED, "1"),
        Event(start + 15, stamps.ASLEEP),
    )


@pytest.fixture
def record(tmp_path):
    """The record of two wakes and a long sleep, until 100 s."""

    def make(*, problems=(), until=100, pods=True):
        store = RecordStore.create(tmp_path, "wakes")
        store.save_objectives({})
        store.save_measurements(())
        awake = {at for start in (20, 50) for at in range(start + 1, start + 15)}
        samples = tuple((float(at), float(at in awake)) for at in range(until))
        store.save_series([Series(LABELS, samples)] if pods else [])
        spans = ((BASELINE, 0, 20), (FAULT, 20, 90), (RECOVERY, 90, 100))
        store.save_record(RunRecord(
            Scenario("wakes", "steady-mix", "wakes"), "r1",
            Timeline(
                tuple(Window(*span) for span in spans),
                (*wake(20), *wake(50), Event(until, stamps.WATCHED_UNTIL, WATCHED)),
            ),
            FaultReport("wakes", "completed", 20, 90), problems=tuple(problems), finished=True,
        ))  # fmt: skip
        return RunResult(store)

    return make


def test_good_record_is_met(record):
    """Both wakes in time, and asleep at the end."""
    run = record()
    assert run.woke(within="5s", wakes=2)
    assert run.slept(within="15s")
    assert [verdict.objective for verdict in run.verdicts] == ["wake", "sleep"]


def test_record_of_a_slow_stack_is_missed(record):
    """The same record against tighter limits."""
    run = record()
    assert not run.woke(within="2s", wakes=2)
    assert not run.slept(within="10s")


@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        ({"problems": ("the watch broke",)}, "the watch broke"),
        ({"pods": False}, "promised samples"),
        ({"until": 70}, "it was looked at for 2.0 s only"),
    ],
)
def test_spoilt_record_is_inconclusive(record, spoilt, reason):
    """A watch that broke, samples that are not there, an end that came too soon."""
    verdict = record(**spoilt).slept(within="15s")
    with pytest.raises(Inconclusive, match=reason):
        bool(verdict)


def test_whatever_is_asked_of_a_run_with_a_problem_is_unknown(record):
    """Each answer says why, and none is a number."""
    run = record(problems=("the experiment did not end",))
    answers = (
        run.slept(within=15), run.woke(within=5), run.stayed_awake(), run.scaled_out(to=3, within=30),
        run.scaled_in(to=0, within=30), run.worked_off(within=30, tasks=1),
    )  # fmt: skip
    assert {(one.outcome, one.reason) for one in answers} == {("UNKNOWN", "the experiment did not end")}
