"""What is answered of every run, whether its scenario asks or not: its own hypothesis, and what is left."""

from types import SimpleNamespace

import pytest

from slaharness.checks.hypothesis import hypothesis_afterwards
from slaharness.checks.no_residue import no_residue
from slaharness.events import WHOLE_AGAIN
from slaharness.model import (
    CONTROL,
    FAULT,
    RECOVERY,
    Afterwards,
    Event,
    FaultReport,
    Outcome,
    Scenario,
    Timeline,
    Verdict,
    Window,
)
from slaharness.record.run_record import RunRecord
from slaharness.record.store import RecordStore
from slaharness.result import RunResult

MET, MISSED, UNKNOWN = Outcome


def record(**told):
    return RunRecord(Scenario("kill", "load", "kill"), "r1", **told)


def asked_afterwards(afterwards, *, control=False, doubts=""):
    told = {"afterwards": afterwards} if control else {
        "fault": FaultReport("kill", "completed", 100.0, 101.0, afterwards=afterwards)
    }  # fmt: skip
    return hypothesis_afterwards(SimpleNamespace(record=record(control=control, **told), doubts=doubts))


NOT_LOOKED = "the record does not tell that the stack was compared with how it was before, once all was over"
DEVIATED, UNTOLD = Afterwards("'pods' said 2"), Afterwards("'pods' said 2", "not asked")


@pytest.mark.parametrize(("control", "over"), [(False, FAULT), (True, CONTROL)])
@pytest.mark.parametrize(
    ("afterwards", "doubts", "said"),
    [
        (Afterwards(), "", (MET, "as before", "its probes answer after the method as before it")),
        (DEVIATED, "", (MISSED, "deviated", "'pods' said 2")),
        (UNTOLD, "", (UNKNOWN, "none", "not asked")),
        (DEVIATED, "no fault", (UNKNOWN, "none", "no fault")),
        (UNTOLD, "no fault", (UNKNOWN, "none", "no fault")),
    ],
)
def test_the_hypothesis_holds_after_the_method_or_deviates(control, over, afterwards, doubts, said):
    """What is not known of it, or of the run, is neither; of a control run it is told of the run itself."""
    found = asked_afterwards(afterwards, control=control, doubts=doubts)
    outcome, seen, reason = said
    assert found == Verdict("steady-state-hypothesis", over, outcome, "as before", seen, None, reason)


def test_an_experiment_that_asks_nothing_afterwards_is_not_asked():
    assert asked_afterwards(None) is None
    assert asked_afterwards(None, control=True) is None


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"finished": True}, (MET, "as before", "every workload and node is as it was before")),
        ({"finished": True, "residue": ("a", "b")}, (MISSED, "2 differ", "a; b")),
        ({}, (UNKNOWN, "none", "the run did not come to its end")),
        ({"residue": ("a",)}, (UNKNOWN, "none", "the run did not come to its end")),
    ],
)
def test_what_is_left_of_a_fault_is_named(told, said):
    """Looked for at the end: a run without one does not say."""
    outcome, seen, reason = said
    expected = Verdict("no-residue", RECOVERY, outcome, "as before", seen, None, reason)
    assert no_residue(record(**told)) == expected


@pytest.mark.parametrize(
    ("looked", "residue", "outcome", "said"),
    [
        ((Event(150.0, WHOLE_AGAIN),), (), MET, "every workload and node is as it was before"),
        ((Event(150.0, WHOLE_AGAIN, "a"),), ("a",), MISSED, "a"),
        ((), ("a",), MISSED, "a"),
        ((), (), UNKNOWN, NOT_LOOKED),
        ((Event(149.0, WHOLE_AGAIN),), (), UNKNOWN, NOT_LOOKED),
        (
            (Event(151.0, WHOLE_AGAIN, "2 of 3 pods"),), (), UNKNOWN,
            "the record tells of nothing that was left behind, and that this was seen: 2 of 3 pods",
        ),
    ],
    ids=["nothing", "something", "told alone", "nobody looked", "looked too early", "seen, and not told"],
)  # fmt: skip
def test_that_nothing_is_left_rests_on_somebody_having_looked(looked, residue, outcome, said):
    """Once all was over; older records need not tell."""
    timeline = Timeline((Window(RECOVERY, 130.0, 150.0),), looked)
    found = no_residue(record(finished=True, version=1, residue=residue, timeline=timeline))
    assert (found.outcome, found.reason) == (outcome, said)


@pytest.mark.parametrize(
    ("afterwards", "names"),
    [(None, ["no-residue"]), (Afterwards(), ["steady-state-hypothesis", "no-residue"])],
)
def test_a_run_answers_what_there_is_to_ask(tmp_path, afterwards, names):
    store = RecordStore.create(tmp_path, "kill")
    store.save_objectives({})
    store.save_record(record(fault=FaultReport("kill", "completed", 100.0, 101.0, afterwards=afterwards)))
    assert [one.objective for one in RunResult(store).unasked] == names
