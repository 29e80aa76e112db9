"""Tables and JSON for standard output."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    made = Table(*columns)
    for row in rows:
        made.add_row(*row)
    Console(highlight=False).print(made)


def data(value: Any) -> None:
    click.echo(json.dumps(value, indent=1, default=str))
