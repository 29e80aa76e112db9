"""The pytest side, on records made by hand: which verdict ends in which outcome and exit code."""

import gzip
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from stacks import SHOP

from slaharness.cli.scenarios import _together, judge
from slaharness.cost.prices import Prices
from slaharness.cost.usage import ASKED, PROCESSOR
from slaharness.events import WHOLE_AGAIN
from slaharness.metrics.evidence import Series
from slaharness.model import (
    BASELINE,
    CONTROL,
    FAULT,
    RECOVERY,
    Afterwards,
    FaultReport,
    Measurement,
    Objective,
    Op,
    Scenario,
    SourceType,
    Window,
)
from slaharness.plugin import stash
from slaharness.record import bound
from slaharness.record.recorder import RunRecorder
from slaharness.record.run_record import RunRecord
from slaharness.record.store import RecordStore
from slaharness.result import RunResult

ROOT = Path(__file__).parents[1]
MET, MISSED, INCONCLUSIVE, BAD_INPUT, NO_TESTS, CLUSTER_TROUBLE, BROKEN = 0, 1, 3, 4, 5, 6, 7
HEADER = "intended,sent,finished,name,operation,key,value,outcome,status\n"
AVAILABILITY = Objective(
    "api-availability", "Users get an answer", "api", SourceType.RATIO, "total @ $end", 0.999, Op.AT_LEAST,
    good="good @ $end", floor=100,
)  # fmt: skip
BODY = """
import pytest
from slaharness import FAULT

@pytest.mark.scenario(load="steady-mix", experiment="kill-one")
def test_users_never_notice(run):
    '''Nobody sees an error.'''
    assert run.meets("{objective}", over=FAULT)
"""
TROUBLE = """
import logging
import pytest
from slaharness.errors import ClusterTrouble

@pytest.fixture
def slaharness_run():
    logging.getLogger("urllib3").warning("Retrying")
    raise ClusterTrouble("context 'c': no answer")
"""


@pytest.fixture
def project(pytester):
    """A project with one scenario."""
    pytester.makepyprojecttoml("")
    (pytester.path / "scenarios").mkdir()
    (pytester.path / "scenarios/test_kill.py").write_text(BODY.format(objective="api-availability"))
    return pytester


@pytest.fixture
def record(tmp_path):
    """A finished run's record: 2,410 requests in FAULT, ``good`` of them answered."""

    def make(good=2410.0, *, problems=(), residue=(), finished=True, doubts=()):
        store = RecordStore.create(tmp_path / "reports", "kill-one")
        told = RunRecord(Scenario("kill-one", "steady-mix", "kill-one"), store.folder.name)
        recorder = RunRecorder(store, told)
        windows = [Window(*one) for one in ((BASELINE, 0, 20), (FAULT, 22, 52), (RECOVERY, 52, 72))]
        for window in windows:
            recorder.window(window)
        recorder.fault(FaultReport("kill-one", "completed", 22, 24, ("a",), ("a",), tuple(problems)))
        recorder.residue(residue)
        recorder.event(WHOLE_AGAIN, "; ".join(residue))
        store.save_objectives({AVAILABILITY.name: AVAILABILITY})
        store.save_services({})
        store.save_series(())
        told = {FAULT: (good, tuple(doubts))}
        store.save_measurements(
            tuple(
                Measurement(AVAILABILITY.name, one.phase, count / 2410, count, 2410.0, problems=why)
                for one in windows
                for count, why in [told.get(one.phase, (2410.0, ()))]
            )
        )
        store.ledger.write_bytes(gzip.compress(HEADER.encode()))
        if finished:
            recorder.finish()
        return store.folder

    return make


def judged(project, folder, *more):
    return project.runpytest_inprocess("scenarios", f"--sla-record={folder}", "--tb=short", *more)


def test_met_is_green(project, record):
    """A promise that held passes, and the table says with which numbers."""
    result = judged(project, record())
    result.assert_outcomes(passed=1)
    assert result.ret == MET
    result.stdout.fnmatch_lines(["*api-availability*FAULT*99.9 %*2,410*MET*"])


def test_missed_is_red_with_its_reason(project, record):
    """A promise that broke fails the test, and the reason stands where a person reads first."""
    result = judged(project, record(good=2407.0))
    result.assert_outcomes(failed=1)
    assert result.ret == MISSED
    result.stdout.fnmatch_lines(["*3 of 2,410 requests failed*"])


def test_in_a_log_a_reason_is_one_line(project, record):
    """Whoever searches a log for it finds it whole."""
    folder = record(doubts=["the reason is long, " * 8])
    lines = judged(project, folder, "-q").outlines
    (row,) = [line for line in lines if line.startswith("│ api-availability")]
    assert ("the reason is long, " * 8).strip() in row


def test_below_the_tables_stands_why_and_where_to_look(project, record):
    """The last lines that a person reads: expected and seen, record, command, page."""
    folder = record(good=2407.0)
    judged(project, folder, "-q").stdout.fnmatch_lines(
        [
            "*MISSED: api-availability over FAULT: expected ≥ 99.9 %, seen 99.876 %",
            "*asked: *from 00:00:22 to 00:00:52 UTC, 30 s",
            "*cluster: *",
            f"record: {folder}",
            f"judge again: slaharness judge {folder}",
            f"page: {folder}/report.html",
        ]
    )
    assert (folder / "report.html").exists()


