"""Whether a fault was seen to happen inside its window, told from records made by hand."""

from dataclasses import replace

import pytest

from slaharness.events import (
    NODE_CHANGED,
    POD_CREATED,
    POD_GONE,
    POD_NOT_READY,
    POD_READY,
    STRUCK,
    WATCH_ENDED,
    WORKLOAD_CHANGED,
)
from slaharness.model import (
    BACKUP,
    BASELINE,
    CONTROL,
    FAULT,
    RECOVERY,
    Afterwards,
    Event,
    FaultReport,
    Phase,
    Scenario,
    Strike,
    Timeline,
    Window,
)
from slaharness.record.doubts import doubt_over, doubts
from slaharness.record.run_record import RunRecord

#: FAULT is 100 to 130; an action of others struck at its beginning.
FOREIGN = Strike("end a pod", 100.0, 101.0, proven=False, namespace="application", hit=("web-0",))
ANYTHING = replace(FOREIGN, hit=())
OURS = Strike("kill", 100.0, 101.0, proven=True)
GONE = Event(100.4, POD_GONE, "application/web-0")
LEFT = replace(GONE, name=POD_NOT_READY)


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
        ((FOREIGN,), (GONE, Event(100.5, POD_GONE, "application/web-9"))),
        ((FOREIGN,), (replace(GONE, at=100.0),)),
        ((FOREIGN,), (replace(GONE, at=130.0),)),
        ((replace(FOREIGN, pods=1),), (GONE,)),
        (
            (replace(FOREIGN, hit=("web",), replicas=5),),
            (Event(100.2, WORKLOAD_CHANGED, "application/Deployment/web: wants 5 pods, wanted 3"),),
        ),
        (
            (replace(FOREIGN, action="kill"), replace(ANYTHING, at=110.0)),
            (replace(GONE, at=112.0), replace(LEFT, at=112.0)),
        ),
        ((ANYTHING, replace(ANYTHING, action="too")), (LEFT,)),
        ((replace(OURS, at=130.0),), ()),
        ((OURS,), (Event(1.0, POD_GONE, "application/web-0"),)),
        ((), ()),
    ],
    ids=[
        "the pod went",
        "with its own proof",
        "a workload changed",
        "a node changed",
        "another pod went as well",
        "at once",
        "at the very end",
        "as many as asked for",
        "the size asked for",
        "after the next one, by name",
        "of two at once",
        "struck at the very end",
        "what is no strike came before",
        "an old record",
    ],
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
            replace(FOREIGN, hit=("web-0", "web-1", "web-2")), (GONE,),
            "no effect was seen on web-1, web-2, 2 of 3 that it hit",
        ),
        (
            replace(FOREIGN, hit=("web",), replicas=5),
            (Event(100.2, WORKLOAD_CHANGED, "application/Deployment/web: wants 4 pods, wanted 3"),),
            "5 replicas were asked for and not seen",
        ),
        (
            replace(FOREIGN, replicas=5), (replace(GONE, detail="application/web-0: wants 5 pods"),),
            "5 replicas were asked for and not seen",
        ),
        (
            replace(FOREIGN, hit=("web",), replicas=5),
            (
                Event(100.2, WORKLOAD_CHANGED, "application/Deployment/web: wants 4 pods, wanted 3"),
                Event(100.3, WORKLOAD_CHANGED, "application/Deployment/api: wants 5 pods, wanted 3"),
            ),
            "5 replicas were asked for and not seen",
        ),
    ],
    ids=["its pod stayed", "nothing", "before", "after", "elsewhere", "only got well", "only came",
         "fewer than asked for", "one of two", "two of three", "another size", "a size that no workload has",
         "the size of another"],
)  # fmt: skip
def test_an_action_whose_effect_nobody_saw_proves_nothing(strike, events, said):
    """Whatever it says of itself: what changed is what the watch saw, where and while it struck."""
    assert told(strike, events=events) == [f"action 'end a pod': {said}"]


