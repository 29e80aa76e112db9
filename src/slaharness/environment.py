"""Where a session's runs happen: a cluster with the stack on it, put back afterwards as it was found."""

import platform
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path

from slaharness import leftovers
from slaharness.cluster.choose import provider as choose
from slaharness.cluster.local import cgroups
from slaharness.cluster.local.prepare import prepare
from slaharness.cluster.provider import ClusterInfo, Provider
from slaharness.errors import BadInput
from slaharness.host import project
from slaharness.host.lock import held
from slaharness.host.progress import console
from slaharness.image import Image
from slaharness.load import locust, place, scraper
from slaharness.stack import deploy, images, inventory, ready, remove
from slaharness.stack.protocol import Stack, scrapes_load
from slaharness.undo import journal as undo

UNVERIFIED = "not verified, as its kubeconfig says insecure-skip-tls-verify"


@dataclass(frozen=True)
class Wanted:
    """What was asked for on the command line, and the stack of the project's settings."""

    stack: Stack
    kind: str = "local"
    name: str = "default"
    nodes: int = 3
    context: str | None = None
    overlay: Path | None = None
    #: Where images are pushed and pulled from; "": they are put into the nodes.
    registry: str = ""
    #: Reference of the load's own image where the nodes have it already; "": it is built.
    load_image: str = ""
    profiles: tuple[str, ...] = ("core",)
    keep: bool = False
    yes: bool = False
    #: Whether another profile's stack that was there before may be taken away, with its data.
    replace: bool = False
    #: Contexts that the project releases for faults, beside those of this machine's user.
    contexts: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        return f"context {self.context}" if self.context else f"cluster {self.name}"

    def folders(self) -> list[Path]:
        """What is to be deployed, in Kustomize's terms; nothing of a stack that others deploy.

        Raises BadInput for an unknown profile, or an overlay over what others deploy.
        """
        own = [folder for one in self.profiles if (folder := self.stack.profile(one))]
        if self.overlay and not own:
            raise BadInput(f"overlay {self.overlay}: the stack {self.stack.name} is deployed by others")
        return [self.overlay] if self.overlay else own


@dataclass(frozen=True)
class Environment:
    """A cluster, the stack on it, and the project whose scenarios run there."""

    cluster: ClusterInfo
    provider: Provider
    stack: Stack
    project: Path
    overlay: Path | None = None
    registry: str = ""
    #: References in this cluster of the images of the load and of what measures it, by their names.
    load_images: Mapping[str, str] = field(default_factory=dict)
    #: The installation that was there before, and may not be taken away; "" when there is none such.
    kept: str = ""

    def deploy(self, profile: str) -> None:
        """Bring the stack to what the profile, or the overlay in its place, says.

        The stack of another profile goes first, with its data. One that others deploy is waited for. Raises
        StackTrouble when that was there before us, and as ``stack.deploy`` does.
        """
        own = self.stack.profile(profile)
        if own is None:
            ready.until_serving(self.cluster.api(), self.stack)
            return
        name = (self.overlay or own).name
        remove.make_way(self.cluster, self.stack.name, name, kept=self.kept)
        deploy.deploy(
            self.cluster, self.provider, self.stack, profile, overlay=self.overlay, registry=self.registry
        )

    def data_loss_guard(self) -> tuple[undo.Entry, AbstractContextManager[None]]:
        """A run that may take the stack's data away for good: a stack that then does not serve goes.

        One that is deployed by others never goes: what it lost of its StatefulSets is made again.
        """
        databases = ready.databases(self.cluster.api(), self.stack.namespaces)
        effect = leftovers.Effect(self.cluster, self.stack.name, str(self.project), tuple(databases))
        entry = undo.Entry("the stack, should it have lost its data", leftovers.DATA, effect.data())
        if not inventory.read(self.cluster, self.stack.name):
            return entry, leftovers.put_back_at_the_end(effect)
        return entry, leftovers.gone_unless_serving(effect, self.stack)

    def cgroups(self) -> list[Path]:
        """Those of a cluster on this machine."""
        return cgroups.tops(self.cluster.name) if self.cluster.provider == "local" else []

    def metadata(self) -> dict[str, str]:
        """Where it is, for the record."""
        there = inventory.read(self.cluster, self.stack.name)
        return {
            "provider": self.cluster.provider,
            "cluster": self.cluster.name,
            "context": self.cluster.context,
            "kubernetes": self.cluster.kubernetes,
            "server": "verified" if self.cluster.verified else UNVERIFIED,
            "nodes": ", ".join(self.cluster.nodes),
            "stack": self.stack.name,
            "profile": there.profile if there else "",
            "overlay": self.overlay.name if self.overlay else "",
            "machine": f"{platform.node()}, {platform.platform()}",
            "slaharness": version("slaharness"),
        }


