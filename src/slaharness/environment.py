"""Where a session's runs happen: a cluster with the stack on it, put back afterwards as it was found."""

import platform
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from slaharness.cluster.choose import provider as choose
from slaharness.cluster.choose import undo as undo_cluster
from slaharness.cluster.local.prepare import prepare
from slaharness.cluster.provider import ClusterInfo, Provider
from slaharness.errors import NotYet
from slaharness.host import project, wait
from slaharness.host.lock import held
from slaharness.host.progress import console
from slaharness.load import locust
from slaharness.stack import deploy, images, manifests, ready, remove
from slaharness.stack.objects import profiles
from slaharness.undo import heal
from slaharness.undo import journal as undo

#: The kinds of undo entries that this module writes and knows how to undo.
CLUSTER, STACK, DATA = "cluster", "stack", "data"
UNVERIFIED = "not verified, as its kubeconfig says insecure-skip-tls-verify"
#: Seconds for a stack that lost its data to serve again, before it counts as no use to the next run.
SERVES = 60.0
_AS_DATA = TypeAdapter(ClusterInfo)


@dataclass(frozen=True)
class Wanted:
    """What was asked for on the command line."""

    kind: str = "local"
    name: str = "default"
    nodes: int = 3
    context: str | None = None
    overlay: Path | None = None
    #: Where images are pushed and pulled from; "": they are put into the nodes.
    registry: str = ""
    profiles: tuple[str, ...] = ("core",)
    keep: bool = False
    yes: bool = False

    def folders(self) -> list[Path]:
        """What is to be deployed, in Kustomize's terms."""
        return [self.overlay] if self.overlay else [manifests.folder_of(one) for one in self.profiles]


@dataclass(frozen=True)
class Site:
    """A cluster, the stack that it is given, and the project whose scenarios run there."""

    cluster: ClusterInfo
    provider: Provider
    project: Path
    overlay: Path | None = None
    registry: str = ""
    #: The reference of the load's own image in this cluster.
    load_image: str = ""

    def deploy(self, profile: str) -> None:
        """Bring the stack to what the profile, or the overlay in its place, says.

        The stack of another profile goes first, with its data. Raises as ``stack.deploy`` does.
        """
        there = profiles(self.cluster.api())
        if there - {(self.overlay or manifests.folder_of(profile)).name}:
            remove.undeploy(self.cluster)
        deploy.deploy(self.cluster, self.provider, profile, self.overlay, self.registry)

    def losing(self) -> tuple[undo.Entry, AbstractContextManager[None]]:
        """A run that may take the stack's data away for good: a stack that then does not serve goes."""
        databases = ready.databases(self.cluster.api())
        args = {"cluster": _as_data(self.cluster), "databases": databases}
        entry = undo.Entry("the stack, should it have lost its data", DATA, args)
        return entry, _gone_unless_serving(self.cluster, databases)

    def place(self) -> dict[str, str]:
        """Where it is, for the record."""
        return {
            "provider": self.cluster.provider,
            "cluster": self.cluster.name,
            "context": self.cluster.context,
            "kubernetes": self.cluster.kubernetes,
            "server": "verified" if self.cluster.verified else UNVERIFIED,
            "nodes": ", ".join(self.cluster.nodes),
            "profile": ", ".join(sorted(profiles(self.cluster.api()))),
            "machine": f"{platform.node()}, {platform.platform()}",
        }


@contextmanager
def open_site(wanted: Wanted) -> Iterator[Site]:
    """Heal what a killed harness left, make or find the cluster; put all back at the end, with the stack.

    What was there before stays: a cluster found up is left up, a stack found on it is left deployed. Raises
    ClusterTrouble when another run is on that cluster.
    """
    where = f"context {wanted.context}" if wanted.context else f"cluster {wanted.name}"
    with held(f"site {where}", else_say=f"{where}: another run is on it; try again when that has ended"):
        yield from _opened(wanted, where)


def _opened(wanted: Wanted, where: str) -> Iterator[Site]:
    provider = choose(wanted.kind, name=wanted.name, nodes=wanted.nodes, context=wanted.context)
    if wanted.kind == "local":
        prepare(yes=wanted.yes, also=(partial(deploy.build, wanted.folders()), locust.image))
    healed()
    with undo.journal(f"site-{uuid.uuid4().hex[:8]}") as journal, ExitStack() as effects:
        there = provider.find()
        args = provider.undo_args()
        if there is None and args and not wanted.keep:
            entry = undo.Entry(where, CLUSTER, args)
            effects.enter_context(journal.effect(entry, _down_at_the_end(provider)))
        cluster = provider.up()
        if not cluster.verified:
            console.print(f"[yellow]{where}: the API server is {UNVERIFIED}")
        if there is not None and not wanted.keep and not remove.residue(cluster):
            entry = undo.Entry("the stack", STACK, _as_data(cluster))
            effects.enter_context(journal.effect(entry, _undeployed_at_the_end(cluster)))
        load = images.deliver(cluster, provider, [locust.image()], wanted.registry)
        yield Site(cluster, provider, project.root(), wanted.overlay, wanted.registry, load[0].reference)


def healed() -> list[heal.Healed]:
    """Put back what harnesses that were killed left behind, and say so."""
    done = heal.heal({CLUSTER: undo_cluster, STACK: _undeploy, DATA: _undeploy_unless_serving})
    for one in done:
        console.print(f"healed: {one.what} of run {one.run} {one.problem}".rstrip(), markup=False)
    return done


@contextmanager
def _down_at_the_end(provider: Provider) -> Iterator[None]:
    try:
        yield
    finally:
        provider.down()


@contextmanager
def _undeployed_at_the_end(cluster: ClusterInfo) -> Iterator[None]:
    try:
        yield
    finally:
        remove.undeploy(cluster)


@contextmanager
def _gone_unless_serving(cluster: ClusterInfo, databases: Sequence[manifests.Object]) -> Iterator[None]:
    try:
        yield
    finally:
        api = cluster.api()
        try:
            wait.until(
                lambda: not ready.serves(api, databases), within=SERVES, every=0.5, what="the stack serves"
            )
        except NotYet:
            remove.undeploy(cluster)


def _as_data(cluster: ClusterInfo) -> dict[str, Any]:
    data: dict[str, Any] = _AS_DATA.dump_python(cluster, mode="json")
    return data


def _undeploy(args: Mapping[str, Any]) -> None:
    """Undo a STACK entry. A stack whose cluster is gone went with it."""
    cluster = _AS_DATA.validate_python(args)
    if heal.reached(args):
        remove.undeploy(cluster)


def _undeploy_unless_serving(args: Mapping[str, Any]) -> None:
    """Undo a DATA entry."""
    cluster = _AS_DATA.validate_python(args["cluster"])
    if heal.reached(args["cluster"]):
        with _gone_unless_serving(cluster, args["databases"]):
            pass
