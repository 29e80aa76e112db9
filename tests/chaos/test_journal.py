"""Chaos Toolkit calls nearly everything completed; we do not."""

import copy
import json
import math
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from slaharness.chaos.journal import Span, read, report
from slaharness.events import STRUCK
from slaharness.model import Afterwards, Event, FaultReport, Strike

SPAN = Span(100.0, 130.0)
POD = {"name": "cassandra-0", "uid": "u", "node": "n1"}
STRIKE = {
    "namespace": "persistence",
    "injected": 110.0,
    "ended": 111.0,
    "matched": [POD],
    "died": ["cassandra-0"],
}


def action(**run: Any) -> dict[str, Any]:
    about = {"type": "action", "name": "kill", "provider": {"type": "python"}}
    return {"activity": about, "status": "succeeded", "output": STRIKE, **run}


def journal(*runs: dict[str, Any], **more: Any) -> dict[str, Any]:
    plan = {"method": [{}] * max(len(runs), 1), "rollbacks": []}
    base = {"experiment": plan, "run": list(runs), "rollbacks": [], "steady_states": {"before": None}}
    return {"status": "completed", "deviated": False, **base, **more}


def problems(*runs: dict[str, Any], **more: Any) -> tuple[str, ...]:
    return read("e", journal(*runs, **more), SPAN).problems


def test_a_good_fault_is_told_with_its_own_stamps() -> None:
    """The fault's window starts when the pod was struck, not when the program was started."""
    told = read("e", journal(action()), SPAN)
    assert (told.status, told.started, told.ended) == ("completed", 110.0, 111.0)
    assert told.matched == ("persistence/cassandra-0 on n1",)
    assert told.died == ("persistence/cassandra-0",)
    assert told.problems == ()
    assert told.events == (Event(110.0, STRUCK, "persistence/cassandra-0 on n1"),)


def test_activities_that_do_no_harm_stamp_events_and_may_fail() -> None:
    """A step of the method is not the fault: it has no part in when the fault began."""
    stamped = {"at": 105.0, "name": "backup began", "detail": "one"}
    step = action(output={"events": [stamped], "problems": ["the backup is empty"]})
    told = read(
        "e", journal(step, action(output={**STRIKE, "events": [{"at": 112.0, "name": "lost"}]})), SPAN
    )
    assert [event for event in told.events if event.name != STRUCK] == [
        Event(105.0, "backup began", "one"),
        Event(112.0, "lost"),
    ]
    assert told.started == 110.0
    assert told.problems == ("action 'kill': the backup is empty",)


def test_a_failed_action_is_a_problem_though_the_status_is_completed() -> None:
    """The trap: an action raised, and the experiment still ended ``completed``, ``deviated: False``."""
    exception = ["context\n", "chaoslib.exceptions.ActivityFailed: no pods\nat all\n"]
    told = read("e", journal(action(status="failed", output=None, exception=exception)), SPAN)
    assert told.status == "completed"
    assert told.problems == (
        "action 'kill' failed: no pods at all",
        "no action succeeded: nothing was injected",
    )
    assert (told.started, told.ended) == (100.0, 130.0)


PROBLEMS: list[tuple[tuple[str, ...], str]] = [
    (problems(action(output={**STRIKE, "matched": [], "died": []})), "action 'kill' matched nothing"),
    (problems(action(output=[])), "action 'kill' matched nothing"),
    (problems(action(output={**STRIKE, "died": []})), "action 'kill': 1 matched, 0 died"),
    (problems(action(output={**STRIKE, "died": [], "problems": ["it lives"]})), "action 'kill': it lives"),
    (problems(action(output={**STRIKE, "died": ["cassandra-1"]})), "action 'kill': 1 matched, 0 died"),
    (problems(), "only 0 of 1 activities of the method ran"),
    (problems(), "no action succeeded: nothing was injected"),
    (problems(action(), status="interrupted"), "the experiment ended interrupted, not completed"),
    (problems(action(), status="aborted"), "the experiment ended aborted, not completed"),
    (problems(action(), deviated=True), "the experiment deviated from its steady state"),
    (
        problems(action(), rollbacks=[action(status="failed", exception=["E: gone\n"])]),
        "rollback 'kill' failed: E: gone",
    ),
    (
        problems(action(), experiment={"method": [{}], "rollbacks": [{}, {}]}),
        "only 0 of 2 rollbacks ran",
    ),
    (problems({"activity": {"type": "action", "name": "x"}}), "action 'x' did not come to its end"),
    (
        problems(
            action(
                activity={"type": "probe", "name": "p", "provider": {"type": "process"}}, output={"status": 3}
            )
        ),
        "probe 'p': process answered 3",
    ),
    (
        problems(
            action(
                activity={"type": "probe", "name": "p", "provider": {"type": "http"}}, output={"status": 503}
            )
        ),
        "probe 'p': http answered 503",
    ),
    (
        problems(
            status="failed",
            steady_states={
                "before": {
                    "steady_state_met": False,
                    "probes": [{"activity": {"name": "ready"}, "output": False}],
                }
            },
        ),
        "the steady state was not met before the fault: probe 'ready' answered False",
    ),
]


