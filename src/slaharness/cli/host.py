"""``slaharness doctor`` and ``heal``."""

import sys
from dataclasses import asdict

import click
from rich.console import Console

from slaharness import environment
from slaharness.cli import options, show
from slaharness.cluster.local import doctor as machine
from slaharness.errors import HostTrouble
from slaharness.host import interrupt


@click.command()
@options.JSON
def doctor(*, as_json: bool) -> None:
    """Say what this machine has and lacks for a local cluster; exit 6 when something is missing."""
    checks = machine.examine()
    if as_json:
        show.data([asdict(check) for check in checks])
    else:
        Console(highlight=False).print(machine.table(checks))
    if any(check.state is machine.State.MISSING for check in checks):
        sys.exit(HostTrouble.exit_code)


@click.command()
def heal() -> None:
    """Put back what harnesses that were killed left behind; exit 6 when something could not be."""
    with interrupt.undoing():
        done = environment.heal_leftovers()
    if not done:
        click.echo("nothing to heal")
    if any(one.problem for one in done):
        sys.exit(HostTrouble.exit_code)
