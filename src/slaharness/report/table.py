"""The verdicts for the terminal: their table, and below it three lines on each that is not MET."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from slaharness.events import EFFECTS, POD_READY, STORAGE_LOST, STRUCK, WATCH_ENDED
from slaharness.model import Event, Measurement, Outcome, Phase, Timeline, Verdict, Window

COLOURS = {Outcome.MET: "green", Outcome.MISSED: "red", Outcome.UNKNOWN: "yellow"}
#: Events that say what changed in the cluster, and how many of them a line holds.
CHANGES = (STRUCK, STORAGE_LOST, POD_READY, WATCH_ENDED, *EFFECTS)
MOST = 5
QUERY = "query for "
#: Columns with which a reason beside all else is not cut into words.
ROOM = 120


class _Verdicts(Table):
    """A table where there is room for reasons; on a narrower terminal a list, where they have whole lines."""

    def __init__(self, title: str, verdicts: Sequence[Verdict]) -> None:
        super().__init__(title=title, title_justify="left", title_style="bold", expand=False)
        self._verdicts = verdicts

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if options.max_width >= ROOM:
            yield from super().__rich_console__(console, options)
            return
        yield Text(f"{self.title}", style="bold")
        listed = Table.grid(padding=(0, 1))
        listed.add_column(no_wrap=True)
        listed.add_column(overflow="fold")
        for one in self._verdicts:
            said = f" over {one.phase}: seen {one.seen}, target {one.target}\n{one.reason}"
            listed.add_row(_coloured(one.outcome), Text.assemble((one.objective, "bold"), said))
        yield listed


def verdict_table(title: str, verdicts: Sequence[Verdict]) -> Table:
    """One row a verdict: objective, window, target, seen, requests, verdict, reason."""
    table = _Verdicts(title, verdicts)
    for column in ("objective", "window", "target", "seen"):
        table.add_column(column, no_wrap=True)
    table.add_column("requests", justify="right")
    table.add_column("verdict")
    table.add_column("reason", overflow="fold")
    for verdict in verdicts:
        requests = "" if verdict.requests is None else f"{verdict.requests:,}"
        table.add_row(
            verdict.objective, verdict.phase, Text(verdict.target), Text(verdict.seen), requests,
            _coloured(verdict.outcome), Text(verdict.reason),
        )  # fmt: skip
    return table


def _coloured(outcome: Outcome) -> Text:
    return Text(outcome, style=COLOURS[outcome])


def explained(
    verdicts: Sequence[Verdict], measurements: Mapping[tuple[str, Phase], Measurement], timeline: Timeline
) -> Iterator[str]:
    """Three lines on each that is not MET: expected and seen; how it was asked; what changed meanwhile."""
    for one in verdicts:
        if one.outcome is Outcome.MET:
            continue
        window = timeline.window(one.phase)
        yield f"{one.outcome}: {one.objective} over {one.phase}: expected {one.target}, seen {one.seen}"
        yield f"  asked: {_asked(measurements.get((one.objective, one.phase)), window)}"
        yield f"  cluster: {_changes(timeline.events, window)}"


def whereabouts(record: Path, page: Path) -> Iterator[str]:
    """Where a run was saved, how it is judged again, and its page."""
    yield f"record: {record}"
    yield f"judge again: slaharness judge {shlex.quote(str(record))}"
    yield f"page: {page}"


def _asked(measurement: Measurement | None, window: Window | None) -> str:
    """The queries, where Prometheus was asked, and the window in UTC."""
    evidence = measurement.evidence if measurement else {}
    queries = [
        f"{name.removeprefix(QUERY)} = {query}" for name, query in evidence.items() if name.startswith(QUERY)
    ]
    if not window:
        return "; ".join([*queries, "this window did not pass"])
    start, end = (datetime.fromtimestamp(at, UTC) for at in (window.start, window.end))
    span = f"{start:%H:%M:%S} to {end:%H:%M:%S} UTC, {window.seconds:g} s"
    return f"{'; '.join(queries)}; from {span}" if queries else f"the record, from {span}"


def _changes(events: Sequence[Event], window: Window | None) -> str:
    """Those in the window, in seconds from its start; when there are none, the last one before it."""
    found = sorted((one for one in events if one.name in CHANGES), key=lambda one: one.at)
    if not window:
        return "not told, as this window did not pass"
    inside = [one for one in found if window.start <= one.at <= window.end]
    if not inside:
        before = [one for one in found if one.at < window.start][-1:]
        last = "".join(f"; the last before it: {_change(one, window)}" for one in before)
        return f"nothing was seen to change in this window{last}"
    more = [f"{len(inside) - MOST} more"] if len(inside) > MOST else []
    return "; ".join([*(_change(one, window) for one in inside[:MOST]), *more])


def _change(event: Event, window: Window) -> str:
    return f"{event.at - window.start:+.1f} s {event.name} {event.detail}".rstrip()
