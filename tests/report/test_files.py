"""What a judged run leaves for readers."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from slaharness.errors import BadInput
from slaharness.model import BASELINE, FAULT, Event, Outcome, Scenario, Timeline, Verdict, Window
from slaharness.record.run_record import RunRecord, Stage
from slaharness.record.store import RecordStore
from slaharness.report import dashboard
from slaharness.report.files import write_files

TIMELINE = Timeline(
    (Window(BASELINE, 100.0, 120.0), Window(FAULT, 121.0, 151.0)),
    (
        Event(121.0, "struck", "shop/db-0 on n1"),
        Event(121.5, "pod not ready", "shop/db-0"),
        Event(133.0, "pod ready", "shop/db-0"),
    ),
)


def verdict(outcome: Outcome, name: str = "orders-kept") -> Verdict:
    return Verdict(name, FAULT, outcome, "≥ 99 %", "97 %", 1_000, f"30 of 1,000 <orders> {outcome.lower()}")


@pytest.fixture
def store(tmp_path: Path) -> RecordStore:
    made = RecordStore.create(tmp_path, "kill-db")
    scenario = Scenario("kill-db", "mix", "kill-db", question="Are orders kept?", topic="A database dies")
    made.save_record(
        RunRecord(
            scenario, "r1", TIMELINE, finished=True, place={"cluster": "c"}, stages=(Stage("s", 99.0, 160.0),)
        )
    )
    return made


@pytest.mark.parametrize(
    ("outcomes", "overall"),
    [
        ((Outcome.MET,), "MET"),
        ((Outcome.UNKNOWN, Outcome.MET), "UNKNOWN"),
        ((Outcome.MET, Outcome.UNKNOWN, Outcome.MISSED), "MISSED"),
        ((), "UNKNOWN"),
    ],
)
def test_the_page_says_the_worst_verdict_first(store, outcomes, overall):
    """A reader of the first line is never told better than it was; a run without verdicts proves nothing."""
    write_files(store, [verdict(one) for one in outcomes], ())
    page = store.page.read_text()
    assert page.index(f'class="badge {overall}"') < page.index("Are orders kept?</h1>")
    assert f"<title>{overall}: " in page


def test_the_page_needs_nothing_but_itself(store):
    """It is read from a mail: no script, nothing fetched, text escaped, pictures with words for the blind."""
    write_files(store, [verdict(Outcome.MISSED)], ())
    page = store.page.read_text()
    assert "<script" not in page
    assert "src=" not in page
    assert "30 of 1,000 &lt;orders&gt; missed" in page
    assert 'role="img" aria-label="Pods that were not Ready: shop/db-0 for 12 s"' in page
    assert len(page) < 1_000_000


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(Outcome.MET, "passed"), (Outcome.MISSED, "failed"), (Outcome.UNKNOWN, "broken")],
)
def test_allure_shows_each_promise_as_a_step_with_its_outcome(store, outcome, status):
    """MISSED is failed, UNKNOWN is broken: neither is ever green, in the whole or in its step."""
    write_files(store, [verdict(Outcome.MET, "latency"), verdict(outcome)], ())
    (result,) = [json.loads(path.read_text()) for path in store.allure.glob("*-result.json")]
    assert result["status"] == status
    assert [step["status"] for step in result["steps"][:2]] == ["passed", status]
    assert result["name"] == "Are orders kept?"
    assert {"name": "epic", "value": "A database dies"} in result["labels"]
    assert result["attachments"][0]["name"] == "the whole run as a page"


def test_a_mutant_is_named_at_the_top(store):
    """On the page before any table, and in Allure: whoever reads "orders are lost" must know which stack."""
    place = {"profile": "one-db", "overlay": "one-db"}
    store.save_record(replace(store.record(), place=place))
    write_files(store, [verdict(Outcome.MET)], ())
    page = store.page.read_text()
    said = "stack: core with overlay one-db"
    assert page.index("</h1>") < page.index(said) < page.index("<table")
    (result,) = [json.loads(path.read_text()) for path in store.allure.glob("*-result.json")]
    assert result["description"].startswith(said)
    assert {"name": "stack", "value": "core with overlay one-db"} in result["parameters"]


def test_what_kubernetes_said_stands_on_the_page_and_in_allure(store):
    """With the seconds of the pictures; and in Allure the logs of the pods that changed, not of others."""
    store.save_told((Event(122.5, "Warning BackOff", "Pod shop/db-0: restarting <it>"),))
    for pod, said in (("db-0", "out of memory"), ("web-0", "all is well")):
        folder = store.pod_logs / "shop" / pod
        folder.mkdir(parents=True)
        (folder / "main.log").write_text(f"{said}\n" * 300)
    write_files(store, [verdict(Outcome.MISSED)], ())
    page = store.page.read_text()
    assert "<td>+1.5</td><td>Warning BackOff</td><td>Pod shop/db-0: restarting &lt;it&gt;</td>" in page
    assert store.changed_logs.read_text().count("out of memory") == 100
    assert "all is well" not in store.changed_logs.read_text()
    (result,) = [json.loads(path.read_text()) for path in store.allure.glob("*-result.json")]
    names = [one["name"] for one in result["attachments"]]
    assert "what Kubernetes said of the fault" in names
    assert "logs of the pods that changed" in names


def test_a_record_without_kubernetes_words_has_no_section_of_them(store):
    """Those of older days, and one whose file is broken: the page is made all the same."""
    write_files(store, [verdict(Outcome.MET)], ())
    assert "Kubernetes said" not in store.page.read_text()
    (store.folder / "cluster-events.json").write_text("{")
    write_files(store, [verdict(Outcome.MET)], ())
    assert "Kubernetes said" not in store.page.read_text()


def test_a_number_and_its_unit_stay_in_one_line(store):
    """ "54.286" and below it "%" is no figure."""
    write_files(store, [verdict(Outcome.MET)], ())
    page = store.page.read_text()
    assert "≥\N{NO-BREAK SPACE}99\N{NO-BREAK SPACE}%" in page
    assert "97\N{NO-BREAK SPACE}%" in page


def test_a_green_run_says_on_its_page_and_in_allure_what_it_proves(store):
    """A single one next to nothing; one that is not green nothing at all."""
    write_files(store, [verdict(Outcome.MET)], ())
    said = "One green run proves no more than that at most 95 of 100 such runs fail; 95 % sure."
    assert store.page.read_text().count(said) == 1
    (result,) = [json.loads(path.read_text()) for path in store.allure.glob("*-result.json")]
    assert said in result["description"]
    write_files(store, [verdict(Outcome.MISSED)], ())
    assert "proves" not in store.page.read_text()


def test_what_one_run_alone_has_is_not_told_of_all(tmp_path, store):
    """The dashboard's variables are those of every scenario that it shows."""
    other = RecordStore.create(tmp_path, "evict-db")
    for made, overlay in ((store, ""), (other, "one-db")):
        place = {"machine": "vm", "overlay": overlay}
        made.save_record(replace(store.record(), run_id=made.folder.parent.name, place=place))
        write_files(made, [verdict(Outcome.MET)], ())
    newest = list(dashboard.newest_runs(tmp_path))
    assert dashboard._settings(tmp_path, newest)["variables"] == {"machine": "vm"}