def test_a_scenario_may_be_repeated(project, record):
    """Each time is a test of its own; one that is no scenario is run once."""
    (project.path / "scenarios/test_other.py").write_text("def test_other():\n    pass\n")
    result = judged(project, record(), "--sla-repeat=3")
    result.assert_outcomes(passed=4)
    result = judged(project, record(good=2407.0), "--sla-repeat=3", "--sla-scenario=kill-one")
    result.assert_outcomes(failed=3)
    assert result.ret == MISSED


PARAMETERS = BODY.replace(
    "@pytest.mark.sc", '@pytest.mark.parametrize("name", ["a", "b-c"])\n@pytest.mark.sc'
).replace("(run)", "(run, name)")


def of_test(folder, test):
    """The record as one of that test in the project's file."""
    store = RecordStore.open(folder)
    scenario = replace(store.record().scenario, nodeid=f"scenarios/test_kill.py::{test}")
    store.save_record(replace(store.record(), scenario=scenario))
    return folder


@pytest.mark.parametrize("repeated", [(), ("--sla-repeat=2",)], ids=["once", "repeated"])
def test_a_test_with_parameters_is_run_with_each_or_by_its_name_with_one(project, record, repeated):
    """Each is a question of its own, also when all are asked several times."""
    text = PARAMETERS.format(objective="api-availability")
    (project.path / "scenarios/test_kill.py").write_text(text)
    folder, times = record(), 2 if repeated else 1
    if not repeated:
        folder = of_test(folder, "test_users_never_notice[b-c]")
    words = ("scenarios", f"--sla-record={folder}", *repeated)
    every = project.runpytest(*words, "--sla-scenario=kill-one")
    every.assert_outcomes(passed=2 * times if repeated else 1)
    alone = project.runpytest(*words, "--sla-scenario=kill-one[[]b-c]".replace("[[]", "["), "-v")
    alone.assert_outcomes(passed=times)
    assert "b-c]" in alone.stdout.str()
    assert "a]" not in alone.stdout.str()
    other = project.runpytest(*words, "--sla-scenario=kill-one[d]")
    assert other.ret == BAD_INPUT
    other.stderr.fnmatch_lines(
        ["*no scenario kill-one[[]d]; there are: kill-one, kill-one[[]a], kill-one[[]b-c]"]
    )


def test_a_record_of_a_test_that_was_repeated_is_of_it(project, record, monkeypatch):
    """It is judged again without, and with its parameter; its trends are those of that parameter."""
    text = PARAMETERS.format(objective="api-availability")
    (project.path / "scenarios/test_kill.py").write_text(text)
    asked = []
    monkeypatch.setattr(RecordStore, "create", lambda *_: asked.append(1))
    result = project.inline_run("scenarios", "--collect-only", "--sla-repeat=2", "-q")
    items = [one for call in result.getcalls("pytest_itemcollected") for one in [call.item]]
    told = [one.stash[stash.SCENARIO].nodeid.rpartition("::")[2] for one in items]
    assert sorted(set(told)) == ["test_users_never_notice[a]", "test_users_never_notice[b-c]"]
    assert len(told) == 4


def test_parameters_are_told_apart_from_times(project, record):
    """Two runs of two parameters are no two runs of one."""
    folders = [of_test(record(), f"test_it[{one}]") for one in ("a", "b")]
    runs = [RunResult(RecordStore.open(folder)) for folder in folders]
    assert list(_together(runs)) == []
    head, *_ = _together([runs[0], runs[1], runs[0]])
    assert head == "kill-one[a], 2 times:"


def test_repeated_runs_are_told_together(project, record):
    """How often it held, and what that proves; of a run alone its own tables say all."""
    folders = [record(), record()]
    for folder in folders:
        judged(project, folder)
    runs = [RunResult(RecordStore.open(folder)) for folder in folders]
    assert list(_together(runs[:1])) == []
    head, *lines = _together(runs)
    assert head == "kill-one, 2 times:"
    assert "  2 green runs prove that it fails in at most 77.6 % of runs, 95 % sure." in lines


def test_the_page_says_what_a_green_run_proves(project, record):
    """Beside the runs before it: those after it are not known to a record that is judged again."""
    first, second = record(), record(good=2407.0)
    judged(project, first)
    judged(project, second)
    proven = "One green run proves no more than that at most 95 of 100 such runs fail"
    assert proven in (first / "report.html").read_text()
    page = (second / "report.html").read_text()
    assert "Like runs so far: 1 MET, 1 MISSED" in page
    assert "api-availability over FAULT is MISSED for the first time" in page
    judged(project, first)
    assert "Like runs so far: 1 MET, 0 MISSED" in (first / "report.html").read_text()
    assert not (first.parents[1] / ".history.sqlite").exists()


def test_a_jobs_page_has_the_verdicts(project, record, monkeypatch, tmp_path):
    """Where GitHub says which file that is; one that cannot be written changes no verdict."""
    for file in (tmp_path / "summary.md", tmp_path):
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
        assert judged(project, record(good=2407.0)).ret == MISSED
    assert "MISSED" in (tmp_path / "summary.md").read_text()


