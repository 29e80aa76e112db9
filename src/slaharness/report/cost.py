"""What a run cost: a table for the terminal and Allure."""

from collections.abc import Iterator, Mapping

from rich.table import Table

from slaharness.cost.bill import HOURS_A_MONTH, Line
from slaharness.cost.cost_report import Books
from slaharness.cost.judge import money
from slaharness.model import BASELINE, Phase

NOTHING = Line()


def cost_table(books: Books) -> Table:
    """One row a namespace, one column a window: money an hour, and a month of BASELINE.

    A column of question marks could not be measured; the caption says why.
    """
    currency = books.prices.currency if books.prices else ""
    table = Table(
        "of", *books.bills, "a month",
        title=f"Cost, {currency} an hour", title_justify="left", title_style="bold",
        caption="\n".join(_words(books)) or None, caption_justify="left",
    )  # fmt: skip
    for space in sorted({space for one in books.bills.values() for space in one.lines}):
        amounts = {phase: one.lines.get(space, NOTHING).total for phase, one in books.bills.items()}
        table.add_row(space, *_cells(books, amounts))
    table.add_section()
    table.add_row("all", *_cells(books, {phase: one.hourly for phase, one in books.bills.items()}))
    return table


def _cells(books: Books, amounts: Mapping[Phase, float]) -> Iterator[str]:
    """An amount for each window, then a month of them as in BASELINE."""
    for phase, amount in amounts.items():
        yield "[yellow]?[/yellow]" if books.bills[phase].problems else money(amount)
    calm = books.bills.get(BASELINE)
    yield "[yellow]?[/yellow]" if not calm or calm.problems else money(amounts[BASELINE] * HOURS_A_MONTH)


def _words(books: Books) -> Iterator[str]:
    """What it cost to survive the fault, or why that is not known."""
    if found := books.surviving:
        yield "what it costs to survive the fault:"
        yield f"replicas standing by {money(found.standing * HOURS_A_MONTH)} a month"
        yield f"recovery work {money(found.work)} in all"
        yield f"people {found.minutes:g} min, {money(found.people)}"
    else:
        yield from (f"{phase}: {doubt}" for phase, one in books.bills.items() for doubt in one.problems[:1])