def test_a_pod_that_only_goes_is_no_effect_of_an_action_that_names_none():
    """Pods of Jobs come to their end and go; one that served was not ready any more before it went."""
    job = Event(101.0, POD_GONE, "application/backup-29384-x7")
    assert told(ANYTHING, events=(job,)) == ["action 'end a pod': no effect was seen"]
    assert told(ANYTHING, events=(LEFT, GONE)) == []
    assert told(replace(FOREIGN, hit=("backup-29384-x7",)), events=(job,)) == []


def test_a_watch_that_had_ended_is_named():
    """So that a person knows why nothing was seen."""
    blind = Event(90.0, WATCH_ENDED, "pods: the API server is away")
    assert told(FOREIGN, events=(blind,)) == [
        "action 'end a pod': no effect was seen; not watched: pods: the API server is away"
    ]
    assert told(FOREIGN, events=(replace(blind, at=131.0),)) == ["action 'end a pod': no effect was seen"]
    at_the_end = replace(blind, at=130.0)
    assert len(told(FOREIGN, events=(at_the_end,))[0]) > len("action 'end a pod': no effect was seen")


def test_each_of_several_actions_has_to_have_an_effect_of_its_own():
    """What the first one did does not stand for the second."""
    second = replace(ANYTHING, action="again", at=110.0)
    assert told(ANYTHING, second, events=(LEFT,)) == ["action 'again': no effect was seen"]


def test_what_a_later_strike_did_does_not_stand_for_an_earlier_one_that_was_told_after_it():
    """A journal is in the order in which actions began, and some wait before they strike."""
    late = replace(OURS, at=110.0, ended=111.0)
    assert told(late, ANYTHING, events=(replace(GONE, at=112.0),)) == [
        "action 'end a pod': no effect was seen"
    ]


@pytest.mark.parametrize(
    ("at", "said"), [(130.5, "0.5 s after FAULT had ended"), (99.0, "1.0 s before FAULT began")]
)
def test_a_strike_outside_its_window_is_measured_by_nobody(at, said):
    """Of ours by its stamp, of others by when the action ran."""
    (doubt,) = told(OURS, events=(Event(at, STRUCK, "application/web-0 on n1"),))
    assert doubt.startswith(f"application/web-0 on n1: struck {said}")
    assert any(said in one for one in told(OURS, replace(OURS, at=at)))


@pytest.mark.parametrize(("ended", "sound"), [(101.0, True), (130.0, True), (130.1, False), (171.5, False)])
def test_an_effect_that_was_seen_only_after_fault_was_not_seen_in_it(ended, sound):
    """An action of ours ends when it has seen its victims die: that may take longer than the window."""
    late = replace(OURS, ended=ended)
    assert (told(late) == []) is sound
    assert told(replace(FOREIGN, ended=ended)) == []  # what the watch saw decides there
    if not sound:
        assert f"only {ended - 130:.1f} s after FAULT had ended; make its window longer" in told(late)[0]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"started": 97.0}, "the fault began -3.0 s from where FAULT does, outside of it"),
        ({"started": 3700.0}, "outside of it"),
        ({"problems": ("x did not die",)}, "x did not die"),
        ({"matched": ("a", "b"), "died": ("a",)}, "2 matched, 1 died"),
        ({"matched": ("s/a on n1",), "died": ("s/b",)}, "s/a was hit and not seen to die, s/b was"),
        ({"matched": ("s/a on n1", "s/b on n1"), "died": ("s/a", "s/a")}, "s/b was hit and not seen to die"),
        (
            {"matched": ("s/a on n1", "s/b on n2"), "died": ("s/c", "s/d")},
            "s/a, s/b was hit and not seen to die, s/c, s/d was",
        ),
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
        (1, {"died": ("a",)}, ""),
        (1, {"matched": ("a",)}, "1 matched, 0 died"),
        (1, {"strikes": (OURS,), "matched": ("a",), "died": ("a",)}, ""),
        (1, {"strikes": (OURS,)}, "kill: with proof of what was hit, which is told of 0"),
        (1, {"died": ("a",), "status": "aborted"}, "the experiment ended 'aborted', not 'completed'"),
        (1, {"died": ("a",), "status": "deviated", "afterwards": Afterwards("'pods' said 2")}, ""),
        (1, {"died": ("a",), "experiment": "drain"}, "the fault is of drain, and the run of e"),
        (0, {"status": "aborted", "experiment": "drain", "strikes": (OURS,)}, ""),
        (1, {"events": (Event(101.0, "work began"),)}, ""),
    ],
    ids=[
        "an old record",
        "nothing",
        "victims",
        "dead",
        "matched",
        "a strike",
        "a strike on nothing",
        "broken off",
        "its hypothesis deviated",
        "of another experiment",
        "an old one of another",
        "what it stamped",
    ],
)
def test_a_fault_that_tells_nothing_was_not_seen_to_happen(version, told, said):
    """Of old records it was not asked; their version says which those are."""
    windows = (Window(BASELINE, 70.0, 90.0), Window(FAULT, 100.0, 130.0), Window(RECOVERY, 130.0, 150.0))
    fault = replace(FaultReport("e", "completed", 100.0, 101.0), **told)
    record = RunRecord(
        Scenario("e", "l", "e"), "r1", Timeline(windows), fault, finished=True, version=version
    )
    assert said in "; ".join(doubts(record))
    assert len(list(doubts(record))) == bool(said)
    assert list(doubts(replace(record, finished=False))) == ["the run did not come to its end"]
    short = replace(record, timeline=Timeline(windows[1:]))
    assert ("no window BASELINE" in "; ".join(doubts(short))) is bool(version)