def test_doubtful_is_neither_green_nor_missed(project, record):
    """A perfect number that cannot be trusted is inconclusive: exit 3, never 0."""
    result = judged(project, record(doubts=["Prometheus was restarted inside the window"]))
    assert result.ret == INCONCLUSIVE
    result.stdout.fnmatch_lines(["*Inconclusive*Prometheus was restarted inside the window*"])


def test_fault_that_hit_nothing_is_inconclusive(project, record):
    """No fault, no verdict, whatever the numbers say."""
    result = judged(project, record(problems=["app=nope in application matches no pod"]))
    assert result.ret == INCONCLUSIVE
    result.stdout.fnmatch_lines(["*app=nope in application matches no pod*"])


def test_trouble_is_one_line(project, record):
    """What a library logged about the same thing is not put before it."""
    project.makeconftest(TROUBLE)
    result = judged(project, record())
    assert result.ret == CLUSTER_TROUBLE
    result.stdout.fnmatch_lines(["ClusterTrouble: context 'c': no answer"])
    assert "Retrying" not in result.stdout.str()


def test_interrupted_run_is_inconclusive(project, record):
    """A run that did not come to its end is no evidence."""
    result = judged(project, record(finished=False))
    assert result.ret == INCONCLUSIVE
    result.stdout.fnmatch_lines(["*did not come to its end*"])


def heard(folder, rows):
    """Give the record a second witness: a ledger of ``rows``, and the objective that asks the same."""
    store = RecordStore.open(folder)
    grown = "sum(loadgen_requests_total%s @ $end) - sum(loadgen_requests_total%s @ $start)"
    ok = '{outcome="ok"}'
    client = replace(AVAILABILITY, good=grown % (ok, ok), total=grown % ("", ""))
    store.save_objectives({client.name: client})
    ended = [(float(row.split(",")[2]), row.split(",")[7]) for row in rows]

    def counted(outcome):
        counts = tuple((float(at), sum(of == outcome and t <= at for t, of in ended)) for at in range(80))
        return Series({"__name__": "loadgen_requests_total", "job": "load", "outcome": outcome}, counts)

    took = Series(
        {"__name__": "scrape_duration_seconds", "job": "load"}, tuple((float(at), 0.01) for at in range(80))
    )
    planned = Series({"__name__": "loadgen_arrivals_offered_total", "job": "load"}, ((1.0, 0.0),))
    store.save_series([took, planned, *map(counted, ("ok", "fail", "unknown"))])
    store.ledger.write_bytes(gzip.compress(f"{HEADER}{''.join(rows)}# end,{len(rows)}\n".encode()))
    return keeping(store)


def keeping(store):
    """Its folder, once the record tells that its files are its own."""
    store.save_record(replace(store.record(), files=bound.files(store)))
    return store.folder


def test_witnesses_who_disagree_are_inconclusive(project, record):
    """Prometheus saw 2,410 good requests and the ledger none: neither is believed, both are named."""
    result = judged(project, heard(record(), ()))
    assert result.ret == INCONCLUSIVE
    result.stdout.fnmatch_lines(["*two witnesses disagree*0 of 2,410*by the ledger 0 of 0*"])


def test_missed_names_what_went_wrong(project, record):
    """Whoever reads of a failed night wants to know which requests, how, and when."""
    rows = ["30,30,30.5,read current,read,,,ok,200\n"] * 2407 + [
        "31,31,33,post reading,write,k,v,fail,503\n"
    ] * 3
    result = judged(project, heard(record(good=2407.0), rows))
    assert result.ret == MISSED
    result.stdout.fnmatch_lines(
        ["*by the ledger 3 of 2,410: post reading 503 (3); 11.0 s to 11.0 s into FAULT*"]
    )


def test_residue_fails_even_when_all_was_met(project, record):
    """A fault that left something behind is never a pass."""
    result = judged(project, record(residue=["persistence/StatefulSet/cassandra has 2 of 3 pods ready"]))
    assert result.ret == MISSED
    result.stdout.fnmatch_lines(["*no-residue*2 of 3 pods ready*"])


def test_cost_is_shown_and_judged_where_there_are_prices(project, record):
    """One pod of a quarter of a processor at 1 USD an hour: too dear at 0.20, with table and picture."""
    (project.path / "scenarios/test_kill.py").write_text(
        BODY.replace('run.meets("{objective}", over=FAULT)', "run.costs(at_most=0.2, over=FAULT)")
    )
    folder = record()
    store = RecordStore.open(folder)
    store.save_prices(
        Prices(currency="USD", vcpu_hour=1, gib_hour=0, gib_month=0, gb_traffic=0, engineer_hour=0)
    )
    times = tuple(float(at) for at in range(80))
    pod = {"namespace": "application", "pod": "a", "node": "n1", "resource": "cpu"}
    store.save_series(
        [
            *(
                Series({"__name__": "up", "job": job}, tuple((at, 1.0) for at in times))
                for job in ("requests", "usage", "claims", "edge")
            ),
            Series({"__name__": ASKED, "job": "requests", **pod}, tuple((at, 0.25) for at in times)),
            Series({"__name__": PROCESSOR, "job": "usage", **pod}, tuple((at, 0.0) for at in times)),
        ]
    )
    result = judged(project, keeping(store))
    assert result.ret == MISSED
    result.stdout.fnmatch_lines(["*cost*FAULT*≤ 0.2 USD/h*0.2500 USD/h*MISSED*182.50 USD a month*"])
    result.stdout.fnmatch_lines(["*Cost, USD an hour*", "*application*0.2500*182.50*"])
    assert store.plot.read_text().startswith("<?xml")
    for cannot in ("at_most='3 USD'", "at_most=float('nan')", "at_most=1, of='nobody'"):
        asks(project, f"run.costs({cannot}, over=FAULT)")
        assert judged(project, folder).ret == BAD_INPUT