@contextmanager
def shared(wanted: Wanted) -> Iterator[None]:
    """The cluster for runs of other processes, each of which keeps it; put back at the end as it was found.

    Raises StackTrouble when one of their profiles would take away a stack that was there before, and
    ClusterTrouble when the cluster is shared already.
    """
    where = wanted.where
    with held(f"shared {where}", else_say=f"{where}: another `slaharness nightly` is on it"):
        provider = _prepared(wanted)
        with undo.journal(f"shared-{uuid.uuid4().hex[:8]}") as journal, ExitStack() as effects:
            cluster, found = _brought_up(provider, where, journal, effects, keep=False)
            installed = inventory.read(cluster, wanted.stack.name)
            if installed and not wanted.replace:
                for folder in wanted.folders():
                    remove.make_way(cluster, wanted.stack.name, folder.name, kept=installed.id)
            elif found and wanted.folders() and not installed:
                effects.enter_context(journal.effect(*leftovers.stack_of_ours(cluster, wanted.stack)))
            yield


@contextmanager
def open_environment(wanted: Wanted) -> Iterator[Environment]:
    """Heal what a killed harness left, make or find the cluster; put all back at the end, with the stack.

    What was there before stays: a cluster found up is left up, a stack found on it is left deployed. Raises
    ClusterTrouble when another run is on that cluster.
    """
    where = wanted.where
    with held(
        f"environment {where}", else_say=f"{where}: another run is on it; try again when that has ended"
    ):
        yield from _opened(wanted, where)


def _prepared(wanted: Wanted) -> Provider:
    """The provider, on a machine that has what it needs, without what a killed harness left."""
    provider = choose(
        wanted.kind, name=wanted.name, nodes=wanted.nodes, context=wanted.context, released=wanted.contexts
    )
    if wanted.kind == "local":
        stack_images = partial(deploy.build, wanted.stack, wanted.folders())
        prepare(yes=wanted.yes, also=(stack_images, *_load_images(wanted)))
    leftovers.heal()
    return provider


def _brought_up(
    provider: Provider, where: str, journal: undo.Journal, effects: ExitStack, *, keep: bool
) -> tuple[ClusterInfo, bool]:
    """The cluster, and whether it was up before. One that this makes goes with ``effects``, unless kept."""
    found, args = provider.find() is not None, provider.undo_args()
    if not found and args and not keep:
        entry = undo.Entry(where, leftovers.CLUSTER, args)
        effects.enter_context(journal.effect(entry, leftovers.down_at_the_end(provider)))
    return provider.up(), found


def _opened(wanted: Wanted, where: str) -> Iterator[Environment]:
    provider = _prepared(wanted)
    with undo.journal(f"environment-{uuid.uuid4().hex[:8]}") as journal, ExitStack() as effects:
        cluster, found = _brought_up(provider, where, journal, effects, keep=wanted.keep)
        if not cluster.verified:
            console.print(f"[yellow]{where}: the API server is {UNVERIFIED}")
        effects.enter_context(journal.effect(*leftovers.alone(cluster, where)))
        installed = inventory.read(cluster, wanted.stack.name)
        if not wanted.folders():
            effects.enter_context(place.for_load(cluster, wanted.stack.load_namespace, journal))
        elif found and not wanted.keep and not installed:
            effects.enter_context(journal.effect(*leftovers.stack_of_ours(cluster, wanted.stack)))
        platform = images.platform(cluster)
        built = [image(platform) for image in _load_images(wanted)]
        load = images.deliver(cluster, provider, built, wanted.registry)
        yield Environment(
            cluster, provider, wanted.stack, project.root(), wanted.overlay, wanted.registry,
            {locust.NAME: wanted.load_image} | {one.name: one.reference for one in load},
            installed.id if installed and not wanted.replace else "",
        )  # fmt: skip


def _load_images(wanted: Wanted) -> list[Callable[..., Image]]:
    """What builds the images of the load, and of what measures it, as far as they are wanted."""
    beside = [] if scrapes_load(wanted.stack) else [scraper.image]
    return beside if wanted.load_image else [locust.image, *beside]
