"""What is told of earlier runs, from their records, whatever became of those."""

import json
import os
import shutil
import sqlite3
from dataclasses import replace

import pytest
from click.testing import CliRunner

from slaharness.cli import cli
from slaharness.errors import BadInput
from slaharness.model import (
    FAULT,
    Measurement,
    Objective,
    Op,
    Outcome,
    Scenario,
    SourceType,
    Timeline,
    Verdict,
    Window,
)
from slaharness.record import past_run
from slaharness.record.history import past_runs, past_runs_json
from slaharness.record.past_run import Figure
from slaharness.record.run_record import RunRecord, Stage
from slaharness.record.store import RecordStore

PLACE = {"machine": "vm, Linux"}


def verdict(outcome, name="orders"):
    return Verdict(name, FAULT, outcome, "≥ 99 %", "97 %", 1_000, "30 of 1,000 failed")


@pytest.fixture
def run(tmp_path):
    """Leave a record of ``scenario`` that was begun at ``at``, judged as ``outcomes``."""

    def ran(at, *outcomes, scenario="kill", **more):
        known = scenario
        if isinstance(scenario, str):
            known = Scenario(scenario, "mix", "kill", profile="full")
        store = RecordStore(tmp_path / "reports" / known.name / f"20261127T{at}.000001Z")
        store.folder.mkdir(parents=True)
        stages = (Stage("a", 99.0, 130.0), Stage("b", 130.0, 160.5))
        store.save_record(
            RunRecord(known, f"{known.name} {at}", **{"place": PLACE, "stages": stages, **more})
        )
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


@pytest.mark.parametrize(
    ("place", "deployed"),
    [
        ({}, "full"),
        ({"profile": "core"}, "core"),
        ({"profile": "one-replica", "overlay": "one-replica"}, "full with overlay one-replica"),
        ({"profile": "", "overlay": ""}, ""),
    ],
    ids=["of older days", "another profile", "a mutant", "deployed by others"],
)
def test_what_was_deployed_is_told_not_what_was_asked_for(run, tmp_path, place, deployed):
    """A run of a mutant that passes for one of the stack itself misleads whoever reads the list."""
    run("050000", Outcome.MISSED, place=place)
    (found,) = past_runs(tmp_path / "reports")
    assert found.profile == deployed


def test_what_is_no_record_is_left_alone(run, history, tmp_path):
    """Beside the records lie the dashboard and the JUnit file."""
    run("050000", Outcome.MET)
    (tmp_path / "reports/junit.xml").touch()
    (tmp_path / "reports/allure/widgets").mkdir(parents=True)
    assert history().output.count("2026") == 1


def test_no_runs_is_said(history):
    """Not an empty table."""
    with pytest.raises(BadInput, match=r"no runs in .*: `slaharness run` makes one"):
        history("nope")


def database(tmp_path):
    return tmp_path / "reports/.history.sqlite"


def test_what_was_read_once_is_not_read_again(run, history, tmp_path, monkeypatch):
    """Ten thousand runs are told in a second; one that was judged again, or is new, is read."""
    old = run("050000", Outcome.MET)
    assert "MET" in history().output
    read = []
    whole = past_run.read
    monkeypatch.setattr(past_run, "read", lambda *words: read.append(words[0]) or whole(*words))
    assert history().output.count("2026-11-27") == 1
    assert read == []
    RecordStore(old).save_verdicts((verdict(Outcome.MISSED),))
    new = run("060000", Outcome.MET)
    output = history().output
    assert read == [new, old]
    assert "MISSED" in output


def test_what_is_gone_is_not_told_of(run, history):
    """The records are the truth."""
    shutil.rmtree(run("050000", Outcome.MET))
    run("060000", Outcome.MET)
    history()
    shutil.rmtree(run("070000", Outcome.MET))
    assert history().output.count("2026-11-27") == 1


@pytest.mark.parametrize("harm", [b"", b"no database", None])
def test_a_broken_database_is_made_anew(run, history, tmp_path, harm):
    """Or deleted, at any time; nothing is lost with it."""
    run("050000", Outcome.MET)
    whole = history().output
    file = database(tmp_path)
    file.unlink() if harm is None else file.write_bytes(harm)
    assert history().output == whole
    assert file.stat().st_size > len(b"no database")