MEETS = 'run.meets("api-availability", over=FAULT)'


def marked(project, mark):
    file = project.path / "scenarios/test_kill.py"
    file.write_text(file.read_text().replace("@pytest.mark.scenario", f"{mark}@pytest.mark.scenario"))


def asks(project, body):
    text = BODY.replace('assert run.meets("{objective}", over=FAULT)', body)
    (project.path / "scenarios/test_kill.py").write_text(text)


@pytest.mark.parametrize("body", [MEETS, f"assert {MEETS} is not None", f"assert not {MEETS}"])
def test_a_verdict_that_was_missed_counts_though_nobody_asserted_it(project, record, body):
    """It was asked for: forgetting the assert does not make it green."""
    asks(project, body)
    result = judged(project, record(good=2407.0))
    assert result.ret == MISSED
    result.stdout.fnmatch_lines(["*MISSED: api-availability over FAULT*"])


@pytest.mark.parametrize("body", [MEETS, f"assert {MEETS} is not None", "pass"])
def test_a_verdict_that_is_unknown_counts_though_nobody_asserted_it(project, record, body):
    """A fault that hit nothing is never green; nor when the body asks nothing at all."""
    asks(project, body)
    result = judged(project, record(problems=["app=nope in application matches no pod"]))
    assert result.ret == INCONCLUSIVE


def test_a_body_that_asks_nothing_has_shown_nothing(project, record):
    """Of a sound run: whoever wrote it forgot the question."""
    asks(project, "pass")
    result = judged(project, record())
    assert result.ret == INCONCLUSIVE
    result.stdout.fnmatch_lines(["*asked nothing of its run*"])


def test_a_miss_counts_beside_an_assert_that_was_inconclusive(project, record):
    """The promise broke: what else is not known does not hide it."""
    asks(project, f"{MEETS}; assert run.recovered(within=5)")
    assert judged(project, record(good=2407.0)).ret == MISSED


@pytest.mark.parametrize("body", ["pytest.skip('not today')", f"{MEETS}; pytest.xfail('known')"])
@pytest.mark.parametrize("mark", ["", "@pytest.mark.xfail(reason='a known weakness')\n"])
def test_what_nobody_knows_is_not_green_for_being_skipped_or_expected(project, record, mark, body):
    """A miss may be expected; that there is no evidence is no miss."""
    asks(project, body)
    marked(project, mark)
    assert judged(project, record(problems=["app=nope matches no pod"])).ret == INCONCLUSIVE


@pytest.mark.parametrize("name", ["nope", "api-availability"])
def test_an_expected_miss_is_a_miss_and_nothing_else(project, record, name):
    """A name that no objective has is bad input, however the test is marked."""
    asks(project, f'assert run.meets("{name}", over=FAULT)')
    marked(project, "@pytest.mark.xfail(reason='a known weakness')\n")
    assert judged(project, record(good=2407.0)).ret == (BAD_INPUT if name == "nope" else MET)


def test_to_skip_the_rest_does_not_hide_a_miss(project, record):
    """A verdict that was asked for counts."""
    asks(project, f"{MEETS}; pytest.skip('it was bad')")
    assert judged(project, record(good=2407.0)).ret == MISSED


def test_a_scenario_that_was_asked_for_by_name_and_skipped_did_not_run(project, record):
    """No objective was met: nothing was looked at."""
    marked(project, "@pytest.mark.skip\n")
    assert judged(project, record(), "--sla-scenario=kill-one").ret == NO_TESTS


def test_of_several_asked_for_by_name_each_must_run(project, record):
    """One that ran does not make green what nobody looked at."""
    other = BODY.replace("test_users_never_notice", "test_other").replace("kill-one", "kill-two")
    file = project.path / "scenarios/test_other.py"
    file.write_text(
        other.format(objective="api-availability").replace("@pytest", "@pytest.mark.skip\n@pytest", 1)
    )
    names = ("--sla-scenario=kill-one", "--sla-scenario=kill-two")
    assert judged(project, record(), *names).ret == NO_TESTS


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("pass", "UNKNOWN"),
        ("{}['key']", "UNKNOWN"),
        (f"{MEETS}; {{}}['key']", "UNKNOWN"),
        (f"{MEETS}; assert not 'mine'", "MISSED"),
        (f"{MEETS}; run.meets('typo', over=FAULT)", "UNKNOWN"),
        (f"{MEETS}; pytest.skip('the rest another day')", "UNKNOWN"),
        (f"{MEETS}; pytest.xfail('known')", "UNKNOWN"),
    ],
)
def test_what_readers_see_is_no_greener_than_the_exit_code(project, record, body, outcome):
    """Page, dashboard and history read the saved verdicts: there, too, the test came to no good end."""
    asks(project, body)
    folder = record()
    assert judged(project, folder).ret != MET
    told = {one.objective: one.outcome for one in RecordStore.open(folder).verdicts()}
    assert told["test-body"] == outcome


