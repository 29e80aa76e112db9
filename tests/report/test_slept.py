"""A record of a service that slept and woke, judged without a cluster: a good one, and spoilt ones."""

import pytest

from slaharness.checks.scale_to_zero import REPLICAS
from slaharness.errors import BadInput, Inconclusive
from slaharness.events import (
    ASLEEP,
    FIRST_SUCCESS,
    POD_CREATED,
    POD_READY,
    SCALER_ACTIVE,
    WATCHED_UNTIL,
    WORK_ARRIVED,
    WORK_ENDED,
)
from slaharness.metrics.evidence import Series
from slaharness.model import BASELINE, FAULT, RECOVERY, Event, FaultReport, Scenario, Timeline, Window
from slaharness.record.run_record import RunRecord
from slaharness.record.store import RecordStore
from slaharness.result import RunResult

WATCHED = "application/forecast"
LABELS = {"__name__": REPLICAS, "namespace": "application", "deployment": "forecast", "job": "replicas"}


def wake(start):
    """Work at ``start``, answered three seconds later, asleep again twelve seconds after that."""
    return (
        Event(start, WORK_ARRIVED),
        Event(start + 1, SCALER_ACTIVE),
        Event(start + 1, POD_CREATED, f"{WATCHED}-{start}"),
        Event(start + 2.8, POD_READY, f"{WATCHED}-{start}"),
        Event(start + 3, FIRST_SUCCESS),
        Event(start + 3, WORK_ENDED, "1"),
        Event(start + 15, ASLEEP),
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
                (*wake(20), *wake(50), Event(until, WATCHED_UNTIL, WATCHED)),
            ),
            FaultReport("wakes", "completed", 20, 90), problems=tuple(problems), finished=True,
        ))  # fmt: skip
        return RunResult(store)

    return make


def test_good_record_is_met(record):
    """Both wakes in time, and asleep at the end."""
    run = record()
    assert run.cold_started(within="5s", wakes=2)
    assert run.scaled_to_zero(within="15s")
    assert [verdict.objective for verdict in run.verdicts] == ["cold-started", "scaled-to-zero"]


def test_record_of_a_slow_stack_is_missed(record):
    """The same record against tighter limits."""
    run = record()
    assert not run.cold_started(within="2s", wakes=2)
    assert not run.scaled_to_zero(within="10s")


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
    verdict = record(**spoilt).scaled_to_zero(within="15s")
    with pytest.raises(Inconclusive, match=reason):
        bool(verdict)


def test_whatever_is_asked_of_a_run_with_a_problem_is_unknown(record):
    """Each answer says why, and none is a number."""
    run = record(problems=("the experiment did not end",))
    answers = (
        run.scaled_to_zero(within=15), run.cold_started(within=5), run.stayed_awake(),
        run.scaled_out(to=3, within=30), run.scaled_in(to=0, within=30), run.drained(within=30, tasks=1),
    )  # fmt: skip
    assert {(one.outcome, one.reason) for one in answers} == {("UNKNOWN", "the experiment did not end")}


def test_the_names_of_the_last_release_still_ask(record):
    """With a warning that says the new one."""
    run = record()
    with pytest.warns(DeprecationWarning, match=r"run\.slept is now run\.scaled_to_zero"):
        assert run.slept(within="15s")


def test_a_check_or_a_limit_that_there_is_not_is_named(record):
    """With those there are; it is no verdict."""
    with pytest.raises(AttributeError, match=r"no check 'recoverd'; there are: .*recovered"):
        record().recoverd(within="15s")
    with pytest.raises(BadInput, match=r"run\.recovered\(\): .*'within'"):
        record().recovered(limit="15s")