def labels(store, name):
    (result,) = [json.loads(path.read_text()) for path in store.allure.glob("*-result.json")]
    return [one["value"] for one in result["labels"] if one["name"] == name]


@pytest.mark.parametrize(
    ("objectives", "questions", "severity"),
    [
        (["api-latency"], ["Are promises to users kept while something breaks?"], "critical"),
        (
            ["no-orders-lost", "recovery"],
            ["Was anything lost that was acknowledged?", "Does it heal without a human hand, and how fast?"],
            "blocker",
        ),
        (["restored-content"], ["Does all come back from a backup, and how soon?"], "blocker"),
        (
            ["stayed-awake"],
            ["Does it scale with what is asked, down to nothing, and wake in time?"],
            "normal",
        ),
        (["cost"], ["What does it cost?"], "minor"),
    ],
)
def test_allure_sorts_by_what_people_ask(store, objectives, questions, severity):
    """Not by names of tests; and by how grave it is when the promise breaks."""
    write_files(store, [verdict(Outcome.MET, one) for one in [*objectives, "no-residue"]], ())
    assert labels(store, "feature") == questions
    assert labels(store, "severity") == [severity]
    assert labels(store, "suite") == ["Are orders kept?"]
    write_files(store, [verdict(Outcome.MISSED, "no-residue")], ())
    assert labels(store, "feature") == ["Is nothing left behind?"]