def test_a_typo_hides_no_miss(project, record):
    """What was asked before it and missed is a miss."""
    asks(project, f"{MEETS}; run.meets('typo', over=FAULT)")
    assert judged(project, record(good=2407.0)).ret == MISSED


@pytest.mark.parametrize(
    "body",
    [
        'run.meets("api-availability", over="FALUT")',
        "run.nope(within=5)",
        "run.recovered(within=-5)",
        "run.ask(lambda record: True)",
        f"{MEETS}; run.ask(lambda record: ())",
    ],
)
def test_a_question_that_cannot_be_is_bad_input(project, record, body):
    """A window, a check, a limit that there is not, a check that gives no verdict: neither MISSED nor MET."""
    asks(project, f"assert {body}" if ";" not in body else body)
    assert judged(project, record()).ret == BAD_INPUT


BREAKS = (
    (
        "run.meets('api-availability')",
        "TypeError: RunResult.meets() missing 1 required keyword",
    ),
    ("import sys; sys.exit(0)", "SystemExit: 0"),
    ("pytest.exit('enough', returncode=0)", "Exit: enough"),
    ("{}['key']", "KeyError: 'key'"),
    (f"{MEETS}; 1 / 0", "ZeroDivisionError: division by zero"),
)


@pytest.mark.parametrize(("body", "said"), BREAKS)
def test_a_test_that_breaks_is_neither_missed_nor_unknown_nor_green(project, record, body, said):
    """It ends in a code of its own and one line, with the traceback below."""
    asks(project, body)
    result = judged(project, record())
    assert result.ret == BROKEN
    (line,) = [one for one in result.outlines if one.startswith("BrokenTest: ")]
    assert said in line
    assert "test_kill.py::test_users_never_notice, line " in line
    assert "Traceback of the test" in result.stdout.str()


@pytest.mark.parametrize("body", ["{}['key']", "import sys; sys.exit(0)", "pytest.exit('no', returncode=0)"])
def test_what_breaks_a_test_hides_no_miss(project, record, body):
    """What was asked before it counts, and both are told."""
    asks(project, f"{MEETS}; {body}")
    result = judged(project, record(good=2407.0))
    assert result.ret == MISSED
    result.stdout.fnmatch_lines(["*3 of 2,410 requests failed*and the test broke: *"])


def test_a_fixture_of_the_projects_own_that_breaks_is_told_alike(project, record):
    """Before the body as in it; and to expect a failure does not make it green."""
    text = BODY.format(objective="api-availability").replace("(run)", "(run, own)")
    own = "@pytest.fixture\ndef own(): raise KeyError('own')\n"
    text = text.replace("@pytest.mark", f"{own}@pytest.mark.xfail\n@pytest.mark", 1)
    (project.path / "scenarios/test_kill.py").write_text(text)
    result = judged(project, record())
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines(["BrokenTest: *line *KeyError: 'own'"])


@pytest.mark.parametrize(
    ("afterwards", "code", "said"),
    [
        (Afterwards(), MET, "its probes answer after the method as before it"),
        (Afterwards(deviation="probe 'p' answered 2"), MISSED, "probe 'p' answered 2"),
        (Afterwards(doubt="it was not asked after the method"), INCONCLUSIVE, "it was not asked"),
    ],
)
def test_the_experiments_own_hypothesis_counts_unasked(project, record, afterwards, code, said):
    """Its author expects it, whatever the test's body asks."""
    store = RecordStore.open(record())
    run = store.record()
    store.save_record(replace(run, fault=replace(run.fault, afterwards=afterwards)))
    result = judged(project, store.folder)
    assert result.ret == code
    assert "steady-state-hypothesis" in result.stdout.str()
    (verdict,) = [one for one in store.verdicts() if one.objective == "steady-state-hypothesis"]
    assert said in verdict.reason


def test_a_window_may_be_named_by_its_word(project, record):
    """``over="FAULT"`` is what people write."""
    asks(project, 'assert run.meets("api-availability", over="FAULT")')
    assert judged(project, record()).ret == MET


def test_a_check_of_ones_own_that_is_a_plain_function_is_not_believed_of_a_run_in_doubt(project, record):
    """However it is written, it cannot forget that the fault hit nothing."""
    own = "Verdict('mine', FAULT, Outcome.MET, '', '', None, '')"
    asks(project, f"from slaharness.model import Outcome, Verdict; run.ask(lambda record: {own})")
    assert judged(project, record()).ret == MET
    assert judged(project, record(problems=["app=nope matches no pod"])).ret == INCONCLUSIVE


def test_unknown_objective_is_bad_input(project, record):
    """A misspelt objective is named with those there are; it is not a verdict."""
    (project.path / "scenarios/test_kill.py").write_text(BODY.format(objective="api-availabilty"))
    result = judged(project, record())
    assert result.ret == BAD_INPUT
    result.stdout.fnmatch_lines(["*no objective 'api-availabilty'; there are: api-availability*"])


