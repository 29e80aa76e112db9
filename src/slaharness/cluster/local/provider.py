"""The ``local`` provider: real Kubernetes on this machine, each node a set of namespaces, no Docker.

``up`` is a list of steps; what must wait for another waits for that only.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from slaharness.cluster.api import Api
from slaharness.cluster.local import containerd, health, host, processes, state, store, teardown
from slaharness.cluster.local.create import make, store_of
from slaharness.cluster.local.ctr import Images
from slaharness.cluster.local.layout import Layout, checked
from slaharness.cluster.local.parts import gather
from slaharness.cluster.local.status import Status, saved_plan, status
from slaharness.cluster.provider import Capability, ClusterInfo, Request, uid
from slaharness.errors import BadInput, NotYet
from slaharness.host import interrupt, wait
from slaharness.host.progress import step
from slaharness.host.threads import Threads
from slaharness.image import Registry

#: Seconds for a cluster that is up to answer, and for all of its nodes to be Ready.
WELL_WITHIN = 30.0


@dataclass(frozen=True)
class Local:
    """A cluster of an infra node ``n0`` and ``nodes`` workers; ``name`` tells a machine's clusters apart."""

    name: str = "default"
    nodes: int = 3

    @classmethod
    def asked(cls, request: Request) -> Self:
        """Raises BadInput for a context: whoever names one means a cluster of theirs, not one made here."""
        if request.context:
            raise BadInput(
                f"context {request.context!r} is of an existing cluster, and this would make a local one: "
                "say --cluster existing, too"
            )
        return cls(request.name, request.nodes)

    @classmethod
    def undo(cls, args: Mapping[str, Any]) -> None:
        """Remove the cluster, unless it is one that another process made under the same name since."""
        saved = state.load(checked(args["name"]))
        if saved is None or saved.maker == args.get("maker", saved.maker):
            cls(args["name"]).down()

    def undo_args(self) -> Mapping[str, Any]:
        return {"provider": "local", "name": self.name, "maker": state.MAKER}

    def up(self) -> ClusterInfo:
        """Make the cluster or find it healthy; anything half-made of that name is removed first."""
        host.need_root()
        checked(self.name)
        with state.locked(self.name):
            return self.find() or self._made()

    def find(self) -> ClusterInfo | None:
        """Find it healthy; one that lives is given time to be, since a busy machine answers late."""
        saved = state.load(checked(self.name))
        if saved is None or saved.made is None or not _well(saved.layout):
            return None
        return _info(saved.layout)

    def load_images(self, archives: Sequence[Path]) -> None:
        """Also put them into the store that the next cluster starts from. BadInput without such a cluster."""
        layout = saved_plan(self.name).layout
        stores = [Images(node.containerd_socket) for node in layout.nodes]
        with step(f"Images into the nodes of cluster {self.name}"), Threads(len(stores) + 1) as pool:
            store.remember(archives)
            kept = pool.submit(lambda: store_of(layout, gather()))
            for archive in archives:
                list(pool.map(lambda images, one=archive: images.load(one), stores))
            kept.result()

    def pull_from(self, registry: str) -> None:
        """BadInput for an address that is none, and when there is no such cluster."""
        parsed = Registry.at(registry)
        for node in saved_plan(self.name).layout.nodes:
            containerd.write_registry(node, parsed)

    def collect_logs(self, into: Path) -> None:
        """BadInput when there is no such cluster."""
        into.mkdir(parents=True, exist_ok=True)
        for log in saved_plan(self.name).layout.logs.glob("*.log"):
            (into / log.name).write_bytes(log.read_bytes())

    def status(self) -> Status:
        """BadInput when there is no such cluster."""
        return status(self.name)

    def down(self) -> bool:
        """Whether there was anything to remove."""
        host.need_root()
        checked(self.name)
        with state.locked(self.name):
            if not teardown.residue(self.name):
                return False
            with step(f"Removing cluster {self.name}"), interrupt.finishing():
                teardown.remove(self.name)
            return True

    def _made(self) -> ClusterInfo:
        with step(f"Cluster {self.name}") as now:
            if teardown.residue(self.name):
                now.say("removing what is left of an earlier one")
                teardown.remove(self.name)
            host.check(self.nodes + 1)
            with _undone_on_failure(self.name):
                layout = state.claim(self.name, self.nodes)
                make(layout, now)
                state.save(layout, state.now())
        return _info(layout)


def _well(layout: Layout) -> bool:
    """Whether it is healthy now, or soon. One without a process will never be."""
    if health.healthy(layout):
        return True
    if not processes.find(layout.name):
        return False
    try:
        with step(f"Cluster {layout.name}: is it well?") as now:
            return wait.until(
                lambda: health.healthy(layout), within=WELL_WITHIN, what="it is healthy", say=now.say
            )
    except NotYet:
        return False


@contextmanager
def _undone_on_failure(name: str) -> Iterator[None]:
    """Whatever ends the body early, also Ctrl-C, ends what it made."""
    try:
        yield
    except BaseException:
        with interrupt.finishing():
            teardown.remove(name)
        raise


def _info(layout: Layout) -> ClusterInfo:
    with health.session(layout) as api:
        kubernetes = health.version(api, layout)
    return ClusterInfo(
        provider="local",
        name=layout.name,
        kubeconfig=layout.kubeconfig,
        context=layout.context,
        kubernetes=kubernetes,
        nodes=tuple(node.name for node in layout.nodes),
        capabilities=frozenset(Capability),
        uid=uid(Api(layout.kubeconfig, layout.context)),
    )
