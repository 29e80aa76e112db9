"""What a killed run leaves of a cluster or a stack: as entries of the undo journal, and their undo."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from slaharness.chaos.put_back import CHANGES
from slaharness.chaos.put_back import undone as undone_changes
from slaharness.cluster import lease
from slaharness.cluster.choose import undo as undo_cluster
from slaharness.cluster.provider import ClusterInfo, Provider
from slaharness.errors import BadInput, NotYet, RecordTrouble
from slaharness.host import scratch, wait
from slaharness.host.progress import console
from slaharness.settings import read as settings
from slaharness.stack import inventory, ready, remove
from slaharness.stack.manifests import Object
from slaharness.stack.protocol import Stack
from slaharness.undo import heal as undone
from slaharness.undo import journal as undo

#: The kinds of undo entries that this module writes and knows how to undo.
CLUSTER, STACK, DATA = "cluster", "stack", "data"
#: Seconds for a stack that lost its data to serve again, before it counts as no use to the next run.
SERVES = 60.0


@dataclass(frozen=True)
class Effect:
    """The arguments of an undo entry on a stack: enough to undo it in another process."""

    cluster: ClusterInfo
    stack: str
    project: str = ""
    databases: tuple[Object, ...] = field(default=())

    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = _AS_DATA.dump_python(self, mode="json")
        return data

    @classmethod
    def read(cls, args: Mapping[str, Any]) -> "Effect":
        """Raise RecordTrouble for what another version of the harness wrote."""
        try:
            return _AS_DATA.validate_python(args)
        except ValidationError as error:
            raise RecordTrouble(f"the undo entry of a stack cannot be read: {error.errors()[0]}") from error


_AS_DATA = TypeAdapter(Effect)


def heal() -> list[undone.Healed]:
    """Put back what harnesses that were killed left behind, and say so.

    Their temporary folders go unmentioned: nobody misses them, and an account's token may be in there.
    """
    done = undone.heal(
        {
            CLUSTER: undo_cluster,
            STACK: _undeploy,
            DATA: _undeploy_unless_serving,
            CHANGES: undone_changes,
        }
    )
    for one in done:
        console.print(f"healed: {one.what} of run {one.run} {one.problem}".rstrip(), markup=False)
    scratch.sweep()
    return done


@contextmanager
def down_at_the_end(provider: Provider) -> Iterator[None]:
    try:
        yield
    finally:
        provider.down()


def stack_of_ours(cluster: ClusterInfo, stack: Stack) -> tuple[undo.Entry, AbstractContextManager[None]]:
    """A stack that was not there before."""
    entry = undo.Entry("the stack", STACK, Effect(cluster, stack.name).data())
    return entry, _undeployed_at_the_end(cluster, stack)


@contextmanager
def _undeployed_at_the_end(cluster: ClusterInfo, stack: Stack) -> Iterator[None]:
    try:
        yield
    finally:
        remove.undeploy(cluster, stack.name)


@contextmanager
def put_back_at_the_end(effect: Effect) -> Iterator[None]:
    try:
        yield
    finally:
        _put_back(effect)


def _put_back(effect: Effect) -> None:
    """Make StatefulSets of others again that a fault took away, and whose rollback was killed."""
    if effect.databases:
        api = effect.cluster.api()
        api.apply(body for body in effect.databases if api.get(body) is None)


@contextmanager
def gone_unless_serving(effect: Effect, stack: Stack) -> Iterator[None]:
    try:
        yield
    finally:
        api = effect.cluster.api()
        try:
            wait.until(
                lambda: not ready.serves(api, effect.databases, stack),
                within=SERVES, every=0.5, what="the stack serves",
            )  # fmt: skip
        except NotYet:
            remove.undeploy(effect.cluster, stack.name)


def alone(cluster: ClusterInfo, where: str) -> tuple[undo.Entry, AbstractContextManager[None]]:
    """The cluster for this run alone, across machines."""
    holder = lease.me()
    args = {"cluster": Effect(cluster, "").data()["cluster"], "holder": holder}
    entry = undo.Entry("the lease on the cluster", undone.LEASE, args)
    return entry, lease.held(cluster.api(), where, holder)


def _undeploy(args: Mapping[str, Any]) -> None:
    """Undo a STACK entry. A stack whose cluster is gone went with it."""
    effect = Effect.read(args)
    if undone.reached(args["cluster"]):
        remove.undeploy(effect.cluster, effect.stack)


def _undeploy_unless_serving(args: Mapping[str, Any]) -> None:
    """Undo a DATA entry. Where the stack's project is gone, nobody can tell whether it serves: it goes."""
    effect = Effect.read(args)
    if not undone.reached(args["cluster"]):
        return
    if not inventory.read(effect.cluster, effect.stack):
        _put_back(effect)
        return
    try:
        stack = settings.load(Path(effect.project)).stack
    except BadInput:
        remove.undeploy(effect.cluster, effect.stack)
        return
    with gone_unless_serving(effect, stack):
        pass
