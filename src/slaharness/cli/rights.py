"""``slaharness rights``: the roles that a run of this project needs in a cluster of others."""

from collections.abc import Iterator
from pathlib import Path

import click

from slaharness.chaos import put_back
from slaharness.chaos.declaration import Rights, together
from slaharness.chaos.experiment import Experiment, check
from slaharness.chaos.guard import EVERY
from slaharness.cluster.rights import AT_HOME, EVERYWHERE, LOAD, STACK, VERIFIED, WIRED, Needed, rendered
from slaharness.host import project
from slaharness.settings import read as settings
from slaharness.settings.declared import DeclaredStack
from slaharness.stack import document
from slaharness.stack.protocol import Stack

KINDS = {"user": "User", "group": "Group", "serviceaccount": "ServiceAccount"}


@click.command()
@click.option("--user", default="sre", show_default=True, help="Who gets them, by the name of KIND.")
@click.option(
    "--kind", type=click.Choice(sorted(KINDS)), default="user", show_default=True,
    help="What USER is; a ServiceAccount is NAMESPACE:NAME.",
)  # fmt: skip
def rights(user: str, kind: str) -> None:
    """Print the roles that runs of this project need of a cluster where its stack runs already, as YAML."""
    stack = settings.here().stack
    for name in sorted({*stack.namespaces, stack.load_namespace}):
        click.echo(f"# kubectl create namespace {name}")
    needed = tuple(needs(stack, project.root()))
    click.echo(document.dump(rendered(needed, _subject(user, kind)), sort_keys=False), nl=False)


def needs(stack: Stack, root: Path) -> Iterator[Needed]:
    """What is needed where: the harness's own, and those of the project's experiments, which it passes on."""
    experiments = [check(file) for file in sorted((root / "experiments").glob("*.yaml"))]
    yield Needed("", together([EVERYWHERE, *(one.rights_everywhere for one in experiments)]))
    yield Needed("default", AT_HOME)
    wired = WIRED.get(stack.prometheus.load, {}) if stack.prometheus else {}
    authorities = stack.authorities if isinstance(stack, DeclaredStack) else None
    trusted: Rights = {f"{authorities.kind.lower()}s": "get"} if authorities else {}
    yield Needed(stack.load_namespace, together([LOAD, wired, trusted]))
    own = together([STACK, EVERY, VERIFIED if authorities else {}])
    for name in stack.namespaces:
        yield Needed(name, together([own, *_struck(experiments, name), *_undone(experiments, name)]))


def _struck(experiments: list[Experiment], namespace: str) -> Iterator[dict[str, str]]:
    return (dict(one.rights(namespace)) for one in experiments)


def _undone(experiments: list[Experiment], namespace: str) -> Iterator[Rights]:
    return (put_back.rights(one, namespace) for one in experiments)


def _subject(user: str, kind: str) -> dict[str, str]:
    if kind == "serviceaccount":
        namespace, _, name = user.rpartition(":")
        return {"kind": KINDS[kind], "name": name, "namespace": namespace or "default"}
    return {"kind": KINDS[kind], "name": user, "apiGroup": "rbac.authorization.k8s.io"}
