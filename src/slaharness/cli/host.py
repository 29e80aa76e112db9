"""``slaharness doctor`` and ``heal``."""

import sys
from dataclasses import asdict

import click

from slaharness import leftovers
from slaharness.cli import options, show
from slaharness.cli.rights import needs
from slaharness.cluster import doctor as cluster
from slaharness.cluster.local import doctor as machine
from slaharness.errors import HostTrouble
from slaharness.host import interrupt, project
from slaharness.settings import read as settings


@click.command()
@click.option("--context", help="Look at the cluster of this kubeconfig context, not at this machine.")
@options.JSON
def doctor(context: str | None, *, as_json: bool) -> None:
    """Say what this machine, or a cluster, has and lacks for a run; exit 6 when something is missing."""
    checks = _of_cluster(context) if context else machine.examine()
    if as_json:
        show.data([asdict(check) for check in checks])
    else:
        show.whole(machine.table(checks))
    if any(check.state is machine.State.MISSING for check in checks):
        sys.exit(HostTrouble.exit_code)


def _of_cluster(context: str) -> list[machine.Check]:
    stack = settings.here().stack
    return cluster.examine(context, tuple(needs(stack, project.root())), stack.namespaces)


@click.command()
def heal() -> None:
    """Put back what harnesses that were killed left behind; exit 6 when something could not be."""
    with interrupt.undoing():
        done = leftovers.heal()
    if not done:
        click.echo("nothing to heal")
    if any(one.problem for one in done):
        sys.exit(HostTrouble.exit_code)
