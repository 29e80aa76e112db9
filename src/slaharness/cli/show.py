"""Tables and JSON for standard output."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from slaharness.report.wide import print_tables


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    made = Table(*columns)
    for row in rows:
        made.add_row(*row)
    whole(made)


def whole(made: Table) -> None:
    """Print a table; where there is no terminal, in the width that it needs."""
    print_tables(Console(highlight=False), made)


def data(value: Any) -> None:
    click.echo(json.dumps(value, indent=1, default=str))
