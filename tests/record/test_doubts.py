"""Whether a fault was seen to happen inside its window, told from records made by hand."""

from dataclasses import replace

import pytest

from slaharness.events import (
    NODE_CHANGED,
    POD_CREATED,
    POD_GONE,
    POD_READY,
    STRUCK,
    WATCH_ENDED,
    WORKLOAD_CHANGED,
)
from slaharness.model import (
    BASELINE,
    FAULT,
    RECOVERY,
    Event,
    FaultReport,
    Scenario,
    Strike,
    Timeline,
    Window,
)
from slaharness.record.doubts import doubts
from slaharness.record.run_record import RunRecord

#: FAULT is 100 to 130; an action of others struck at its beginning.
FOREIGN = Strike("end a pod", 100.0, 101.0, proven=False, namespace="application", hit=("web-0",))
ANYTHING = replace(FOREIGN, hit=())
OURS = Strike("kill", 100.0, 101.0, proven=True)
GONE = Event(100.4, POD_GONE, "application/web-0")


def told(*strikes, events=(GONE,)):
    fault = FaultReport("e", "completed", 100.0, 101.0, strikes=strikes)
    timeline = Timeline((Window(FAULT, 100.0, 130.0),), tuple(events))
    return list(doubts(RunRecord(Scenario("e", "l", "e"), "r1", timeline, fault, finished=True)))


@pytest.mark.parametrize(
    ("strikes", "events"),
    [
        ((FOREIGN,), (GONE,)),
        ((OURS,), ()),
        ((ANYTHING,), (Event(129.0, WORKLOAD_CHANGED, "application/Deployment/web: was changed"),)),
        (
            (replace(ANYTHING, namespace=""),),
            (Event(110.0, NODE_CHANGED, "n1: was Ready, is Ready, cordoned"),),
        ),
        ((), ()),
    ],
    ids=["the pod went", "with its own proof", "a workload changed", "a node changed", "an old record"],
)
def test_a_fault_that_was_seen_to_take_effect_leaves_no_doubt(strikes, events):
    assert told(*strikes, events=events) == []


@pytest.mark.parametrize(
    ("strike", "events", "said"),
    [
        (FOREIGN, (), "no effect was seen"),
        (ANYTHING, (), "no effect was seen"),
        (ANYTHING, (Event(99.0, POD_GONE, "application/web-0"),), "no effect was seen"),
        (ANYTHING, (Event(130.5, POD_GONE, "application/web-0"),), "no effect was seen"),
        (ANYTHING, (Event(101.0, POD_GONE, "elsewhere/web-0"),), "no effect was seen"),
        (ANYTHING, (Event(101.0, POD_READY, "application/web-0"),), "no effect was seen"),
        (ANYTHING, (Event(101.0, POD_CREATED, "application/web-9"),), "no effect was seen"),
        (replace(FOREIGN, pods=3), (GONE,), "3 pods were asked for, and it hit 1"),
        (
            replace(FOREIGN, hit=("web-0", "web-1")), (GONE,),
            "no effect was seen on web-1, 1 of 2 that it hit",
        ),
        (
            replace(FOREIGN, hit=("web",), replicas=5),
            (Event(100.2, WORKLOAD_CHANGED, "application/Deployment/web: wants 4 pods, wanted 3"),),
            "5 replicas were asked for and not seen",
        ),
    ],
    ids=["its pod stayed", "nothing", "before", "after", "elsewhere", "only got well", "only came",
         "fewer than asked for", "one of two", "another size"],
)  # fmt: skip
def test_an_action_whose_effect_nobody_saw_proves_nothing(strike, events, said):
    """Whatever it says of itself: what changed is what the watch saw, where and while it struck."""
    assert told(strike, events=events) == [f"action 'end a pod': {said}"]


def test_a_watch_that_had_ended_is_named():
    """So that a person knows why nothing was seen."""
    blind = Event(90.0, WATCH_ENDED, "pods: the API server is away")
    assert told(FOREIGN, events=(blind,)) == [
        "action 'end a pod': no effect was seen; not watched: pods: the API server is away"
    ]


def test_each_of_several_actions_has_to_have_an_effect_of_its_own():
    """What the first one did does not stand for the second."""
    second = replace(ANYTHING, action="again", at=110.0)
    assert told(ANYTHING, second) == ["action 'again': no effect was seen"]


@pytest.mark.parametrize(
    ("at", "said"), [(130.5, "0.5 s after FAULT had ended"), (99.0, "1.0 s before FAULT began")]
)
def test_a_strike_outside_its_window_is_measured_by_nobody(at, said):
    """Of ours by its stamp, of others by when the action ran."""
    (doubt,) = told(OURS, events=(Event(at, STRUCK, "application/web-0 on n1"),))
    assert doubt.startswith(f"application/web-0 on n1: struck {said}")
    assert any(said in one for one in told(OURS, replace(OURS, at=at)))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"started": 97.0}, "outside of it"),
        ({"started": 3700.0}, "outside of it"),
        ({"problems": ("x did not die",)}, "x did not die"),
        ({"matched": ("a", "b"), "died": ("a",)}, "2 matched, 1 died"),
    ],
)
def test_a_fault_that_is_not_what_was_told_is_in_doubt(changed, said):
    """A clock that was moved, a part of a record that another part contradicts."""
    fault = replace(FaultReport("e", "completed", 100.0, 101.0, strikes=(OURS,)), **changed)
    timeline = Timeline((Window(FAULT, 100.0, 130.0),))
    found = doubts(RunRecord(Scenario("e", "l", "e"), "r1", timeline, fault, finished=True))
    assert said in "; ".join(found)


@pytest.mark.parametrize(
    ("version", "told", "said"),
    [
        (0, {}, ""),
        (1, {}, "no fault was seen to happen"),
        (1, {"died": ("a",), "matched": ("a",)}, ""),
        (1, {"events": (Event(101.0, "work began"),)}, ""),
    ],
    ids=["an old record", "nothing", "victims", "what it stamped"],
)
def test_a_fault_that_tells_nothing_was_not_seen_to_happen(version, told, said):
    """Of old records it was not asked; their version says which those are."""
    windows = (Window(BASELINE, 70.0, 90.0), Window(FAULT, 100.0, 130.0), Window(RECOVERY, 130.0, 150.0))
    fault = FaultReport("e", "completed", 100.0, 101.0, **told)
    record = RunRecord(
        Scenario("e", "l", "e"), "r1", Timeline(windows), fault, finished=True, version=version
    )
    assert said in "; ".join(doubts(record))
    assert bool(said) is bool(list(doubts(record)))
    short = replace(record, timeline=Timeline(windows[1:]))
    assert ("no window BASELINE" in "; ".join(doubts(short))) is bool(version)


def test_a_fault_without_its_window_is_in_doubt():
    """Nor is what was read back afterwards of any run with that fault."""
    fault = FaultReport("e", "completed", 100.0, 101.0, strikes=(OURS,))
    assert list(doubts(RunRecord(Scenario("e", "l", "e"), "r1", Timeline(), fault, finished=True)))