def test_judging_again_says_the_same(project, record):
    """The record alone gives the same verdicts as often as it is asked."""
    folder = record(good=2407.0)
    judged(project, folder)
    first = (folder / "verdicts.json").read_text()
    judged(project, folder)
    assert (folder / "verdicts.json").read_text() == first
    assert [verdict["outcome"] for verdict in json.loads(first)] == ["MISSED", "MET"]


def test_broken_record_is_bad_input(project, record):
    """A record cut short is an error that names the file."""
    folder = record()
    path = folder / "measurements.json"
    path.write_bytes(path.read_bytes()[:30])
    result = judged(project, folder)
    assert result.ret == BAD_INPUT
    result.stdout.fnmatch_lines(["*measurements.json: cut short or changed*"])


@pytest.mark.parametrize("broken", ["def test_(:", "import sys; sys.exit(0)", "import nothing_of_that_name"])
@pytest.mark.parametrize("name", ["kill-one", "kill-two"])
def test_a_file_of_tests_that_cannot_be_read_is_bad_input(project, record, broken, name):
    """Neither green, nor interrupted, nor UNKNOWN, whatever pytest calls it; also beside one that can be."""
    (project.path / "scenarios/test_broken.py").write_text(broken)
    result = judged(project, record(), f"--sla-scenario={name}")
    assert result.ret == BAD_INPUT
    assert "test_broken.py" in result.stdout.str() + result.stderr.str()


def test_unknown_scenario_names_those_there_are(project):
    """A misspelt name starts nothing."""
    result = project.runpytest_inprocess("scenarios", "--scenario=kill-onne")
    assert result.ret == BAD_INPUT
    result.stderr.fnmatch_lines(["*no scenario kill-onne; there are: kill-one*"])


def test_a_context_that_is_not_allowed_is_refused_before_anything_starts(project, monkeypatch):
    """In one line, as all bad input."""
    monkeypatch.setenv("SLAHARNESS_CONTEXTS", "other")
    result = project.runpytest_inprocess("scenarios", "--sla-cluster=existing", "--sla-context=prod")
    assert result.ret == BAD_INPUT
    result.stderr.fnmatch_lines(["ERROR: context 'prod' is not released for faults*"])
    result.stdout.no_fnmatch_line("*ERRORS*")


def test_missing_experiment_is_refused_before_anything_starts(project):
    """A scenario whose files are not there ends in one line."""
    (project.path / "loadprofiles").mkdir()
    (project.path / "loadprofiles/steady-mix.py").write_text(
        "from locust import HttpUser\nclass A(HttpUser): tasks = [print]\n"
    )
    result = project.runpytest_inprocess("scenarios")
    assert result.ret == BAD_INPUT
    result.stderr.fnmatch_lines(["*no experiment 'kill-one' in *; there are: none*"])


ELSEWHERE = """
title: t
description: d
method:
- {type: action, name: end, provider: {type: python, module: chaosk8s.pod.actions, func: terminate_pods,
   arguments: {label_selector: app=web}}}
"""


def test_an_experiment_that_reaches_out_of_the_stack_is_refused_before_anything_starts(project):
    """Here by chaosk8s' own default, the namespace `default`: not after a minute of deploying and loading."""
    for name in ("loadprofiles", "experiments", "scenarios/objectives"):
        (project.path / name).mkdir(parents=True)
    profile = "from locust import HttpUser, task\nclass A(HttpUser):\n    @task\n    def a(self): ...\n"
    (project.path / "loadprofiles/steady-mix.py").write_text(profile)
    (project.path / "experiments/kill-one.yaml").write_text(ELSEWHERE)
    shutil.copy(ROOT / "scenarios/objectives/api-availability.yaml", project.path / "scenarios/objectives")
    (project.path / "slaharness.toml").write_text(SHOP)
    result = project.runpytest_inprocess("scenarios")
    assert result.ret == BAD_INPUT
    result.stderr.fnmatch_lines(
        ["ERROR: *kill-one.yaml: method?0? reaches into namespace default, which is none*"]
    )


@pytest.mark.parametrize(
    ("marker", "complaint"),
    [
        ('load="x"', "needs experiment"),
        ('load="x", experiment="y", fautl="3s"', "has no argument fautl"),
        ('load="x", experiment="y", fault="soon"', "'soon' is not a duration"),
    ],
)
def test_bad_marker_is_named(project, marker, complaint):
    """A slip in a scenario's marker is refused with the test's name."""
    text = BODY.replace('load="steady-mix", experiment="kill-one"', marker)
    (project.path / "scenarios/test_kill.py").write_text(text)
    result = project.runpytest_inprocess("scenarios")
    assert result.ret == BAD_INPUT
    result.stderr.fnmatch_lines([f"*{complaint}*"])


def test_an_ordinary_tests_own_traceback_is_its_authors(pytester):
    """Also when it fails of an error of ours."""
    pytester.makepyfile(
        "from slaharness.errors import BadInput\ndef deep(): raise BadInput('x')\ndef test_a(): deep()"
    )
    pytester.runpytest_inprocess("--tb=short").stdout.fnmatch_lines(["*in deep*"])


