"""``slaharness nightly``: goes on whatever becomes of one run, and forgets nothing."""

import json
import time
import xml.etree.ElementTree as ET
from contextlib import nullcontext
from dataclasses import asdict, replace

import pytest
from click import Abort
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from stacks import SHOP

from slaharness.cli import cli, nightly
from slaharness.errors import BadInput
from slaharness.model import FAULT, Outcome, Scenario, Verdict
from slaharness.record.night import NightStore

MET, MISSED, UNKNOWN, BAD_INPUT, TROUBLE = 0, 1, 3, 4, 6
OUTCOMES = {MET: Outcome.MET, MISSED: Outcome.MISSED, UNKNOWN: Outcome.UNKNOWN}
SCENARIOS = [
    Scenario("calm", "mix", "kill", question="Are orders kept?"),
    Scenario("backup", "mix", "lose", profile="backup"),
    Scenario("evict", "mix", "evict"),
]


def answer(code, words):
    """What ``slaharness run --json`` says and leaves."""
    name, junit = words[4], words[words.index("--junit") + 1]
    told = "<error message='failed on setup with'>no cluster</error>" if code == TROUBLE else ""
    case = f"<testcase name='t_{name}'>{told}</testcase>"
    junit.write_text(f"<testsuites><testsuite name='pytest' tests='1'>{case}</testsuite></testsuites>")
    if code not in OUTCOMES:
        return code, json.dumps({"exit_code": code, "runs": []})
    one = Verdict("orders", FAULT, OUTCOMES[code], "≥ 99 %", "97 %", 10, f"so it is with {name}")
    run = {"scenario": name, "record": f"/records/{name}", "verdicts": [asdict(one)]}
    return code, json.dumps({"exit_code": code, "runs": [run]}, default=str)


@pytest.fixture
def night(tmp_path, monkeypatch):
    """The command, in a project with three scenarios whose runs end in ``codes``, one after the other."""
    (tmp_path / "slaharness.toml").write_text(SHOP)
    (tmp_path / "scenarios").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(nightly, "shared", lambda _wanted: nullcontext())
    monkeypatch.setattr(nightly.collected, "scenarios", lambda: SCENARIOS)
    ran = []

    def spend(*words, codes):
        def supervised(argv, *, within, env):
            ran.append(argv[4])
            code = codes.pop(0)
            if isinstance(code, BaseException):
                raise code
            return code(argv) if callable(code) else answer(code, argv)

        monkeypatch.setattr(nightly.command, "supervised", supervised)
        return CliRunner().invoke(cli, ["nightly", *words], standalone_mode=False)

    spend.ran = ran
    spend.reports = tmp_path / "reports"
    return spend


def newest(night):
    return NightStore(max((night.reports / "nights").iterdir()))


def cases(store):
    """Of the night's JUnit file: suite → (tags of its test, its properties)."""
    return {
        suite.get("name"): (
            [one.tag for one in suite.find("testcase")],
            {one.get("name"): one.get("value") for one in suite.iter("property")},
        )
        for suite in ET.parse(store.junit).getroot()  # noqa: S314  # ours
    }


def test_it_goes_on_after_failures_and_ends_with_the_worst_code(night):
    """A miss in the first run keeps nobody from the others; profiles stay together."""
    ended = night(codes=[MISSED, BAD_INPUT, MET])
    assert night.ran == ["calm", "evict", "backup"]
    assert ended.exit_code == MISSED
    assert "3 scenarios: 1 MISSED, 1 UNKNOWN, 1 MET" in ended.output
    assert newest(night).night().ended


