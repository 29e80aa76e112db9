"""What a run cost: a table for the terminal and Allure."""

from collections.abc import Iterator, Mapping

from rich.table import Table

from slaharness.cost.bill import HOURS_A_MONTH, Line
from slaharness.cost.cost_report import CostReport
from slaharness.cost.judge import money
from slaharness.model import BASELINE, Phase

NOTHING = Line()


def cost_table(report: CostReport) -> Table:
    """One row a namespace, one column a window: money an hour, and a month of BASELINE.

    A column of question marks could not be measured; the caption says why.
    """
    currency = report.prices.currency if report.prices else ""
    table = Table(
        "of", *report.bills, "a month",
        title=f"Cost, {currency} an hour", title_justify="left", title_style="bold",
        caption="\n".join(_words(report)) or None, caption_justify="left",
    )  # fmt: skip
    for space in sorted({space for one in report.bills.values() for space in one.lines}):
        amounts = {phase: one.lines.get(space, NOTHING).total for phase, one in report.bills.items()}
        table.add_row(space, *_cells(report, amounts))
    table.add_section()
    table.add_row("all", *_cells(report, {phase: one.hourly for phase, one in report.bills.items()}))
    return table


def _cells(report: CostReport, amounts: Mapping[Phase, float]) -> Iterator[str]:
    """An amount for each window, then a month of them as in BASELINE."""
    for phase, amount in amounts.items():
        yield "[yellow]?[/yellow]" if report.bills[phase].problems else money(amount)
    calm = report.bills.get(BASELINE)
    yield "[yellow]?[/yellow]" if not calm or calm.problems else money(amounts[BASELINE] * HOURS_A_MONTH)


def _words(report: CostReport) -> Iterator[str]:
    """What it cost to survive the fault, or why that is not known."""
    if found := report.standby_cost:
        yield "what it costs to survive the fault:"
        yield f"replicas standing by {money(found.standing * HOURS_A_MONTH)} a month"
        yield f"recovery work {money(found.work)} in all"
    else:
        yield from (f"{phase}: {doubt}" for phase, one in report.bills.items() for doubt in one.problems[:1])