def test_ordinary_tests_are_left_alone(pytester):
    """Installed beside other people's tests, the plugin changes nothing of them."""
    pytester.makepyfile("def test_a(): assert True\ndef test_b(): assert False")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=1, failed=1)
    assert result.ret == MISSED


def test_a_control_run_is_judged_over_its_own_window(project, record):
    """No fault is claimed, so none is missed; what is asked of a fault that was not there is unknown."""
    store = RecordStore.open(record())
    run = store.record()
    window = Window(CONTROL, 22, 52)
    timeline = replace(run.timeline, windows=(run.timeline.windows[0], window))
    scenario = replace(run.scenario, experiment="")
    store.save_record(replace(run, scenario=scenario, control=True, fault=None, timeline=timeline))
    before, measured, _ = store.measurements()
    store.save_measurements((before, replace(measured, phase=CONTROL)))
    for asked, code in (
        ("meets('api-availability', over=CONTROL)", MET),
        ("recovered(within=5)", INCONCLUSIVE),
    ):
        (project.path / "scenarios/test_kill.py").write_text(
            BODY.replace("import FAULT", "import CONTROL")
            .replace('experiment="kill-one"', 'experiment=None, name="kill-one"')
            .replace('run.meets("{objective}", over=FAULT)', f"run.{asked}")
        )
        assert judged(project, store.folder).ret == code


def test_names_that_cannot_clash_do_the_same(project, record):
    """Where a project has a fixture ``run`` and a marker ``scenario`` of its own."""
    text = BODY.format(objective="api-availability").replace("mark.scenario", "mark.slaharness_scenario")
    own = "@pytest.fixture\ndef run(): return 'theirs'\ndef test_own(run): assert run == 'theirs'"
    text = text.replace("(run)", "(slaharness_run)").replace(
        "assert run.meets", "assert slaharness_run.meets"
    )
    (project.path / "scenarios/test_kill.py").write_text(f"{text}\n{own}")
    result = judged(project, record(), "--sla-scenario=kill-one")
    result.assert_outcomes(passed=1, deselected=1)
    assert judged(project, record()).ret == MET


def test_options_may_stand_in_the_ini_file(project, record):
    """A folder counts from the file's own; the command line counts more."""
    folder = record()
    (project.path / "kept").symlink_to(folder)
    project.makepyprojecttoml('[tool.pytest.ini_options]\nsla_record = "kept"')
    assert project.runpytest_inprocess("scenarios").ret == MET
    missed = judged(project, record(good=2407.0))
    assert missed.ret == MISSED


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        ("--sla-nodes=many", "--sla-nodes: 'many' is no number of 1 or more"),
        ("--sla-nodes=0", "--sla-nodes: '0' is no number of 1 or more"),
        ("--sla-cluster=cloud", "--sla-cluster: no cluster provider 'cloud'; there are: local, existing"),
    ],
)
def test_an_option_that_cannot_be_is_named(project, option, complaint):
    """Before anything is collected; in the ini file by its name there."""
    result = project.runpytest_inprocess("scenarios", option)
    assert result.ret == BAD_INPUT
    result.stderr.fnmatch_lines([f"*{complaint}*"])
    name, _, value = option.removeprefix("--").replace("-", "_").partition("=")
    project.makepyprojecttoml(f'[tool.pytest.ini_options]\n{name} = "{value}"')
    result = project.runpytest_inprocess("scenarios")
    assert result.ret == BAD_INPUT
    result.stderr.fnmatch_lines([f"*{name}: *"])


def test_settings_that_cannot_be_stop_before_anything_starts(project):
    """In one line with file and field."""
    project.makepyprojecttoml('[tool.slaharness.stack]\nkind = "docker"')
    result = project.runpytest_inprocess("scenarios")
    assert result.ret == BAD_INPUT
    result.stderr.fnmatch_lines(["*pyproject.toml: tool.slaharness.stack: kind is 'docker', none of*"])


LIVE = """
from importlib import import_module
from pathlib import Path

import pytest
from slaharness.record.store import RecordStore

def pytest_configure(config):
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    store, finished = RecordStore.open(Path("{record}")), import_module("slaharness.plugin.finished")
    patch.setattr(finished, "_live", lambda *_: store)
    patch.setattr(import_module("slaharness.settings.inputs").Files, "read", lambda *_: {{}})

@pytest.fixture
def slaharness_environment():
    pytest.fail("work has begun")
"""
NOBODY = '[send]\nurl = "http://127.0.0.1:1/in"\nprotocol = "otlp"\n'


@pytest.fixture
def live(project):
    """The command, in a project whose run has just left that record; no cluster is ever asked for."""

    def ran(folder, *words, settings=NOBODY):
        (project.path / "conftest.py").write_text(LIVE.format(record=folder))
        (project.path / "slaharness.toml").write_text(SHOP + settings)
        return project.runpytest_inprocess("scenarios", *words)

    return ran


@pytest.mark.parametrize(("good", "code"), [(2410.0, MET), (2407.0, MISSED)])
def test_what_cannot_be_sent_is_a_line_and_changes_no_exit_code(live, record, good, code):
    """Asked to send to where nobody is, a run is what it was."""
    result = live(record(good=good), "--sla-send")
    assert result.ret == code
    (line,) = [one for one in result.errlines if "could not send" in one]
    assert "figures to http://127.0.0.1:1/in by otlp: connection refused; again: slaharness send" in line