def test_a_fault_without_its_window_is_in_doubt():
    """Nor is what was read back afterwards of any run with that fault."""
    fault = FaultReport("e", "completed", 100.0, 101.0, strikes=(OURS,))
    assert list(doubts(RunRecord(Scenario("e", "l", "e"), "r1", Timeline(), fault, finished=True)))


def record(**changed):
    """A finished run of that format without a fault."""
    windows = (Window(BASELINE, 70.0, 90.0), Window(CONTROL, 100.0, 130.0))
    made = RunRecord(Scenario("e", "l", "e"), "r1", Timeline(windows), finished=True, control=True, version=1)
    return replace(made, **changed)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, []),
        ({"control": False, "version": 0}, ["no fault was injected"]),
        ({"timeline": Timeline(), "version": 0}, []),
        (
            {"timeline": Timeline()},
            ["the record has no window BASELINE, CONTROL, which every such run has"],
        ),
        ({"timeline": Timeline(), "problems": ("the load died", "the load died")}, ["the load died"]),
        ({"control": False}, ["the record has no window FAULT, RECOVERY, which every such run has"]),
        (
            {"fault": FaultReport("e", "completed", 100.0, 101.0)},
            ["the record has no window FAULT: the fault that it tells of belongs to another run"],
        ),
    ],
    ids=[
        "sound",
        "no fault",
        "an old record",
        "no windows",
        "a run that broke off",
        "of a fault",
        "with one",
    ],
)
def test_a_run_that_claims_no_fault_needs_none(changed, said):
    """But it needs its windows, unless it says itself why they are missing."""
    assert list(doubts(record(**changed))) == said


def test_what_the_run_and_its_fault_say_alike_is_said_once():
    fault = FaultReport("e", "completed", 100.0, 101.0, strikes=(OURS,), problems=("x did not die", "y"))
    timeline = Timeline((Window(FAULT, 100.0, 130.0),))
    found = doubts(record(control=False, version=0, timeline=timeline, fault=fault, problems=("y", "z")))
    assert list(found) == ["y", "z", "x did not die"]


@pytest.mark.parametrize(("started", "sound"), [(100.0, True), (130.0, True), (99.9, False), (130.1, False)])
def test_a_fault_begins_inside_its_window(started, sound):
    """At one of its ends is inside."""
    fault = FaultReport("e", "completed", started, 131.0, strikes=(OURS,))
    timeline = Timeline((Window(FAULT, 100.0, 130.0),))
    found = list(doubts(record(control=False, version=0, timeline=timeline, fault=fault)))
    assert (found == []) is sound


ONE, TWO = Phase.of_fault("kill"), Phase.of_fault("end a pod")
SECOND = replace(FOREIGN, at=110.0, ended=111.0)