def _sql(*statements):
    def harm(file):
        with sqlite3.connect(file) as other:
            for statement in statements:
                other.execute(statement)
        other.close()

    return harm


def _garbage(file):
    """In every page but the first, which is whole: it opens."""
    content = file.read_bytes()
    page = int.from_bytes(content[16:18], "big")
    file.write_bytes(content[:page] + b"\xa5" * (len(content) - page))


@pytest.mark.parametrize(
    "harm",
    [
        _sql("DROP TABLE run"),
        _sql("DROP TABLE run", "CREATE TABLE run (path TEXT)"),
        _sql("UPDATE run SET json = CAST(x'ff' AS TEXT)"),
        _sql("UPDATE run SET json = x'ff'"),
        _sql("UPDATE run SET json = '{'"),
        _sql("UPDATE run SET json = 'null'"),
        _sql("UPDATE run SET json = 1"),
        _sql("UPDATE run SET json = NULL"),
        _sql("UPDATE run SET json = replace(json, 'MISSED', 'MET')"),
        _garbage,
    ],
    ids=[
        "no table",
        "another table",
        "no text",
        "bytes",
        "cut",
        "another thing",
        "number",
        "none",
        "another outcome",
        "garbage",
    ],
)
@pytest.mark.parametrize("words", [(), ("--json",), ("--trends",)], ids=str)
def test_a_damaged_database_harms_nobody(run, history, tmp_path, harm, words):
    """One that opens all the same: what it does not say the records say."""
    run("050000", Outcome.MET)
    run("060000", Outcome.MISSED)
    whole = history(*words).output
    harm(database(tmp_path))
    assert history(*words).output == whole
    assert next(past_runs(tmp_path / "reports")).outcome is Outcome.MISSED


def test_of_a_promise_that_is_asked_twice_the_worst_is_told(run, tmp_path):
    """One that is held for a milder question is still not held."""
    store = RecordStore(run("050000", Outcome.MET))
    for order in ((Outcome.MISSED, Outcome.MET), (Outcome.MET, Outcome.UNKNOWN, Outcome.MISSED, Outcome.MET)):
        store.save_verdicts(tuple(verdict(one) for one in order))
        (found,) = past_runs(tmp_path / "reports")
        assert found.outcomes == {"orders over FAULT": Outcome.MISSED}


def test_a_record_that_cannot_be_read_hides_no_misses(run, history):
    """The newest is broken; that the promise was broken each time before is told all the same."""
    for second in range(6):
        run(f"05000{second}", Outcome.MISSED)
    (run("060000", Outcome.MET) / "run.json").write_text("{")
    (told,) = json.loads(history("--trends", "--json").output)
    assert (told["met"], told["missed"]) == (0, 6)
    assert told["failing"][0]["runs"] == 6
    assert "0 to 45.9 %" in history("--trends").output


def test_a_database_of_another_version_is_made_anew(run, history, tmp_path):
    """What it holds may mean something else."""
    run("050000", Outcome.MET)
    whole = history().output
    with sqlite3.connect(database(tmp_path)) as other:
        other.execute("PRAGMA user_version = 99")
        other.execute("UPDATE run SET json = 'x'")
    other.close()
    assert history().output == whole


