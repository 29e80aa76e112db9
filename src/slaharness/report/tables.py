"""The tables of a finished run, in the order in which people read them; and its plot, for the record."""

from collections.abc import Iterator, Sequence

from rich.table import Table

from slaharness.errors import RecordTrouble
from slaharness.model import Verdict
from slaharness.record.store import RecordStore
from slaharness.report.blast import blast_radius
from slaharness.report.cost import cost_table
from slaharness.report.plots.cost import draw_cost
from slaharness.report.table import verdict_table


def tables(store: RecordStore, verdicts: Sequence[Verdict]) -> Iterator[Table]:
    """What was asked first; then, where the run came to its end, what became of each service and the cost."""
    record = store.record()
    scenario = record.scenario
    yield verdict_table(f"{scenario.label}: {scenario.question}", verdicts)
    if record.finished:
        yield from _blast_radius(store)
        yield from _cost(store)


def _blast_radius(store: RecordStore) -> Iterator[Table]:
    """Of a project that has indicators of its services."""
    if services := store.services():
        yield blast_radius(store.objectives(), services, store.measurements())


def _cost(store: RecordStore) -> Iterator[Table]:
    """Of a project that has prices, and a record that is whole: what was asked of a broken one is UNKNOWN."""
    if store.prices():
        try:
            report = store.cost_report(store.record(), store.series())
        except RecordTrouble:
            return
        draw_cost(report, store.plot)
        yield cost_table(report)