@pytest.mark.parametrize(("told", "words"), PROBLEMS, ids=[words for _, words in PROBLEMS])
def test_what_goes_wrong_is_told(told: tuple[str, ...], words: str) -> None:
    """Each way not to have injected what was asked makes a problem in plain words."""
    assert words in told


@pytest.mark.parametrize("text", [None, b"", b'{"run": [', b"\xff\xfe", b"[" * 100_000])
def test_no_journal_means_nothing_is_known(tmp_path: Path, text: bytes | None) -> None:
    """A program that died before it could tell, or in the middle of telling, proves no fault."""
    if text is not None:
        (tmp_path / "journal.json").write_bytes(text)
    told = report("e", tmp_path / "journal.json", SPAN)
    assert told.status == "lost"
    assert "no journal" in told.problems[0]


WHOLE = journal(
    action(),
    action(output={"status": 200}, activity={"type": "probe", "name": "asked", "provider": {"type": "http"}}),
    steady_states={
        "before": {"steady_state_met": True, "probes": []},
        "after": {
            "steady_state_met": False,
            "probes": [{"activity": {"name": "ready", "tolerance": 200}, "exception": ["it", "broke"]}],
        },
    },
)


def places(part: Any, *way: Any) -> Iterator[tuple[Any, ...]]:
    """The way to each part of a journal, from the outside in."""
    inside = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for name, one in inside:
        yield (*way, name)
        yield from places(one, *way, name)


@pytest.mark.parametrize("other", [None, [], {}, "x", 1, math.nan, [1], "gone"])
def test_a_journal_that_says_anything_else_is_none(tmp_path: Path, other: object) -> None:
    """A control of the experiment may write into it: whatever stands where, it is told and no traceback."""
    file = tmp_path / "journal.json"
    for *way, last in places(WHOLE):
        changed = copy.deepcopy(WHOLE)
        inside = reduce(lambda part, name: part[name], way, changed)
        if other == "gone" and isinstance(inside, dict):
            del inside[last]
        else:
            inside[last] = other
        file.write_text(json.dumps(changed))
        assert isinstance(report("e", file, SPAN), FaultReport)
    file.write_text(json.dumps(other))
    told = report("e", file, SPAN)
    assert (told.status, told.strikes) == ("lost", ())
    assert told.problems[0].startswith("its journal is none of Chaos Toolkit's: ")


def test_a_journal_in_the_record_can_be_read_again(tmp_path: Path) -> None:
    """A stored run is judged from the same file."""
    (tmp_path / "journal.json").write_text(json.dumps(journal(action())))
    assert report("e", tmp_path / "journal.json", SPAN).problems == ()


def foreign(start: str = "1970-01-01T00:02:00+00:00", **more: Any) -> dict[str, Any]:
    """An action of somebody else, which ended some pods by its own word 20 s after the program began."""
    arguments = {"label_selector": "app=web", "ns": "application"}
    provider = {"type": "python", "module": "chaosk8s.pod.actions", "arguments": arguments}
    about = {"type": "action", "name": "end pods", "provider": provider, "pauses": {"before": 20}}
    ran = {"start": start, "end": "1970-01-01T00:02:01+00:00"}
    return {"activity": about, "status": "succeeded", "output": ["web-0"], **ran, **more}


