"""A night for readers: the table of the terminal, the page of a GitHub job, and one HTML file to mail."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup
from rich.markup import escape
from rich.table import Table

from slaharness.errors import RecordTrouble
from slaharness.model import WORST_FIRST, Outcome, Scenario, Verdict
from slaharness.model.words import counted
from slaharness.record.night import Night, NightStore, Try
from slaharness.record.store import RecordStore
from slaharness.report import step_summary
from slaharness.report.page import TEMPLATES
from slaharness.report.promises import promise, titles
from slaharness.report.step_summary import MARKS, plain, row
from slaharness.report.table import COLOURS

#: Bytes of pictures in the page of a night: it goes by mail. Those of what is not MET come first.
PICTURES = 800_000
HEADS = ("verdict", "scenario", "why", "tries", "took")


class Line(NamedTuple):
    """What became of one scenario; ``last`` is None where it has not run."""

    scenario: Scenario
    last: Try | None
    tries: Sequence[Try]

    @property
    def outcome(self) -> Outcome:
        return self.last.outcome if self.last else Outcome.UNKNOWN

    @property
    def why(self) -> str:
        if self.last is None:
            return "it has not run"
        told = [self.last.reason or "every promise was held"]
        told += [f"tried again, as at first it was {one.outcome}: {one.reason}" for one in self.tries[:-1]]
        return "; ".join(told)

    @property
    def took(self) -> str:
        return f"{sum(one.seconds for one in self.tries):.0f} s" if self.tries else ""

    @property
    def verdicts(self) -> list[Verdict]:
        found = self.last.verdicts if self.last else ()
        return sorted(found, key=lambda one: WORST_FIRST.index(one.outcome))


def lines(night: Night) -> list[Line]:
    """The worst first."""
    found = [Line(one, night.last(one.name), night.of(one.name)) for one in night.planned]
    return sorted(found, key=lambda one: WORST_FIRST.index(one.outcome))


def in_a_sentence(night: Night) -> str:
    """How many of the scenarios came out how, and how long it took."""
    found = [one.outcome for one in lines(night)]
    counts = [f"{number} {outcome}" for outcome in WORST_FIRST if (number := found.count(outcome))]
    again = sum(len(one.tries) > 1 for one in lines(night))
    took = sum(one.seconds for one in night.tries)
    said = f"{counted(len(found), 'scenario')}: {', '.join(counts)}"
    said += f"; {again} tried again" if again else ""
    said += f"; shard {night.shard}" if night.shard else ""
    return f"{said}; {took / 60:.0f} min"


def night_table(night: Night) -> Table:
    table = Table(*HEADS, title=in_a_sentence(night), title_justify="left", title_style="bold")
    for one in lines(night):
        colour = COLOURS[one.outcome]
        told = map(escape, (one.scenario.name, one.why, str(len(one.tries)), one.took))
        table.add_row(f"[{colour}]{one.outcome}[/{colour}]", *told)
    return table


def append_summary(night: Night) -> str:
    """Append the table to the page of a GitHub job, if this is one; return why that could not be, or ""."""
    return step_summary.append(_markdown(night))


def _markdown(night: Night) -> Iterator[str]:
    overall = lines(night)[0].outcome
    yield from ("", f"### {MARKS[overall]} {overall}: {plain(in_a_sentence(night))}", "")
    yield row(HEADS)
    yield row(["---"] * len(HEADS))
    for one in lines(night):
        told = (one.scenario.name, one.why, str(len(one.tries)), one.took)
        yield row([f"{MARKS[one.outcome]} {one.outcome}", *map(plain, told)])
    yield ""


def write_page(store: NightStore, night: Night) -> None:
    """No server, no script, under 1 MB: verdicts, why, what users saw."""
    found = lines(night)
    text = TEMPLATES.get_template("night.html").render(
        overall=found[0].outcome,
        title=in_a_sentence(night),
        when=datetime.fromtimestamp(night.began, UTC).strftime("%d %B %Y, %H:%M UTC"),
        where=night.where,
        lines=found,
        promises={one.scenario.name: _called(one) for one in found},
        pictures=dict(_pictures(found)),
    )
    store.page.write_text(text, encoding="utf-8")


def _called(line: Line) -> Callable[[Verdict], str]:
    """What its verdicts are about, in words; of objectives by name only, once the record has gone."""
    called: dict[str, str] = {}
    if line.last and line.last.record:
        with suppress(RecordTrouble):
            called = dict(titles(RecordStore.open(Path(line.last.record))))
    return partial(promise, called=called)


def _pictures(found: Sequence[Line]) -> Iterator[tuple[str, Markup]]:
    """What users saw, by scenario, as long as there is room."""
    room = PICTURES
    for one in found:
        file = Path(one.last.record) / "requests.svg" if one.last and one.last.record else None
        if file and file.is_file() and file.stat().st_size <= room:
            room -= file.stat().st_size
            yield one.scenario.name, Markup(file.read_text("utf-8"))  # noqa: S704  # escaped by drawing.svg
