"""``slaharness history``: what became of earlier runs."""

from dataclasses import asdict
from itertools import islice
from pathlib import Path

import click
from rich.markup import escape

from slaharness.cli import options, show
from slaharness.errors import BadInput
from slaharness.host import project
from slaharness.record.history import PastRun, past_runs

COLUMNS = ("when, UTC", "scenario", "verdict", "worst", "seen", "target", "took", "profile", "machine")
#: What a person looks through.
SHOWN = 50


@click.command()
@click.argument("scenario", default="")
@click.option("--last", type=click.IntRange(min=1), help=f"How many [default: {SHOWN}; with --json all].")
@click.option("--reports", type=click.Path(file_okay=False, path_type=Path), help="Where run records are.")
@options.JSON
def history(scenario: str, last: int | None, reports: Path | None, *, as_json: bool) -> None:
    """List earlier runs of SCENARIO (default: of all), the newest first."""
    folder = reports or project.root() / "reports"
    found = past_runs(folder, scenario)
    if as_json:
        runs = list(islice(found, last))
        show.data([asdict(run) for run in _some(runs, scenario, folder)])
        return
    runs = list(islice(found, last or SHOWN))
    show.table(COLUMNS, map(_row, _some(runs, scenario, folder)))
    if next(found, None):
        click.echo(f"these are the newest {len(runs)}; --last N shows more", err=True)


def _some(runs: list[PastRun], scenario: str, folder: Path) -> list[PastRun]:
    """Raise BadInput when there are none."""
    if not runs:
        raise BadInput(f"no runs of {scenario or 'any scenario'} in {folder}: `slaharness run` makes one")
    return runs


def _row(run: PastRun) -> tuple[str, ...]:
    told = (run.problem, "", "")
    if run.worst is not None:
        told = (f"{run.worst.objective} over {run.worst.phase}", run.worst.seen, run.worst.target)
    took = "" if run.seconds is None else f"{run.seconds:.0f} s"
    return tuple(map(escape, (run.at, run.scenario, run.outcome, *told, took, run.profile, run.machine)))
