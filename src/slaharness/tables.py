"""The tables of a finished run, in the order in which people read them; and its plot, for the record."""

from collections.abc import Iterator, Sequence

from rich.table import Table

from slaharness.errors import RecordTrouble
from slaharness.finished import FinishedRun
from slaharness.model import Verdict
from slaharness.report.blast import blast_radius
from slaharness.report.cost import cost_table
from slaharness.report.plot import draw_cost
from slaharness.report.table import verdict_table


def tables(run: FinishedRun, verdicts: Sequence[Verdict]) -> Iterator[Table]:
    """What was asked first; then, where the run came to its end, what became of each service and the cost."""
    scenario = run.story.scenario
    yield verdict_table(f"{scenario.name}: {scenario.question}", verdicts)
    if run.story.finished:
        yield from _blast_radius(run)
        yield from _cost(run)


def _blast_radius(run: FinishedRun) -> Iterator[Table]:
    """Of a project that has indicators of its services."""
    if services := run.store.services():
        yield blast_radius(run.store.objectives(), services, run.store.measurements())


def _cost(run: FinishedRun) -> Iterator[Table]:
    """Of a project that has prices, and a record that is whole: what was asked of a broken one is UNKNOWN."""
    if run.store.prices():
        try:
            books = run.books
        except RecordTrouble:
            return
        draw_cost(books, run.store.plot)
        yield cost_table(books)