def test_history_needs_no_database(run, history, tmp_path):
    """Where none can be written, all is read each time; where another process holds it, too."""
    run("050000", Outcome.MET)
    database(tmp_path).mkdir()
    assert history().output.count("2026-11-27") == 1
    database(tmp_path).rmdir()
    history()
    run("060000", Outcome.MET)
    with sqlite3.connect(database(tmp_path)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert history().output.count("2026-11-27") == 2
    other.close()


def measured(store, value):
    """``value`` as what was measured of the promise, and a time of the check."""
    store.save_objectives(
        {"orders": Objective("orders", "Orders", "shop", SourceType.RATIO, "t", 0.99, Op.AT_LEAST)}
    )
    store.save_measurements((Measurement("orders", FAULT, value),))
    figures = {"steady (s)": 10 * value, "pods": 3.0}
    store.save_verdicts((replace(verdict(Outcome.MET), figures=figures),))


def test_figures_and_what_may_be_compared_are_kept(run, tmp_path):
    """What was measured, by the direction in which it gets worse; where it ran, and with which versions."""
    measured(RecordStore(run("050000", Outcome.MET)), 0.5)
    (found,) = past_runs(tmp_path / "reports")
    assert found.figures == {
        "orders over FAULT": Figure(0.5, more_is_worse=False),
        "orders over FAULT: steady (s)": Figure(5.0),
    }
    assert found.like == ("mix", "kill", "20 s, 30 s, 20 s", "vm, Linux", "", "", "", "", "", "")


def test_what_is_unknown_has_no_figures(run, tmp_path):
    """A number that cannot be trusted is none to compare with."""
    store = RecordStore(run("050000", Outcome.MET))
    measured(store, 0.5)
    store.save_verdicts((verdict(Outcome.UNKNOWN),))
    (found,) = past_runs(tmp_path / "reports")
    assert found.figures == {}


def test_trends_are_told_for_each_scenario(run, history):
    """For people as a table, for programs as JSON."""
    for second in range(5):
        run(f"05000{second}", Outcome.MET)
    run("050000", Outcome.MISSED, scenario="evict")
    told = history("--trends").output
    assert "47.8 to 100 %" in told
    assert "orders-missed over FAULT MISSED 2026-11-27 05:00:00, 1 run" in told
    by_name = {one["scenario"]: one for one in json.loads(history("--trends", "--json").output)}
    assert by_name["kill"]["met"] == 5
    assert by_name["evict"]["failing"][0]["promise"] == "orders-missed over FAULT"


@pytest.mark.parametrize("name", ["abcdefghTxyzabcZ", "20261399T000000.000000Z", "20261127T250000Z", "TZ"])
def test_what_is_named_for_no_instant_is_no_run(run, history, name):
    """A folder of somebody's beside the records: it was told with a date that the calendar has not."""
    folder = run("050000", Outcome.MET)
    shutil.copytree(folder, folder.with_name(name))
    assert len([line for line in history().output.splitlines() if "kill" in line]) == 1


def test_folders_whose_names_are_no_text_are_told(run, history, tmp_path):
    """Names of another encoding: the runs count, each time they are asked for, and JSON stays JSON."""
    folder = run("050000", Outcome.MET)
    other = os.fsdecode(os.fsencode(tmp_path / "reports") + b"/caf\xe9")
    shutil.copytree(folder.parent, other)
    (folder / "run.json").unlink()
    for _ in range(2):
        told = map(json.loads, past_runs_json(tmp_path / "reports"))
        assert sorted(one["scenario"] for one in told) == ["caf\ufffd", "kill"]
    met = next(one for one in past_runs(tmp_path / "reports") if one.outcome is Outcome.MET)
    assert str(met.record.parent) == other


def test_a_copy_of_a_record_counts_once(run, history, tmp_path):
    """However it is called and wherever it lies: one green run proves no more for being copied."""
    folder = run("050000", Outcome.MET)
    run("040000", Outcome.MET)
    for name in ("20261127T040001.000001Z", "20261128T050000.000001Z"):
        shutil.copytree(folder, folder.with_name(name))
    for _ in range(2):  # as it is read, and as it was kept
        shown = history().output
        assert shown.count("a copy of kill/") == 2
        assert shown.count(" MET ") == 2
        (told,) = json.loads(history("--trends", "--json").output)
        assert (told["met"], told["unlike"]) == (2, {"a copy of another": 2})


def test_parameters_have_trends_of_their_own(run, history, tmp_path):
    """Of a test that is run with several: one that fails is not hidden by one that holds."""
    few = Scenario("kill", "mix", "kill", profile="full", nodeid="scenarios/test_it.py::test_it[few]")
    many = replace(few, nodeid="scenarios/test_it.py::test_it[many]")
    run("040000", Outcome.MISSED, scenario=few)
    run("050000", Outcome.MET, scenario=many)
    told = json.loads(history("--trends", "--json").output)
    assert [(one["scenario"], one["met"], one["missed"]) for one in told] == [
        ("kill[few]", 0, 1),
        ("kill[many]", 1, 0),
    ]
    assert "kill[many]" in history().output


def test_what_older_records_number_was_repeated(run, tmp_path):
    """Their tests were called by the number of the time."""
    one = Scenario("kill", "mix", "kill", nodeid="scenarios/test_it.py::test_it[2]")
    run("040000", Outcome.MET, scenario=one, version=2)
    run("050000", Outcome.MET, scenario=one, version=3)
    assert [found.label for found in past_runs(tmp_path / "reports")] == ["kill[2]", "kill"]