def test_allure_links_to_what_was_run_where_a_job_says_where_it_is(store, monkeypatch):
    """Scenario, experiment, load and objectives, as they were in that commit; elsewhere no link is known."""
    for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA"):
        monkeypatch.delenv(name, raising=False)
    write_files(store, [verdict(Outcome.MET)], ())
    (file,) = store.allure.glob("*-result.json")
    assert "links" not in json.loads(file.read_text())
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.example")
    monkeypatch.setenv("GITHUB_REPOSITORY", "we/shop")
    monkeypatch.setenv("GITHUB_SHA", "abc")
    write_files(store, [verdict(Outcome.MET)], ())
    (file,) = store.allure.glob("*-result.json")
    links = {one["name"]: one["url"] for one in json.loads(file.read_text())["links"]}
    at = "https://github.example/we/shop/blob/abc"
    assert links["experiment"] == f"{at}/experiments/kill-db.yaml"
    assert links["load profile"] == f"{at}/loadprofiles/mix.py"


def test_a_run_that_is_judged_again_is_one_run(store):
    """Judging replaces what was written before: nobody sees an old verdict beside the new one."""
    write_files(store, [verdict(Outcome.MISSED)], ())
    write_files(store, [verdict(Outcome.MET)], ())
    (result,) = store.allure.glob("*-result.json")
    assert json.loads(result.read_text())["status"] == "passed"


def test_the_dashboard_shows_the_newest_judged_run_of_each_scenario(tmp_path, store):
    """A run that broke off before it was judged does not hide the last one that has verdicts."""
    write_files(store, [verdict(Outcome.MET)], ())
    later = RecordStore.create(tmp_path, "kill-db")
    later.save_record(replace(store.record(), run_id="r2"))
    assert [one.folder for one in dashboard.newest_runs(tmp_path)] == [store.folder]
    write_files(later, [verdict(Outcome.MET)], ())
    assert [one.folder for one in dashboard.newest_runs(tmp_path)] == [later.folder]


def test_the_dashboard_shows_each_parameter_of_a_test_and_no_copies(tmp_path, store):
    """One that is missed is not hidden by the next, and nothing is shown twice."""
    stores = [store, RecordStore.create(tmp_path, "kill-db")]
    for made, one in zip(stores, ("few", "many"), strict=True):
        scenario = replace(store.record().scenario, nodeid=f"scenarios/test_it.py::test_it[{one}]")
        made.save_record(replace(store.record(), scenario=scenario, run_id=one))
        write_files(made, [verdict(Outcome.MET)], ())
    shutil.copytree(store.folder, tmp_path / "other" / "20991128T000000.000000Z")
    assert [one.folder for one in dashboard.newest_runs(tmp_path)] == [one.folder for one in stores]
    results = [json.loads(next(one.allure.glob("*-result.json")).read_text()) for one in stores]
    assert len({one["historyId"] for one in results}) == 2


def test_a_dashboard_of_nothing_is_refused(tmp_path):
    """In one line, with what to do."""
    with pytest.raises(BadInput, match=r"no runs in .*: `slaharness run` makes one"):
        dashboard.build_dashboard(tmp_path)
