"""Tables on a console: where no terminal says how wide they may be, in the width that they need."""

from rich.console import Console
from rich.table import Table

#: Columns beyond which a line is of no use to anybody.
LONGEST = 400


def print_tables(console: Console, *tables: Table) -> None:
    """A log need not break words."""
    for one in tables:
        if not console.is_terminal:
            console.width = LONGEST
            console.width = console.measure(one).maximum
        console.print(one)
