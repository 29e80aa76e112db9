"""What stands below the table of verdicts: why a promise was not held, told from the record."""

from pathlib import Path

import pytest

from slaharness.model import BASELINE, FAULT, RECOVERY, Event, Measurement, Outcome, Timeline, Verdict, Window
from slaharness.report.table import explained, whereabouts

START = 1795755659.0  # 05:00:59 UTC
WINDOWS = (Window(FAULT, START, START + 30), Window(RECOVERY, START + 30, START + 50))
EVENTS = (
    Event(START + 12.7, "pod ready", "shop/db-0"),
    Event(START, "struck", "shop/db-0 on n1"),
    Event(START + 0.2, "pod gone", "shop/db-0"),
    Event(START + 0.3, "pod scheduled", "shop/db-0"),
)
MEASURED = Measurement(
    "orders",
    FAULT,
    0.97,
    evidence={"query for good": "sum(a @ 1)", "resets": 0, "query for total": "sum(b @ 1)"},
)


def told(verdict, events=EVENTS, windows=WINDOWS):
    found = {(MEASURED.objective, MEASURED.phase): MEASURED}
    return list(explained([verdict], found, Timeline(windows, events)))


def verdict(outcome=Outcome.MISSED, name="orders", phase=FAULT):
    return Verdict(name, phase, outcome, "≥ 99 %", "97 %", 1_000, "30 of 1,000 failed")


@pytest.mark.parametrize("outcome", [Outcome.MISSED, Outcome.UNKNOWN])
def test_what_is_not_met_has_three_lines(outcome):
    """Expected and seen; the queries with their window; what was seen to change, in the order of time."""
    assert told(verdict(outcome)) == [
        f"{outcome}: orders over FAULT: expected ≥ 99 %, seen 97 %",
        "  asked: good = sum(a @ 1); total = sum(b @ 1); from 05:00:59 to 05:01:29 UTC, 30 s",
        "  cluster: +0.0 s struck shop/db-0 on n1; +0.2 s pod gone shop/db-0; +12.7 s pod ready shop/db-0",
    ]


def test_what_is_met_needs_no_words():
    """A good night is a table."""
    assert told(verdict(Outcome.MET)) == []


def test_a_check_without_a_query_names_the_record_and_its_window():
    """Nor does a window in which nothing changed look as if nobody had watched."""
    _, asked, cluster = told(verdict(name="recovered", phase=RECOVERY))
    assert asked == "  asked: the record, from 05:01:29 to 05:01:49 UTC, 20 s"
    nothing = "nothing was seen to change in this window"
    assert cluster == f"  cluster: {nothing}; the last before it: -17.3 s pod ready shop/db-0"


def test_a_window_that_did_not_pass_is_said():
    """Of a run that was interrupted."""
    _, asked, cluster = told(verdict(Outcome.UNKNOWN, phase=BASELINE))
    assert asked == "  asked: this window did not pass"
    assert "did not pass" in cluster


def test_a_storm_of_changes_stays_a_line():
    """The first ones and how many more there were; all of them are on the page."""
    storm = [Event(START + at / 10, "pod not ready", f"shop/db-{at}") for at in range(40)]
    line = told(verdict(), events=storm)[-1]
    assert line.endswith("+0.4 s pod not ready shop/db-4; 35 more")


def test_the_command_to_judge_again_can_be_pasted():
    """Also of a folder whose name has spaces."""
    record = Path("/my runs/kill/1Z")
    assert list(whereabouts(record, record / "report.html")) == [
        "record: /my runs/kill/1Z",
        "judge again: slaharness judge '/my runs/kill/1Z'",
        "page: /my runs/kill/1Z/report.html",
    ]