def of_two(first=OURS, second=SECOND, *, events=(), **windows):
    """A run of two faults, each with a window of its own; ``windows`` says where they are instead."""
    own = {"one": Window(ONE, 100.0, 110.0), "two": Window(TWO, 110.0, 130.0)} | windows
    names = tuple(f"s/{one.action}" for one in (first, second) if one.proven)
    fault = FaultReport("e", "completed", 100.0, 111.0, names, names, strikes=(first, second))
    whole = (Window(BASELINE, 70.0, 90.0), Window(FAULT, 100.0, 130.0), Window(RECOVERY, 130.0, 150.0))
    timeline = Timeline((*whole, *filter(None, own.values())), tuple(events))
    return record(control=False, timeline=timeline, fault=fault)


def test_two_faults_in_their_windows_leave_no_doubt_over_either():
    run = of_two(events=[replace(GONE, at=112.0)])
    assert list(doubts(run)) == []
    assert [doubt_over(run, one) for one in (ONE, TWO, FAULT, BASELINE)] == [""] * 4


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"one": None}, "kill: the record has no window of its own for it"),
        ({"one": Window(ONE, 101.0, 110.0)}, "kill: struck -1.0 s from where its own window begins"),
        ({"two": Window(TWO, 90.0, 109.0)}, "end a pod: struck 20.0 s from where its own window begins"),
        (
            {"two": Window(TWO, 90.0, 110.0)},
            "from its strike to the next one, or to the end of FAULT, it is 20 s",
        ),
        ({"two": Window(TWO, 110.0, 115.0)}, "end a pod: its own window is 5 s long, and from its strike to"),
        ({"one": Window(ONE, 99.0, 110.0)}, "kill: its own window is 11 s long"),
        (
            {
                "second": replace(OURS, action="end a pod", at=131.0),
                "one": Window(ONE, 100, 130),
                "two": None,
            },
            "after FAULT had ended",
        ),
        (
            {
                "second": replace(OURS, action="end a pod", at=130.0),
                "one": Window(ONE, 100, 130),
                "two": None,
            },
            "end a pod: the record has no window of its own for it",
        ),
    ],
    ids=[
        "none",
        "before it",
        "after it",
        "at its end",
        "cut short",
        "begun sooner",
        "after the whole",
        "as the whole ends",
    ],
)
def test_each_of_two_faults_strikes_in_its_own_window(changed, said):
    found = list(doubts(of_two(events=[replace(GONE, at=112.0)], **changed)))
    assert len(found) == bool(said)
    assert said in "".join(found)


@pytest.mark.parametrize(
    ("changed", "over", "said"),
    [
        ({}, TWO, "action 'end a pod': no effect was seen"),
        ({}, ONE, ""),
        ({"two": None}, TWO, "the run has no window FAULT of end a pod"),
        ({}, Phase.of_fault("drain"), "the run has no window FAULT of drain"),
        ({"other": Window(Phase.of_fault("drain"), 100.0, 110.0)}, Phase.of_fault("drain"), "no window"),
        ({"first": replace(OURS, ended=110.0)}, ONE, ""),
        ({"first": replace(OURS, ended=110.5)}, ONE, "action 'kill' was still under way when the next one"),
        ({"first": replace(OURS, ended=110.5)}, TWO, "action 'kill' was still under way when the next one"),
        ({"first": replace(OURS, ended=110.0)}, TWO, "no effect was seen"),
    ],
)
def test_what_one_of_two_faults_did_is_known_when_it_was_alone(changed, over, said):
    """Its effect was seen in its own window, and no other action was under way."""
    found = doubt_over(of_two(**changed), over)
    assert said in found
    assert bool(said) is bool(found)


@pytest.mark.parametrize("over", [ONE, TWO])
def test_what_either_of_two_faults_at_one_instant_did_is_not_known(over):
    run = of_two(second=replace(OURS, action="end a pod"), two=Window(TWO, 100.0, 130.0))
    assert "struck at the same instant, so nobody knows" in doubt_over(run, over)


def test_of_a_run_without_a_fault_no_fault_s_window_is_asked():
    assert doubt_over(record(), ONE) == ""


