"""``slaharness history``: what became of earlier runs, and what they say together."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from itertools import chain, groupby, islice
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

import click
from rich.markup import escape

from slaharness.cli import options, show
from slaharness.errors import BadInput
from slaharness.host import project
from slaharness.record.history import past_runs, past_runs_json
from slaharness.record.past_run import PastRun

COLUMNS = ("when, UTC", "scenario", "verdict", "worst", "seen", "target", "took", "profile", "machine")
#: What a person looks through.
SHOWN = 50
T = TypeVar("T")


@click.command()
@click.argument("scenario", default="")
@click.option("--last", type=click.IntRange(min=1), help=f"How many [default: {SHOWN}; with --json all].")
@click.option(
    "--trends", is_flag=True, help="How often each holds, flips, since when it fails, what got worse."
)
@click.option("--reports", type=click.Path(file_okay=False, path_type=Path), help="Where run records are.")
@options.JSON
def history(scenario: str, last: int | None, reports: Path | None, *, trends: bool, as_json: bool) -> None:
    """List earlier runs of SCENARIO (default: of all), the newest first."""
    folder = reports or project.root() / "reports"
    if as_json and not trends:
        found = islice(past_runs_json(folder, scenario), last)
        click.echo("[")
        click.echo(",\n".join(_some(found, scenario, folder)))
        click.echo("]")
    elif trends:
        _trends(list(_some(islice(past_runs(folder, scenario), last), scenario, folder)), as_json=as_json)
    else:
        _list(_some(past_runs(folder, scenario), scenario, folder), last or SHOWN)


def _some(runs: Iterator[T], scenario: str, folder: Path) -> Iterator[T]:
    """Raise BadInput when there are none."""
    if first := list(islice(runs, 1)):
        return chain(first, runs)
    raise BadInput(_none(scenario, folder))


def _none(scenario: str, folder: Path) -> str:
    """That there is no run, whether there is a scenario of that name, and what there is instead."""
    if not (there := sorted({one.scenario for one in past_runs(folder, create=False)})):
        return f"no runs in {folder}: `slaharness run` makes one"
    known = _scenarios()
    what = f"no scenario {scenario!r}" if known and scenario not in known else f"no run of {scenario!r}"
    return f"{what} in {folder}; there are runs of: {', '.join(there)}"


def _scenarios() -> set[str]:
    """Those of this project; none where there is no project, or where they cannot be read."""
    from slaharness.plugin import collected  # noqa: PLC0415  # brings pytest, for this one line

    with suppress(BadInput):
        return {one.name for one in collected.scenarios()}
    return set()


def _list(runs: Iterator[PastRun], last: int) -> None:
    shown = list(islice(runs, last))
    show.table(COLUMNS, map(_row, shown))
    if next(runs, None):
        click.echo(f"these are the newest {len(shown)}; --last N shows more", err=True)


def _row(run: PastRun) -> tuple[str, ...]:
    told = (run.problem, "", "")
    if run.worst is not None:
        told = (f"{run.worst.objective} over {run.worst.phase}", run.worst.seen, run.worst.target)
    took = "" if run.seconds is None else f"{run.seconds:.0f} s"
    return tuple(map(escape, (run.at, run.label, run.outcome, *told, took, run.profile, run.machine)))


def _trends(runs: list[PastRun], *, as_json: bool) -> None:
    from slaharness.record.trends import trend  # noqa: PLC0415  # needs numpy, which a list does not
    from slaharness.report.trends import times, trend_table  # noqa: PLC0415

    named = sorted(runs, key=attrgetter("label"))  # and in each the newest first, as before
    found = [trend(list(those)) for _, those in groupby(named, key=attrgetter("label"))]
    if as_json:
        show.data([asdict(one) | {"holds": one.rate} for one in found])
        return
    show.whole(trend_table(found))
    if len(found) == 1:
        for line in times(found[0]):
            click.echo(line)
