"""Tables and JSON for standard output."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

#: Columns beyond which a line is of no use to anybody.
LONGEST = 400


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    made = Table(*columns)
    for row in rows:
        made.add_row(*row)
    whole(made)


def whole(made: Table) -> None:
    """Print a table; where there is no terminal, in the width that it needs: a log need not break words."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = LONGEST
        console.width = console.measure(made).maximum
    console.print(made)


def data(value: Any) -> None:
    click.echo(json.dumps(value, indent=1, default=str))