@pytest.mark.parametrize(
    ("codes", "worst"),
    [
        ([MET, MET, MET], MET),
        ([UNKNOWN, UNKNOWN, MET, MET], UNKNOWN),
        ([UNKNOWN, UNKNOWN, TROUBLE, TROUBLE, MET], TROUBLE),
        ([UNKNOWN, UNKNOWN, MISSED, TROUBLE, TROUBLE], MISSED),
        ([-9, -9, MET, MET], TROUBLE),
        ([2, 2, MET, MET], 2),
        ([70, UNKNOWN, UNKNOWN, TROUBLE, TROUBLE], 70),
        ([70, MISSED, MET], MISSED),
    ],
)
def test_the_exit_code_is_the_worst(night, codes, worst):
    """MISSED before trouble before UNKNOWN before MET; a run that was killed is trouble."""
    assert night(codes=codes).exit_code == worst


def test_what_nobody_knows_is_tried_once_more_and_that_is_said(night):
    """In the summary, in the JUnit file and on the page: a second try that is MET hides no first one."""
    ended = night(codes=[UNKNOWN, MET, MET, MET])
    assert ended.exit_code == MET
    assert night.ran == ["calm", "calm", "evict", "backup"]
    store = newest(night)
    assert "1 tried again" in ended.output
    assert "tried again, as at first it was UNKNOWN" in store.page.read_text()
    _, properties = cases(store)["calm"]
    assert properties["tries"] == "2"
    assert "so it is with calm" in properties["earlier tries"]
    night(codes=[UNKNOWN, UNKNOWN, MET, MET])
    assert night.ran[4:] == ["calm", "calm", "evict", "backup"]  # no third try


@pytest.mark.parametrize("code", [-9, 2, TROUBLE])
def test_a_run_that_did_not_come_to_its_end_is_tried_once_more(night, code):
    """Killed, or ended by somebody who meant that one alone: nothing was judged."""
    assert night(codes=[code, MET, MET, MET]).exit_code == MET
    assert night.ran == ["calm", "calm", "evict", "backup"]


def test_a_miss_is_not_tried_again(night):
    """Else a promise that breaks every other night would always be held."""
    night(codes=[MISSED, MET, MET])
    assert night.ran == ["calm", "evict", "backup"]


def test_a_run_that_says_nothing_is_never_green(night):
    """Neither one that ends well without a verdict, nor one that takes for ever."""
    silent = [
        lambda _: (MET, ""),
        lambda _: (MET, '{"runs": []}'),
        lambda _: (None, ""),
        lambda _: (None, ""),
    ]
    ended = night(codes=[*silent, MET])
    assert ended.exit_code == TROUBLE
    store = newest(night)
    assert "it ended well, and gave no verdict" in store.night().last("calm").reason
    assert "no end after" in store.night().last("evict").reason
    assert cases(store)["calm"][0] == ["properties", "error"]


def test_trouble_is_told_in_pytests_words(night):
    """Where there is no verdict, the JUnit file of the run says why."""
    night(codes=[TROUBLE, TROUBLE, MET, MET])
    assert newest(night).night().last("calm").reason == "no cluster"


def test_what_was_judged_before_a_crash_is_not_run_again(night):
    """The machine stopped in the second run: the same command goes on there, in the same folder."""
    night(codes=[MISSED, SystemExit(137)])
    (folder,) = (night.reports / "nights").iterdir()
    assert newest(night).night().ended is None
    ended = night(codes=[MET, MET])
    assert night.ran == ["calm", "evict", "evict", "backup"]
    assert list((night.reports / "nights").iterdir()) == [folder]
    assert ended.exit_code == MISSED
    assert set(cases(newest(night))) == {"calm", "evict", "backup"}


@pytest.mark.parametrize("words", [("--anew",), ("calm",), ("--shard", "1/2"), ("--name", "other")])
def test_another_night_is_begun_anew(night, words):
    """One of other scenarios, parts or clusters is not what broke off; and whoever asks gets a new one."""
    night(codes=[MISSED, SystemExit(137)])
    night(*words, codes=[MET, MET, MET])
    assert night.ran[2] == "calm"