def test_nothing_is_sent_unless_asked(live, record):
    """Settings say where to; only the command says that."""
    result = live(record())
    assert result.ret == MET
    assert "send" not in result.stderr.str()


def test_sending_without_a_receiver_is_refused_before_anything_starts(live, record):
    """A run of hours would have nowhere to go with its figures."""
    result = live(record(), "--sla-send", settings="")
    assert result.ret == BAD_INPUT
    assert "slaharness.toml: send is missing" in result.stderr.str()


OF_A_CLASS = """
import pytest
from slaharness import FAULT

class TestUsers:
    @pytest.mark.scenario(load="steady-mix", experiment="kill-one")
    def test_never_notice(self, run):
        '''Nobody sees an error.'''
        assert run.meets("api-availability", over=FAULT)
"""


def test_a_scenario_may_stand_in_a_class(project, record):
    """As many projects keep their tests."""
    (project.path / "scenarios/test_kill.py").write_text(OF_A_CLASS)
    result = judged(project, record(good=2407.0))
    result.assert_outcomes(failed=1)
    assert result.ret == MISSED


def test_a_scenario_that_waits_is_refused_before_it_is_run(project, record):
    """Pytest calls no such function: a whole run would end with nothing asked."""
    (project.path / "scenarios/test_kill.py").write_text(
        BODY.format(objective="api-availability").replace("def test", "async def test")
    )
    result = judged(project, record())
    assert result.ret == BAD_INPUT
    result.stderr.fnmatch_lines(["*test_users_never_notice: is `async`*(line 5)"])


@pytest.mark.parametrize("option", ["--collect-only", "--fixtures", "--markers"])
def test_a_record_that_pytest_was_told_not_to_judge_is_not_met(project, record, monkeypatch, option):
    """By its environment, or by the project's own settings."""
    monkeypatch.chdir(project.path)
    monkeypatch.setenv("PYTEST_ADDOPTS", option)
    with pytest.raises(SystemExit) as ended:
        judge.callback(record(), objectives=None, as_json=False)
    assert ended.value.code == NO_TESTS


@pytest.mark.parametrize(
    ("name", "other", "said"),
    [
        (
            "experiment",
            "kill-all",
            "had the experiment 'kill-all' when it was run, and has the experiment '*' now",
        ),
        ("load", "rush", "had the load 'rush' when it was run, and has the load '*' now"),
        ("fault", 10.0, "had fault='10s' when it was run, and has fault='30s' now"),
        ("recovery", 120.0, "had recovery='120s' when it was run, and has recovery='20s' now"),
        ("baseline", 5.0, "had baseline='5s' when it was run, and has baseline='20s' now"),
    ],
)
def test_a_record_of_another_fault_load_or_length_answers_no_question_on_this_one(
    project, record, name, other, said
):
    """Though its scenario is called the same: what that asks today was not what happened then."""
    folder = record()
    store = RecordStore.open(folder)
    then = store.record()
    store.save_record(replace(then, scenario=replace(then.scenario, **{name: other})))
    result = judged(project, folder)
    assert result.ret == BAD_INPUT
    result.stdout.fnmatch_lines([f"*kill-one {said}*"])
    assert not (folder / "verdicts.json").exists()


SEVERAL = """
import pytest
from slaharness import BASELINE, FAULT

@pytest.mark.scenario(load="steady-mix", experiment="kill-one")
@pytest.mark.parametrize("over", [FAULT, BASELINE])
def test_it(run, over):
    assert run.meets("api-availability", over=over)
"""


def test_of_several_tests_of_a_scenario_a_record_answers_the_one_that_it_is_of(project, record):
    """Each has a record of its own: the last word in it would be that of another one."""
    (project.path / "scenarios/test_kill.py").write_text(SEVERAL)
    folder = record(good=2407.0)
    store = RecordStore.open(folder)
    then = store.record()
    for window, code in (("FAULT", MISSED), ("BASELINE", MET)):
        of = replace(then.scenario, nodeid=f"scenarios/test_kill.py::test_it[{window}]")
        store.save_record(replace(then, scenario=of))
        assert judged(project, folder, "--sla-scenario=kill-one").ret == code
        assert next(one.phase for one in store.verdicts()) == window
    store.save_record(then)
    result = judged(project, folder, "--sla-scenario=kill-one")
    assert result.ret == BAD_INPUT
    result.stderr.fnmatch_lines(["*2 tests are the scenario kill-one, and the record is of none of them*"])


def test_a_record_that_cannot_be_written_to_is_judged_all_the_same(project, record, monkeypatch):
    """As one is that somebody else made: its own verdicts and page stay as they are."""
    folder = record(good=2407.0)
    there = sorted(folder.iterdir())
    monkeypatch.setattr("os.access", lambda file, mode: Path(file) != folder)
    result = judged(project, folder)
    assert result.ret == MISSED
    result.stdout.fnmatch_lines(["*3 of 2,410 requests failed*", "*cannot be written to*"])
    assert sorted(folder.iterdir()) == there
