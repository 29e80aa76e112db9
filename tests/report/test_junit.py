"""The JUnit file that a nightly job reads: a broken promise is a failure, what nobody knows is an error."""

import gzip
from xml.etree import ElementTree as ET

import pytest

from slaharness.events import WHOLE_AGAIN
from slaharness.model import (
    FAULT,
    FaultReport,
    Measurement,
    Objective,
    Op,
    Phase,
    Scenario,
    SourceType,
    Window,
)
from slaharness.record.recorder import RunRecorder
from slaharness.record.run_record import RunRecord
from slaharness.record.store import RecordStore

OBJECTIVE = Objective(
    "availability", "Users get an answer", "api", SourceType.RATIO, "total @ $end", 0.999, Op.AT_LEAST,
    good="good @ $end", floor=100,
)  # fmt: skip
TEST = """
import pytest
from slaharness import FAULT

@pytest.mark.scenario(load="steady", experiment="kill", fault="20s")
def test_kill(run):
    {body}
"""
ASSERTED, ASKED = 'assert run.meets("availability", over=FAULT)', 'run.meets("availability", over=FAULT)'


@pytest.fixture
def junit(pytester, tmp_path):
    """Judge a record of 2,410 requests, ``good`` of them answered, by ``body``; the entries of the file."""

    def judged(body, good=2410.0, doubts=(), residue=()):
        store = RecordStore.create(tmp_path / "records", "kill")
        recorder = RunRecorder(store, RunRecord(Scenario("kill", "steady", "kill", fault=20), "r1"))
        windows = {Phase.BASELINE: 0, Phase.FAULT: 30, Phase.RECOVERY: 50}
        for phase, at in windows.items():
            recorder.window(Window(phase, at, at + 20))
        recorder.fault(FaultReport("kill", "completed", 30, 34, ("a",), ("a",)))
        recorder.residue(residue)
        recorder.event(WHOLE_AGAIN, "; ".join(residue))
        store.save_objectives({OBJECTIVE.name: OBJECTIVE})
        store.save_services({})
        store.save_series(())
        told = {FAULT: (good, tuple(doubts))}
        store.save_measurements(
            tuple(
                Measurement("availability", phase, count / 2410, count, 2410.0, problems=why)
                for phase in windows
                for count, why in [told.get(phase, (2410.0, ()))]
            )
        )
        header = "intended,sent,finished,name,operation,key,value,outcome,status\n"
        store.ledger.write_bytes(gzip.compress(header.encode()))
        recorder.finish()
        pytester.makepyprojecttoml("")
        (pytester.path / "scenarios").mkdir(exist_ok=True)
        (pytester.path / "scenarios/test_kill.py").write_text(TEST.format(body=body))
        pytester.runpytest_inprocess("scenarios", f"--sla-record={store.folder}", "--junitxml=junit.xml")
        (suite,) = ET.parse(pytester.path / "junit.xml").getroot()  # noqa: S314  # pytest wrote it
        return store.folder, suite

    return judged


def entry(suite):
    """The one test case, and its properties."""
    (case,) = suite
    return case, {one.get("name"): one.get("value") for one in case.iter("property")}


@pytest.mark.parametrize("body", [ASSERTED, ASKED, f"{ASKED}; assert run.recovered(within=5)"])
def test_a_broken_promise_is_one_failure(junit, body):
    """Whether the body asserted it, only asked, or stopped at another answer that is unknown."""
    _, suite = junit(body, good=2407.0)
    case, told = entry(suite)
    assert [one.tag for one in case] == ["properties", "failure"]
    assert "MISSED: availability over FAULT" in case.find("failure").get("message")
    assert (suite.get("failures"), suite.get("errors"), suite.get("tests")) == ("1", "0", "1")
    assert told["verdict"] == "MISSED"


def test_what_a_fault_left_behind_is_a_failure(junit):
    """Nobody asks for it, and it fails the test and not its teardown."""
    case, told = entry(junit(ASSERTED, residue=["application/Deployment/api has 1 of 2 pods"])[1])
    assert [one.tag for one in case] == ["properties", "failure"]
    assert told["no-residue over RECOVERY: verdict"] == "MISSED"


@pytest.mark.parametrize("body", [ASSERTED, ASKED])
def test_what_nobody_knows_is_one_error(junit, body):
    """A job that counts failures must not take it for a broken promise, nor for green."""
    _, suite = junit(body, doubts=["Prometheus was restarted inside the window"])
    case, told = entry(suite)
    assert [one.tag for one in case] == ["properties", "error"]
    assert "Prometheus was restarted inside the window" in case.find("error").get("message")
    assert (suite.get("failures"), suite.get("errors"), suite.get("tests")) == ("0", "1", "1")
    assert told["verdict"] == "UNKNOWN"


@pytest.mark.parametrize("body", ['run.meets("availabilty", over=FAULT)', "pass"])
def test_trouble_is_an_error_and_no_verdict(junit, body):
    """A misspelt objective, or a body that asks nothing: the promise was not put to the test."""
    case, told = entry(junit(body)[1])
    assert [one.tag for one in case] == ["properties", "error"]
    assert told["verdict"] == "UNKNOWN"


@pytest.mark.parametrize(
    ("more", "tag", "verdict"),
    [
        ("assert not 'mine'", "failure", "MISSED"),
        ("{}['key']", "error", "UNKNOWN"),
        ("pytest.skip('the rest')", "error", "UNKNOWN"),
    ],
)
def test_the_verdict_of_a_body_that_came_to_no_good_end_is_not_that_of_what_it_asked(
    junit, more, tag, verdict
):
    """All that it asked held: the property says what the entry does."""
    case, told = entry(junit(f"{ASSERTED}; {more}")[1])
    assert [one.tag for one in case if one.tag in {"failure", "error"}] == [tag]
    assert (told["verdict"], told["test-body over RECOVERY: verdict"]) == (verdict, verdict)


def test_trouble_before_the_body_is_an_error_with_its_record(junit, monkeypatch):
    """Such as a record that is cut short."""
    monkeypatch.setattr(RunRecorder, "finish", lambda one: (one.store.folder / "run.json").write_text("{"))
    folder, suite = junit(ASSERTED)
    case, told = entry(suite)
    assert [one.tag for one in case] == ["properties", "error"]
    assert told == {"verdict": "UNKNOWN", "record": str(folder)}


def test_a_promise_that_held_has_its_figures(junit):
    """A chart over many nights needs no other file."""
    folder, suite = junit(ASSERTED)
    case, told = entry(suite)
    assert [one.tag for one in case] == ["properties"]
    assert told["verdict"] == "MET"
    assert told["record"] == str(folder)
    about = "availability over FAULT"
    assert told[f"{about}: seen"].startswith("100")
    assert told[f"{about}: target"] == "≥ 99.9 %"
    assert told[f"{about}: requests"] == "2410"
