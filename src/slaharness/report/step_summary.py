"""The verdicts of a run on the page of a GitHub job: Markdown, appended to the file that the job names."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from slaharness.model import WORST_FIRST, Outcome, Verdict, worst
from slaharness.record.store import RecordStore

VARIABLE = "GITHUB_STEP_SUMMARY"
MARKS = {Outcome.MISSED: "❌", Outcome.UNKNOWN: "❔", Outcome.MET: "✅"}
HEADS = ("verdict", "objective", "window", "seen", "target", "requests", "reason")
_PLAIN = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": " ", "\r": " "}
    | {character: f"\\{character}" for character in "\\`*_{}[]()#+-.!|~:@"}
)


def append_summary(store: RecordStore, verdicts: Sequence[Verdict]) -> str:
    """Append the table of a run, as ``append`` does."""
    return append(_lines(store, verdicts))


def append(lines: Iterable[str]) -> str:
    """Append them where ``GITHUB_STEP_SUMMARY`` names a file; return why that could not be, or ""."""
    file = os.environ.get(VARIABLE)
    if not file:
        return ""
    text = "".join(f"{line}\n" for line in lines)
    try:
        with Path(file).open("a", encoding="utf-8", errors="replace") as summary:
            summary.write(text)
    except OSError as error:
        return f"{VARIABLE}: {file}: {error.strerror}: the summary was not written"
    return ""


def _lines(store: RecordStore, verdicts: Sequence[Verdict]) -> Iterator[str]:
    record, overall = store.record(), worst(verdicts)
    question = record.scenario.question or record.scenario.name
    yield from ("", f"### {MARKS[overall]} {overall}: {plain(question)}", "")
    yield from ([f"stack: {plain(record.deployed)}", ""] if record.deployed else [])
    yield row(HEADS)
    yield row(["---"] * len(HEADS))
    for one in sorted(verdicts, key=lambda one: WORST_FIRST.index(one.outcome)):
        requests = "" if one.requests is None else f"{one.requests:,}"
        told = (one.objective, one.phase, one.seen, one.target, requests, one.reason)
        yield row([f"{MARKS[one.outcome]} {one.outcome}", *map(plain, told)])
    yield ""
    yield from (f"- trouble of the run: {plain(problem)}" for problem in record.problems)
    yield f"- record of {plain(record.scenario.name)}: {plain(str(store.folder))}"
    yield ""


def row(cells: Iterable[str]) -> str:
    """A line of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def plain(text: str) -> str:
    """``text`` as it is, whatever Markdown or HTML would make of it."""
    return text.translate(_PLAIN)
