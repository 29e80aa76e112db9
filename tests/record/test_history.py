"""What is told of earlier runs, from their records, whatever became of those."""

import json

import pytest
from click.testing import CliRunner

from slaharness.cli import cli
from slaharness.errors import BadInput
from slaharness.model import FAULT, Outcome, Scenario, Timeline, Verdict, Window
from slaharness.record.history import past_runs
from slaharness.record.run_record import RunRecord, Stage
from slaharness.record.store import RecordStore

PLACE = {"machine": "vm, Linux"}


def verdict(outcome, name="orders"):
    return Verdict(name, FAULT, outcome, "≥ 99 %", "97 %", 1_000, "30 of 1,000 failed")


@pytest.fixture
def run(tmp_path):
    """Leave a record of ``scenario`` that was begun at ``at``, judged as ``outcomes``."""

    def ran(at, *outcomes, scenario="kill", **more):
        store = RecordStore(tmp_path / "reports" / scenario / f"20261127T{at}.000001Z")
        store.folder.mkdir(parents=True)
        known = Scenario(scenario, "mix", "kill", profile="full")
        stages = (Stage("a", 99.0, 130.0), Stage("b", 130.0, 160.5))
        store.save_record(RunRecord(known, "r1", **{"place": PLACE, "stages": stages, **more}))
        store.save_verdicts(tuple(verdict(one, f"orders-{one.lower()}") for one in outcomes))
        return store.folder

    return ran


@pytest.fixture
def history(tmp_path):
    """The command, on those records."""

    def told(*words):
        words = ("history", *words, "--reports", str(tmp_path / "reports"))
        return CliRunner().invoke(cli, words, catch_exceptions=False, standalone_mode=False)

    return told


def test_the_newest_comes_first_with_its_worst_verdict(run, history):
    """Of all scenarios together: when, which promise was in danger, by how much, how long, where."""
    run("050032", Outcome.MET)
    run("060000", Outcome.MET, Outcome.UNKNOWN, Outcome.MISSED, scenario="evict")
    run("040000", Outcome.UNKNOWN, Outcome.MET)
    lines = [line for line in history().output.splitlines() if "2026" in line]
    cells = [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]
    machine = ["62 s", "full", "vm, Linux"]
    assert cells == [
        ["2026-11-27 06:00:00", "evict", "MISSED", "orders-missed over FAULT", "97 %", "≥ 99 %", *machine],
        ["2026-11-27 05:00:32", "kill", "MET", "orders-met over FAULT", "97 %", "≥ 99 %", *machine],
        ["2026-11-27 04:00:00", "kill", "UNKNOWN", "orders-unknown over FAULT", "97 %", "≥ 99 %", *machine],
    ]


def test_one_scenario_is_told_alone_also_as_json(run, history):
    """For a program that draws the trend."""
    folder = run("050032", Outcome.MISSED)
    run("060000", Outcome.MET, scenario="evict")
    (told,) = json.loads(history("kill", "--json").output)
    assert (told["record"], told["outcome"], told["seconds"]) == (str(folder), "MISSED", 61.5)
    assert told["worst"]["seen"] == "97 %"


def test_the_last_ones_are_shown_and_that_there_are_more(run, history):
    """A list that was cut does not pass for the whole."""
    for minute in range(3):
        run(f"05{minute:02}00", Outcome.MET)
    shown = history("--last", "2").output
    assert shown.count("2026-11-27") == 2
    assert "05:02:00" in shown
    assert "--last N shows more" in shown
    assert "shows more" not in history("--last", "3").output


def _cut(folder, name):
    (folder / name).write_bytes((folder / name).read_bytes()[:40])


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda folder: _cut(folder, "run.json"), "run.json: cut short or changed"),
        (lambda folder: _cut(folder, "verdicts.json"), "verdicts.json: cut short or changed"),
        (lambda folder: (folder / "run.json").write_text("[1]"), "run.json: cut short or changed"),
        (lambda folder: (folder / "run.json").unlink(), "run.json: No such file or directory"),
        (lambda folder: (folder / "verdicts.json").unlink(), "it was not judged"),
        (lambda folder: (folder / "verdicts.json").write_text("[]"), "nothing was asked of it"),
        (lambda folder: (folder / "run.json").write_bytes(b"\xff\x00"), "run.json: cut short or changed"),
    ],
)
def test_a_broken_record_is_one_line_and_never_green(run, history, harm, said):
    """The others are told all the same."""
    harm(run("050000", Outcome.MET))
    run("040000", Outcome.MET)
    ended = history()
    broken, whole = (line for line in ended.output.splitlines() if "2026" in line)
    assert ended.exit_code == 0
    assert said in broken
    assert "UNKNOWN" in broken
    assert "MET" in whole


def test_a_record_of_older_days_has_windows_for_stages(run, tmp_path):
    """And no word of its machine."""
    windows = Timeline((Window(FAULT, 10.0, 40.0),))
    run("050000", Outcome.MET, stages=(), place={}, timeline=windows)
    (found,) = past_runs(tmp_path / "reports")
    assert (found.seconds, found.machine) == (30.0, "")


def test_what_is_no_record_is_left_alone(run, history, tmp_path):
    """Beside the records lie the dashboard and the JUnit file."""
    run("050000", Outcome.MET)
    (tmp_path / "reports/junit.xml").touch()
    (tmp_path / "reports/allure/widgets").mkdir(parents=True)
    assert history().output.count("2026") == 1


def test_no_runs_is_said(history):
    """Not an empty table."""
    with pytest.raises(BadInput, match="no runs of nope in"):
        history("nope")