@pytest.mark.parametrize(
    ("windows", "said"),
    [
        (
            (Window(BASELINE, 90.0, 110.0),),
            "FAULT began 10.0 s before BASELINE had ended: the harness's clock",
        ),
        ((Window(BASELINE, 131.0, 151.0),), "FAULT began 51.0 s before BASELINE had ended"),
        ((Window(BASELINE, 80.0, 100.0),), ""),
        (
            (Window(BASELINE, 70.0, 90.0), Window(RECOVERY, 120.0, 140.0)),
            "RECOVERY began 10.0 s before FAULT",
        ),
        (
            (Window(BASELINE, 70.0, 90.0), Window(RECOVERY, 140.0, 160.0)),
            "RECOVERY began 10.0 s after FAULT had ended: nobody watched meanwhile",
        ),
        ((Window(BASELINE, 70.0, 90.0), Window(BACKUP, 95.0, 105.0)), ""),
    ],
    ids=["into the fault", "after it", "up to it", "watched before its end", "watched late", "a backup may"],
)
def test_windows_that_do_not_follow_each_other_are_of_a_clock_that_was_set(windows, said):
    """A calm that lasts into the fault is none."""
    rest = (Window(FAULT, 100.0, 130.0), Window(RECOVERY, 130.0, 150.0))
    there = {one.phase for one in windows}
    timeline = Timeline((*windows, *(one for one in rest if one.phase not in there)))
    fault = FaultReport("e", "completed", 100.0, 101.0, ("a",), ("a",), strikes=(OURS,))
    run = record(control=False, timeline=timeline, fault=fault)
    found = list(doubts(run))
    assert len(found) == bool(said)
    assert said in "".join(found)
    assert list(doubts(replace(run, version=0))) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ""),
        ({"fault": 60.0}, "FAULT is 30 s long, and its scenario says 60 s"),
        ({"fault": 10.0}, "FAULT is 30 s long, and its scenario says 10 s"),
        ({"baseline": 60.0}, "BASELINE is 20 s long, and its scenario says 60 s"),
        ({"recovery": 60.0}, "RECOVERY is 20 s long, and its scenario says 60 s"),
        ({"recovery": 20.0004}, ""),
    ],
)
def test_windows_are_as_long_as_their_scenario_says(changed, said):
    """A promise over a minute is not held in ten seconds. A backup takes what it takes."""
    windows = (Window(BASELINE, 70.0, 90.0), Window(BACKUP, 95.0, 99.0), Window(FAULT, 100.0, 130.0))
    timeline = Timeline((*windows, Window(RECOVERY, 130.0, 150.0)))
    fault = FaultReport("e", "completed", 100.0, 101.0, ("a",), ("a",), strikes=(OURS,))
    run = record(control=False, timeline=timeline, fault=fault)
    run = replace(run, scenario=replace(run.scenario, **changed))
    assert list(doubts(run)) == [*filter(None, [said])]
    assert list(doubts(replace(run, version=0))) == []


def test_a_control_run_s_window_is_as_long_as_a_fault_s():
    """Its scenario says so."""
    run = record()
    run = replace(run, scenario=replace(run.scenario, fault=60.0))
    assert list(doubts(run)) == ["CONTROL is 30 s long, and its scenario says 60 s"]


@pytest.mark.parametrize(("started", "sound"), [(100.0, True), (100.5, False), (99.5, False)])
def test_fault_begins_as_the_fault_does(started, sound):
    """What came before the window is in no figure; older records only say that it began inside."""
    windows = (Window(BASELINE, 70.0, 90.0), Window(FAULT, 100.0, 130.0), Window(RECOVERY, 130.0, 150.0))
    fault = FaultReport("e", "completed", started, 101.0, ("a",), ("a",), strikes=(OURS,))
    assert (list(doubts(record(control=False, timeline=Timeline(windows), fault=fault))) == []) is sound


def test_a_control_run_s_calm_comes_before_it_too():
    timeline = Timeline((Window(BASELINE, 70.0, 101.0), Window(CONTROL, 100.0, 130.0)))
    assert "CONTROL began 1.0 s before BASELINE" in "".join(doubts(record(timeline=timeline)))


def test_a_window_that_is_there_twice_is_none():
    """Nobody knows which of the two was measured."""
    windows = (Window(BASELINE, 49.0, 69.0), *record().timeline.windows)
    assert list(doubts(record(timeline=Timeline(windows)))) == ["the record has 2 windows BASELINE"]
