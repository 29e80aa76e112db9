"""Options that several commands share."""

from pathlib import Path

import click

from slaharness.cluster.choose import PROVIDERS

NAME = click.option("--name", default="default", show_default=True, help="Name of the local cluster.")
NODES = click.option("--nodes", default=3, show_default=True, help="Workers of the local cluster.")
JSON = click.option("--json", "as_json", is_flag=True, help="Machine-readable output on standard output.")
YES = click.option(
    "--yes", is_flag=True, help="Install missing system packages without asking, as CI=true does."
)
CLUSTER = click.option(
    "--cluster", "kind", type=click.Choice(list(PROVIDERS)), default="local", show_default=True,
    help="Where the cluster comes from.",
)  # fmt: skip
CONTEXT = click.option("--context", help="Kubeconfig context, for --cluster existing.")


def _address(_context: click.Context, _option: click.Parameter, value: str) -> str:
    from slaharness.settings.fields import registry  # noqa: PLC0415  # brings pydantic

    return registry(value)


REGISTRY = click.option(
    "--registry", default="", metavar="[http://]HOST[:PORT][/PATH]", callback=_address,
    help="Push images there, and have the nodes pull them by digest.",
)  # fmt: skip
SEND = click.option(
    "--send", is_flag=True, help="Send verdicts and figures to where the settings say ([send])."
)
VAR = click.option(
    "--var",
    "variables",
    multiple=True,
    metavar="NAME[:TYPE]=VALUE",
    help="A value in an experiment's configuration.",
)
VAR_FILE = click.option(
    "--var-file",
    "variable_files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Values for an experiment's configuration and secrets (.yaml, .json), or its environment (.env).",
)
REPLACE = click.option(
    "--replace-stack",
    is_flag=True,
    help="Take away another profile's stack that is deployed, with its data. One of the same profile is "
    "brought up to date, from whichever checkout, and keeps its data.",
)
PROFILE = click.option("--profile", default="core", show_default=True, help="Profile of the stack.")
OVERLAY = click.option(
    "--overlay",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Kustomize overlay to deploy instead of the profile.",
)
