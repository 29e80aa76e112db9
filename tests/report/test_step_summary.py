"""The table on the page of a GitHub job, as a Markdown reader shows it."""

from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from slaharness.model import FAULT, Outcome, Scenario, Verdict
from slaharness.record.run_record import RunRecord
from slaharness.record.store import RecordStore
from slaharness.report.step_summary import append_summary

#: What Markdown, HTML or GitHub would make something else of.
HOSTILE = "a|b `c` *d* _e_ <img src=x> &amp; [f](http://g) ~~h~~ \\| #1 @team\n# i\n| j |"


class _Read(HTMLParser):
    """The text of each cell, and the tags that there are."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.rows: list[list[str]] = []
        self.inside = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"th", "td"}:
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag):
        self.inside = self.inside and tag not in {"th", "td"}

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data


def verdict(outcome, name, reason="so it is"):
    return Verdict(name, FAULT, outcome, "≥ 99 %", "97 %", 1_000, reason)


@pytest.fixture
def store(tmp_path):
    made = RecordStore.create(tmp_path, "kill-db")
    made.save_record(RunRecord(Scenario("kill-db", "mix", "kill-db", question="Are orders kept?"), "r1"))
    return made


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    return tmp_path / "summary.md"


def read(file):
    return _Read(MarkdownIt("commonmark", {"linkify": False}).enable("table").render(file.read_text()))


def test_the_worst_comes_first_with_its_reason_and_record(store, file):
    """Whoever opens the page of a red job sees at once which promise, and where to look."""
    told = [
        verdict(Outcome.MET, "c"),
        verdict(Outcome.UNKNOWN, "b"),
        verdict(Outcome.MISSED, "a", "3 failed"),
    ]
    assert append_summary(store, told) == ""
    heads, *rows = read(file).rows
    assert heads == ["verdict", "objective", "window", "seen", "target", "requests", "reason"]
    assert [row[0].split()[-1] for row in rows[:3]] == ["MISSED", "UNKNOWN", "MET"]
    assert rows[0][1:] == ["a", "FAULT", "97 %", "≥ 99 %", "1,000", "3 failed"]
    text = file.read_text()
    assert "MISSED: Are orders kept?" in text
    assert store.folder.name in text.replace("\\", "")


def test_each_run_of_a_job_has_its_table(store, file):
    """What stood there before, by us or by others, stays."""
    file.write_text("built by others")
    append_summary(store, [verdict(Outcome.MET, "first")])
    append_summary(store, [verdict(Outcome.UNKNOWN, "second")])
    assert file.read_text().startswith("built by others\n")
    assert [row[1] for row in read(file).rows if row[1] != "objective"][:2] == ["first", "second"]


def test_what_was_seen_is_shown_as_it_is(store, file):
    """Neither a reason nor a name can break the table, format it, link somewhere or call anybody."""
    append_summary(store, [verdict(Outcome.MISSED, "a", HOSTILE)])
    found = read(file)
    assert found.rows[1][6] == HOSTILE.replace("\n", " ")
    assert not found.tags & {"img", "em", "strong", "code", "a", "s", "h1"}


def test_nothing_is_written_where_no_file_is_named(store, monkeypatch):
    """On a developer's machine."""
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    assert append_summary(store, [verdict(Outcome.MET, "a")]) == ""


def test_a_summary_that_cannot_be_written_is_said(store, file):
    """In a line: the verdict does not depend on it."""
    file.mkdir()
    assert "GITHUB_STEP_SUMMARY" in append_summary(store, [verdict(Outcome.MISSED, "a")])