@pytest.mark.parametrize(
    ("hours", "anew"), [(11, False), (13, True), (24 - 0.01, True)], ids=["today", "long ago", "last night"]
)
def test_a_night_that_is_old_is_not_gone_on_with(night, hours, anew):
    """What it tested has changed since; and a job that runs daily never takes last night's verdicts."""
    night(codes=[MET, SystemExit(137)])
    store = newest(night)
    store.save(replace(store.night(), began=time.time() - 3600 * hours))
    night(codes=[MET, MET, MET])
    assert night.ran[2] == ("calm" if anew else "evict")


@pytest.mark.parametrize(
    "changed",
    [
        {"load": "double"},
        {"experiment": "evict"},
        {"fault": 600.0},
        {"profile": "backup"},
        {"nodeid": "scenarios/test_other.py::test_calm"},
    ],
    ids=str,
)
def test_a_scenario_that_was_changed_is_run(night, monkeypatch, changed):
    """It was MET before the crash, and has only its name in common with that one."""
    night(codes=[MET, SystemExit(137)])
    there = [replace(SCENARIOS[0], **changed), *SCENARIOS[1:]]
    monkeypatch.setattr(nightly.collected, "scenarios", lambda: there)
    ended = night(codes=[MISSED, MET, MET])
    assert "calm" in night.ran[2:]
    assert ended.exit_code == MISSED
    assert "have changed since: begun anew" in ended.output


@pytest.mark.parametrize(
    "file",
    [
        "scenarios/test_calm.py",
        "scenarios/objectives/orders.yaml",
        "experiments/kill.yaml",
        "loadprofiles/mix.py",
        "slaharness.toml",
        "pyproject.toml",
    ],
)
def test_a_file_that_was_changed_has_all_run_again(night, file):
    """What was MET before rests on what is no longer there."""
    night(codes=[MET, SystemExit(137)])
    changed = night.reports.parent / file
    changed.parent.mkdir(parents=True, exist_ok=True)
    with changed.open("a") as there:
        there.write("\n")
    ended = night(codes=[MET, MET, MET])
    assert night.ran[2:] == ["calm", "evict", "backup"]
    assert "have changed since: begun anew" in ended.output


def test_another_slaharness_has_all_run_again(night, monkeypatch):
    """It may judge otherwise."""
    night(codes=[MET, SystemExit(137)])
    monkeypatch.setattr("slaharness.record.night.version", lambda _name: "99")
    night(codes=[MET, MET, MET])
    assert night.ran[2:] == ["calm", "evict", "backup"]


@pytest.mark.parametrize("file", ["scenarios/__pycache__/test_calm.pyc", "scenarios/.test_calm.py.swp"])
def test_what_nobody_wrote_changes_nothing(night, file):
    """Bytecode, and an editor's own."""
    night(codes=[MET, SystemExit(137)])
    left = night.reports.parent / file
    left.parent.mkdir(exist_ok=True)
    left.touch()
    night(codes=[MET, MET])
    assert night.ran[2:] == ["evict", "backup"]


def test_a_night_of_which_nothing_is_left_is_not_gone_on_with(night):
    """It broke off after its last verdict: to run nothing and end well would be no night."""
    night(codes=[MET, MET, MET])
    store = newest(night)
    store.save(replace(store.night(), ended=None))
    ended = night(codes=[MET, MISSED, MET])
    assert night.ran[3:] == ["calm", "evict", "backup"]
    assert ended.exit_code == MISSED
    assert "all of its scenarios were judged: begun anew" in ended.output


def test_an_interrupted_night_sums_up_what_there_is(night):
    """And says how it goes on; it is not over, and not green."""
    ended = night(codes=[MET, KeyboardInterrupt()])
    assert isinstance(ended.exception, Abort)  # which the command line makes exit code 2
    store = newest(night)
    assert "it has not run" in store.page.read_text()
    assert store.night().ended is None
    assert "goes on with it" in ended.output
    assert set(cases(store)) == {"calm"}


def test_a_jobs_page_has_one_table(night, monkeypatch, tmp_path):
    """Of the night; its runs add none of their own."""
    file = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    night(codes=[MISSED, MET, MET])
    assert file.read_text().count("\n| --- ") == 1
    assert "MISSED: 3 scenarios" in file.read_text()