def test_the_fault_of_others_begins_when_their_action_did() -> None:
    """After its pause, and after the probes before it; what it hit is for the watch to see."""
    probe = {
        "activity": {"type": "probe", "name": "p"},
        "status": "succeeded",
        "start": "1970-01-01T00:01:41",
    }
    told = read("e", journal(probe, foreign()), SPAN)
    assert (told.started, told.ended, told.problems) == (120.0, 121.0, ())
    (strike,) = told.strikes
    assert strike == Strike("end pods", 120.0, 121.0, proven=False, namespace="application", hit=("web-0",))


def test_the_first_of_several_strikes_begins_the_fault_and_each_is_told() -> None:
    """Ours by its own stamp, of the moment; others by when they ran."""
    told = read("e", journal(foreign(), action()), SPAN)
    assert [(one.at, one.proven) for one in told.strikes] == [(120.0, False), (110.0, True)]
    assert told.started == 110.0


def test_work_that_does_no_harm_begins_with_its_action_and_strikes_nobody() -> None:
    """Ours say so by what they stamp."""
    told = read("e", journal(foreign(output={"events": []})), SPAN)
    assert (told.started, told.strikes) == (120.0, ())


@pytest.mark.parametrize("start", ["soon", None, 5])
def test_an_action_without_a_readable_start_began_with_the_program(start: Any) -> None:
    """A journal of another day: never a traceback."""
    assert read("e", journal(foreign(start)), SPAN).started == 100.0


#: What Chaos Toolkit puts before an exception, and what one that a probe raises on purpose is.
FAILED = "chaoslib.exceptions.ActivityFailed: "


def state(output: Any = 2, *, met: bool = False, **run: Any) -> dict[str, Any]:
    about = {"name": "three pods", "tolerance": 3, "provider": {"type": "python"}}
    probe = {"activity": about, "output": output, **run}
    return {"before": None, "after": {"steady_state_met": met, "probes": [probe]}}


def test_a_hypothesis_that_deviates_after_the_method_is_told_by_its_probe() -> None:
    """Which one, and what came back: that is an answer, and no problem of the fault's."""
    told = read("e", journal(action(), deviated=True, steady_states=state()), SPAN)
    said = "after the method, probe 'three pods' answered 2, and 3 was to be"
    assert (told.problems, told.afterwards) == ((), Afterwards(deviation=said))
    assert told.strikes
    raised = journal(action(), deviated=True, status="failed", steady_states=state(None, exception=["no"]))
    assert read("e", raised, SPAN).problems == ()


@pytest.mark.parametrize(
    ("states", "asked", "afterwards"),
    [
        (state(3, met=True), True, Afterwards()),
        ({"before": None}, False, None),
        ({"before": None, "after": None}, True, Afterwards(doubt="it was not asked after the method")),
        (
            state(None, exception=[f"{FAILED}KeyError: 'x'"]), True,
            Afterwards(doubt="after the method, probe 'three pods' failed: KeyError: 'x', and 3 was to be"),
        ),
        (
            state(None, exception=[f"{FAILED}{FAILED}two of three"]), True,
            Afterwards("after the method, probe 'three pods' failed: two of three, and 3 was to be"),
        ),
    ],
    ids=["held", "not asked", "to be asked, and was not", "broke", "said no"],
)  # fmt: skip
def test_a_hypothesis_after_the_method_holds_or_nobody_knows(
    states: dict[str, Any],
    asked: bool,  # noqa: FBT001 - a parameter of the test
    afterwards: Afterwards | None,
) -> None:
    """A probe that broke answers nothing; one that fails on purpose says no."""
    assert read("e", journal(action(), steady_states=states), SPAN, after=asked).afterwards == afterwards


def test_an_experiment_without_a_method_was_to_inject_nothing() -> None:
    """A control run: its hypothesis counts, and that nothing was struck does not."""
    told = read("e", journal(experiment={"method": [], "rollbacks": []}), SPAN)
    assert (told.problems, told.strikes) == ((), ())


