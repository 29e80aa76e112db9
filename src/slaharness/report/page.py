"""One run as one HTML file, for mail and chat: no server, no script, pictures inline; verdicts first."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from rich.table import Table
from rich.text import Text

from slaharness.errors import RecordTrouble
from slaharness.model import WORST_FIRST, Event, Outcome, Phase, Timeline, Verdict, worst
from slaharness.model.words import counted, number
from slaharness.record.store import RecordStore
from slaharness.report.plots.drawing import origin
from slaharness.report.promises import promise, titles

#: Events that a page lists; a run of ten wakes stamps hundreds.
EVENTS = 60
#: What pages are made of: ``page.html`` and ``night.html`` are bodies of ``document.html``.
TEMPLATES = Environment(
    loader=PackageLoader("slaharness", "report"), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip
#: A space between a sign, a number and its unit, where no line is broken.
_UNIT = re.compile(r"(?<=[≥≤<>\d]) (?=[\d%]|m?s\b)")
TEMPLATES.filters |= {"number": number, "together": partial(_UNIT.sub, "\N{NO-BREAK SPACE}")}


class _Rows(NamedTuple):
    """A table of the terminal, as text."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str


def render_page(
    store: RecordStore,
    verdicts: Sequence[Verdict],
    pictures: Sequence[str],
    tables: Sequence[Table],
    *,
    earlier: Sequence[str] = (),
    proof: str = "",
) -> str:
    """The page of a run record and its verdicts, with ``pictures`` (SVG elements) and then ``tables``.

    ``earlier`` is what the runs of its scenario say, a sentence each; ``proof`` what a green one proves.
    """
    record = store.record()
    events = sorted(record.timeline.events, key=lambda one: one.at)
    zero, told = origin(record.timeline), _told(store)
    return TEMPLATES.get_template(
        "page.html"
    ).render(
        overall=worst(verdicts),
        scenario=record.scenario.label,
        title=record.scenario.question or record.scenario.name,
        when=_when(record.timeline),
        summary=[*_summary(verdicts, record.problems), *filter(None, [proof])],
        verdicts=sorted(verdicts, key=lambda one: WORST_FIRST.index(one.outcome)),
        promise=partial(promise, called=titles(store)),
        pictures=[Markup(one) for one in pictures if one],  # noqa: S704  # escaped by drawing.svg
        earlier=earlier,
        events=[(one.at - zero, one.name, one.detail) for one in events[:EVENTS]],
        more_events=max(0, len(events) - EVENTS),
        told=[(one.at - zero, one.name, one.detail) for one in told[:EVENTS]],
        more_told=max(0, len(told) - EVENTS),
        tables=[_rows(one) for one in tables],
        measured=_measured(store, verdicts),
        deployed=record.deployed,
        place={name: value for name, value in record.place.items() if value},
        record=store.folder,
    )


def _when(timeline: Timeline) -> str:
    if not timeline.windows:
        return "it did not come to its first window"
    began = min(one.start for one in timeline.windows)
    return datetime.fromtimestamp(began, UTC).strftime("%d %B %Y, %H:%M UTC")


def _summary(verdicts: Sequence[Verdict], problems: Sequence[str]) -> Iterator[str]:
    """What to know in half a minute: how many promises held, and what is wrong with the others."""
    counts = {one: sum(found.outcome is one for found in verdicts) for one in WORST_FIRST}
    told = [f"{number} {outcome}" for outcome, number in counts.items() if number]
    yield f"Of {counted(len(verdicts), 'promise')}: {', '.join(told)}."
    for one in verdicts:
        if one.outcome is not Outcome.MET:
            yield f"{one.objective} over {one.phase}: {one.reason} (seen {one.seen}, target {one.target})."
    for problem in problems:
        yield f"Trouble of the run: {problem}"


def _told(store: RecordStore) -> Sequence[Event]:
    """Kubernetes' own words on the fault; none of a broken file."""
    with suppress(RecordTrouble):
        return store.told()
    return ()


def _measured(store: RecordStore, verdicts: Sequence[Verdict]) -> Sequence[Any]:
    """The measurements behind the verdicts, in the order of the windows."""
    asked = {(one.objective, one.phase) for one in verdicts}
    with suppress(RecordTrouble):
        found = [one for one in store.measurements() if (one.objective, one.phase) in asked]
        return sorted(found, key=lambda one: (list(Phase).index(one.phase.whole), one.phase, one.objective))
    return ()


def _rows(table: Table) -> _Rows:
    """The cells without their colours."""
    columns = [[_plain(cell) for cell in column.cells] for column in table.columns]
    heads = [_plain(column.header) for column in table.columns]
    return _Rows(_plain(table.title), heads, list(zip(*columns, strict=True)), _plain(table.caption))


def _plain(cell: Any) -> str:
    return Text.from_markup(str(cell)).plain if cell else ""