def test_the_page_needs_nothing_but_itself(night, tmp_path):
    """And stays below a megabyte, whatever the pictures: those of what is not MET come first."""
    record = tmp_path / "record"
    record.mkdir()
    (record / "requests.svg").write_text(f"<svg>{' ' * 500_000}</svg>")

    def missed(argv):
        code, said = answer(MISSED, argv)
        return code, said.replace(f"/records/{argv[4]}", str(record))

    night(codes=[missed, missed, MET])
    page = newest(night).page.read_text()
    assert page.count("<svg") == 1
    assert len(page) < 1_000_000
    assert "<script" not in page
    assert "src=" not in page
    assert page.index("MISSED") < page.index("Are orders kept?")


def test_unknown_names_are_refused(night):
    """Before anything is made."""
    with pytest.raises(BadInput, match="no scenario nope; there are: backup, calm, evict"):
        raise night("nope", codes=[]).exception


@pytest.mark.parametrize("words", ["0/2", "3/2", "x", "1/", "-1/2"])
def test_parts_that_are_none_are_refused(night, words):
    """In click's words."""
    assert "is no part like 2/3" in str(night("--shard", words, codes=[]).exception)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(10, 600)), min_size=1, max_size=30), st.data())
def test_parts_hold_each_scenario_once_and_none_is_empty(shapes, data):
    """Together they are the whole night."""
    scenarios = [Scenario(str(n), "l", "e", fault=f, profile=p) for n, (p, f) in enumerate(shapes)]
    of = data.draw(st.integers(1, len(scenarios)))
    parts = [nightly.part(scenarios, number, of) for number in range(1, of + 1)]
    assert all(parts)
    assert sorted(int(one.name) for part in parts for one in part) == list(range(len(scenarios)))


def test_parts_take_about_as_long():
    """A machine each: none waits for another for half the night."""
    scenarios = [Scenario(str(n), "l", "e", fault=60) for n in range(19)]
    assert sorted(len(nightly.part(scenarios, number, 3)) for number in (1, 2, 3)) == [6, 6, 7]


def test_more_parts_than_scenarios_are_refused():
    """A part of a night that runs nothing would be green."""
    with pytest.raises(BadInput, match="1 scenario cannot be split into 2 parts"):
        nightly.part(SCENARIOS[:1], 1, 2)


def test_a_test_of_several_parameters_is_run_with_each_and_each_counts(night, monkeypatch):
    """One that is missed is told by its name, and hides behind no other; files have names that can be."""
    several = [
        replace(SCENARIOS[0], nodeid=f"scenarios/test_calm.py::test_calm[{one}]") for one in ("few", "a/b")
    ]
    monkeypatch.setattr(nightly.collected, "scenarios", lambda: [*several, *SCENARIOS[1:]])
    ended = night(codes=[MET, MISSED, MET, MET])
    assert night.ran == ["calm[few]", "calm[a/b]", "evict", "backup"]
    assert ended.exit_code == MISSED
    assert "4 scenarios: 1 MISSED, 3 MET" in ended.output
    assert {suite: tags for suite, (tags, _) in cases(newest(night)).items()}.keys() == set(night.ran)
    assert night("calm", codes=[MET, MET]).exit_code == MET
    assert night("calm[a/b]", codes=[MISSED]).exit_code == MISSED
    assert night.ran[4:] == ["calm[few]", "calm[a/b]", "calm[a/b]"]


def test_several_tests_of_one_scenario_are_each_run(night, monkeypatch):
    """As those of two classes are."""
    several = [replace(SCENARIOS[0], nodeid=f"scenarios/test_calm.py::{one}::test_it") for one in ("A", "B")]
    monkeypatch.setattr(nightly.collected, "scenarios", lambda: several)
    assert night(codes=[MET, MISSED]).exit_code == MISSED
    assert night.ran == [f"calm[{one.nodeid}]" for one in several]