@pytest.mark.parametrize(
    ("arguments", "pods"),
    [({"qty": 3}, 3), ({}, None), ({"qty": 50, "mode": "percentage"}, None), ({"qty": 2, "all": True}, None)],
)
def test_the_dose_that_was_asked_for_is_told(arguments: dict[str, Any], pods: int | None) -> None:
    """Where it is a number: so many have to be hit."""
    run = foreign()
    run["activity"]["provider"]["arguments"] |= arguments
    assert read("e", journal(run), SPAN).strikes[0].pods == pods


@pytest.mark.parametrize("answer", [None, 7, "none", {"a": 1}, []])
def test_what_others_answer_under_names_of_ours_is_theirs(answer: Any) -> None:
    """An action of any module may say `problems: null`: that is no problem, and no end of the judge."""
    told = read("e", journal(action(output={"problems": answer, "events": answer})), SPAN)
    assert told.problems == ()
    assert [event.name for event in told.events if event.name != STRUCK] == []


def test_events_of_others_that_are_none_of_ours_are_left_out() -> None:
    """What has no instant and no name cannot stand on a timeline."""
    strange = [7, {"at": "soon", "name": "x"}, {"name": "y"}, {"at": 105.0, "name": "z"}]
    told = read("e", journal(action(output={"events": strange})), SPAN)
    assert [event.name for event in told.events if event.name != STRUCK] == ["z"]


def struck(**answer: Any) -> dict[str, Any]:
    """An action of a project's own, which names its namespace among its arguments alone."""
    provider = {"type": "python", "module": "mine", "arguments": {"namespace": "shop"}}
    about = {"type": "action", "name": "x", "provider": provider}
    output = {**STRIKE, "namespace": None, **answer}
    return action(activity=about, start="1970-01-01T00:01:45", output=output)


def test_a_fault_that_names_no_namespace_struck_where_it_was_asked_to() -> None:
    told = read("e", journal(struck()), SPAN)
    assert (told.matched, told.died) == (("shop/cassandra-0 on n1",), ("shop/cassandra-0",))
    assert (told.problems, told.started) == ((), 110.0)
    assert told.events == (Event(110.0, STRUCK, "shop/cassandra-0 on n1"),)


@pytest.mark.parametrize(
    "answer",
    [
        {"injected": "1970-01-01T00:01:50"}, {"injected": None}, {"injected": float("nan")},
        {"injected": 10**400}, {"injected": True}, {"ended": float("nan")}, {"ended": None}, {"ended": 109.0},
        {"matched": None}, {"matched": ["cassandra-0"]}, {"matched": [{"name": "cassandra-0"}]},
        {"matched": "cassandra-0"}, {"died": 1}, {"died": "cassandra-0"}, {"died": [None]},
    ],
    ids=lambda answer: str(answer)[:40],
)  # fmt: skip
def test_an_answer_that_is_no_fault_s_is_a_problem_and_not_a_traceback(answer: dict[str, Any]) -> None:
    """Anybody may write a fault: its strike counts from when it ran, and the run is UNKNOWN with the key."""
    told = read("e", journal(struck(**answer)), SPAN)
    (problem,) = told.problems
    assert problem.startswith("action 'x' answers as no fault does: ")
    assert "ended" in answer or repr(next(iter(answer))) in problem
    assert (told.started, told.matched, told.died) == (105.0, (), ())


def test_a_fault_that_struck_nobody_knows_where_is_a_problem() -> None:
    run = action(output={name: found for name, found in STRIKE.items() if name != "namespace"})
    (problem,) = read("e", journal(run), SPAN).problems
    assert problem.endswith("neither it nor the action's arguments name a 'namespace'")


def test_problems_that_are_no_list_are_heard_all_the_same() -> None:
    """And a fault that is silent on what did not die is in doubt."""
    assert problems(struck(problems="it lives")) == ("action 'x': it lives",)
    assert problems(struck(problems="it lives", died=[])) == ("action 'x': it lives",)
    assert problems(struck(problems="", died=[])) == ("action 'x': 1 matched, 0 died",)


@pytest.mark.parametrize("at", [float("nan"), float("inf"), -1, True])
def test_an_event_at_no_instant_is_left_out(at: float) -> None:
    """A timeline with it could not be written."""
    told = read("e", journal(action(output={"events": [{"at": at, "name": "x"}]})), SPAN)
    assert told.events == ()
