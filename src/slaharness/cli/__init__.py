"""The command line ``slaharness``: each command stands in the module of its subject."""

import sys

import click

from slaharness.cli.check import check
from slaharness.cli.cluster import cluster, deploy, undeploy
from slaharness.cli.host import doctor, heal
from slaharness.cli.images import images_group
from slaharness.cli.init import init
from slaharness.cli.report import report
from slaharness.cli.rights import rights
from slaharness.cli.scenarios import judge, list_scenarios, run
from slaharness.errors import BadInput, HarnessError

INTERRUPTED = 2


@click.group(
    commands=[
        init,
        check,
        run,
        judge,
        list_scenarios,
        cluster,
        deploy,
        undeploy,
        images_group,
        doctor,
        rights,
        heal,
        report,
    ],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="slaharness")
def cli() -> None:
    r"""Chaos and SLA validation on real Kubernetes, with verdicts that can be trusted.

    \b
    Exit codes: 0 every objective met · 1 one missed · 2 interrupted, all undone
                3 inconclusive · 4 bad input · 5 nothing ran · 6 host or cluster trouble
    """


def main() -> None:
    """Entry point: our own errors end in one line and their exit code."""
    try:
        cli(standalone_mode=False)
    except HarnessError as error:
        click.echo(f"slaharness: {error}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(BadInput.exit_code)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(INTERRUPTED)
