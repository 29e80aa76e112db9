"""``slaharness cluster``, ``deploy`` and ``undeploy``."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from slaharness.cli import options, show
from slaharness.cluster import lease
from slaharness.cluster.choose import provider as choose
from slaharness.cluster.local.prepare import prepare
from slaharness.cluster.local.provider import Local
from slaharness.cluster.local.status import Status
from slaharness.cluster.provider import ClusterInfo, Provider
from slaharness.errors import BadInput, ClusterTrouble
from slaharness.host import interrupt
from slaharness.model.words import counted
from slaharness.settings import read as settings
from slaharness.settings.schema import ExistingStack
from slaharness.stack import deploy as deploying
from slaharness.stack import inventory, remove
from slaharness.stack.protocol import Stack


@click.group()
def cluster() -> None:
    """Make, look at and remove local clusters."""


@cluster.command()
@options.NAME
@options.NODES
@options.YES
@options.JSON
def up(name: str, nodes: int, *, yes: bool, as_json: bool) -> None:
    """Make the cluster, or find it already there."""
    with interrupt.undoing():
        prepare(yes=yes)
        made = Local(name, nodes).up()
    if as_json:
        show.data(vars(made))
    else:
        click.echo(f"export KUBECONFIG={made.kubeconfig}")


@cluster.command()
@options.NAME
@options.JSON
def status(name: str, *, as_json: bool) -> None:
    """Say how the cluster is; exit 4 when there is none of that name, 6 when it is not well."""
    found = Local(name).status()
    if as_json:
        show.data(asdict(found))
    else:
        _show(found)
    if not found.healthy:
        sys.exit(ClusterTrouble.exit_code)


def _show(found: Status) -> None:
    memory = sum(part.memory for part in found.parts)
    show.table(
        ("cluster", found.name),
        [
            ("Kubernetes", found.kubernetes or "does not answer"),
            ("server", found.server),
            ("kubeconfig", str(found.kubeconfig)),
            ("made", f"{found.age:.0f} s ago" if found.age else "half-way, or being made"),
            ("memory", f"{memory / 2**20:.0f} MiB in {counted(len(found.parts), 'program')} of its own"),
            *((f"node {node}", trouble or "Ready") for node, trouble in found.nodes.items()),
        ],
    )


@cluster.command()
@options.NAME
def kubeconfig(name: str) -> None:
    """Print the path of the cluster's kubeconfig."""
    click.echo(_found(Local(name)).kubeconfig)


@cluster.command()
@options.NAME
@click.argument("into", type=click.Path(file_okay=False, path_type=Path))
def logs(name: str, into: Path) -> None:
    """Copy the logs of the cluster's own parts into a folder."""
    Local(name).collect_logs(into)
    click.echo(into)


@cluster.command()
@options.NAME
def down(name: str) -> None:
    """Remove the cluster and all that it left on this machine."""
    with interrupt.undoing():
        if not Local(name).down():
            click.echo(f"there was nothing of a cluster {name!r}", err=True)


@click.command()
@options.CLUSTER
@options.CONTEXT
@options.NAME
@options.PROFILE
@options.OVERLAY
@options.REGISTRY
@options.REPLACE
def deploy(profile: str, overlay: Path | None, registry: str, *, replace_stack: bool, **where: Any) -> None:
    """Build and load what changed, apply, and wait until the stack is ready."""
    with interrupt.undoing():
        project = settings.here()
        if (own := project.stack.profile(profile)) is None:
            raise BadInput(
                f"the stack {project.stack.name} is deployed by others: there is nothing to deploy"
            )
        provider = choose(**where, released=project.settings.faults.contexts)
        with _alone(provider) as found:
            _make_way(found, project.stack, overlay or own, replace=replace_stack)
            deploying.deploy(
                found,
                provider,
                project.stack,
                profile,
                overlay=overlay,
                registry=registry or project.settings.load.registry,
            )


@click.command()
@options.CLUSTER
@options.CONTEXT
@options.NAME
def undeploy(**where: Any) -> None:
    """Remove the stack with its data."""
    with interrupt.undoing():
        project = settings.here()
        if isinstance(project.settings.stack, ExistingStack):
            raise BadInput(f"the stack {project.stack.name} is deployed by others: it is never removed")
        provider = choose(**where, released=project.settings.faults.contexts)
        with _alone(provider) as found:
            if inventory.read(found, project.stack.name) is None:
                click.echo(f"cluster {found.name} holds nothing of {project.stack.name}", err=True)
            remove.undeploy(found, project.stack.name)


@contextmanager
def _alone(provider: Provider) -> Iterator[ClusterInfo]:
    """The cluster, with no run beside."""
    found = _found(provider)
    with lease.held(found.api(), f"{found.provider} cluster {found.name}", lease.me()):
        yield found


def _make_way(found: ClusterInfo, stack: Stack, folder: Path, *, replace: bool) -> None:
    """Another profile's stack goes only when it may."""
    if there := inventory.read(found, stack.name):
        remove.make_way(found, stack.name, folder.name, kept="" if replace else there.id)


def _found(provider: Provider) -> ClusterInfo:
    if (args := provider.undo_args()) is None:  # none to make: why it does not answer is all there is to say
        return provider.up()
    if found := provider.find():
        return found
    name, kind = args.get("name", "default"), args["provider"]
    named = "" if name == "default" else f" --name {name}"
    local = isinstance(provider, Local)
    command = f"cluster up{named}" if local else f"run --keep-cluster --cluster {kind}{named}"
    raise BadInput(f"cluster {name!r} is not up; make it with `slaharness {command}`")
