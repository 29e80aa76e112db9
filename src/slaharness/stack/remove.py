"""Remove the stack with its data, by the installation's list and nothing else, and say what is left."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from slaharness.cluster.api import Api
from slaharness.cluster.provider import ClusterInfo
from slaharness.errors import NotYet, StackTrouble
from slaharness.host import wait
from slaharness.host.progress import Step, step
from slaharness.model.words import counted
from slaharness.stack import inventory
from slaharness.stack.inventory import Inventory, Item
from slaharness.stack.objects import volumes

#: Seconds until namespaces and volumes are gone: databases are given time to end well.
GONE_WITHIN = 180.0
#: Seconds for the operator of a definition to let go of the objects of its kind.
LET_GO_WITHIN = 60.0
#: An API of ours whose server has gone would keep every namespace from going.
SERVER, DEFINITION, NAMESPACE = "APIService", "CustomResourceDefinition", "Namespace"


def undeploy(cluster: ClusterInfo, stack: str) -> None:
    """Delete all of the stack of that name, and wait until it and its volumes are gone.

    Nothing to do when it is not there. Raises StackTrouble naming what remains, and, with nothing changed,
    when others use a definition of ours.
    """
    if (installed := inventory.read(cluster, stack)) is None:
        return
    api = cluster.api()
    ours = installed.there(api)
    spaces = [item for item in ours if item.kind == NAMESPACE]
    claimed = _claimed(api, spaces)
    with step(f"Stack: removing from cluster {cluster.name}") as now:
        _undefine(api, installed, ours, now)
        _delete(api, spaces)
        try:
            wait.until(
                lambda: _gone(api, spaces, claimed, now),
                within=GONE_WITHIN, every=0.5, what="the stack is gone",
            )  # fmt: skip
        except NotYet as error:
            left = ", ".join(residue(cluster, stack))
            raise StackTrouble(
                f"cluster {cluster.name}: after {GONE_WITHIN:g} s there is still: {left}"
            ) from error
        _delete(api, ours)
        inventory.forget(cluster, installed)


def make_way(cluster: ClusterInfo, stack: str, profile: str, *, kept: str) -> None:
    """Remove the stack of another profile, or overlay, than ``profile``, with its data.

    Raises StackTrouble when its id is ``kept``: it was there before us, and nobody said that it may go.
    """
    there = inventory.read(cluster, stack)
    if there is None or there.profile == profile:
        return
    if there.id == kept:
        raise StackTrouble(
            f"cluster {cluster.name} holds {stack} of profile {there.profile}, which {profile} would "
            "replace, with its data and backups: --replace-stack allows it, `slaharness undeploy` removes it"
        )
    undeploy(cluster, stack)


def residue(cluster: ClusterInfo, stack: str) -> list[str]:
    """What of the stack is in the cluster: namespaces, their volumes, and objects outside of any."""
    if (installed := inventory.read(cluster, stack)) is None:
        return []
    api = cluster.api()
    ours = installed.there(api)
    spaces = [item for item in ours if item.kind == NAMESPACE]
    return [
        *(f"namespace {item.name}" for item in spaces),
        *(f"volume {name}" for name in _claimed(api, spaces)),
        *(str(item) for item in ours if item.kind != NAMESPACE),
    ]


def _delete(api: Api, items: Iterable[Item]) -> None:
    """By uid: one of the same name that is there by then is somebody else's."""
    api.delete(item.body for item in items)


def _undefine(api: Api, installed: Inventory, ours: Sequence[Item], now: Step) -> None:
    """Delete definitions with all objects of their kinds, while the operators that let go of them live."""
    defined = [item for item in ours if item.kind == DEFINITION]
    spaces = {item.name for item in ours if item.kind == NAMESPACE}
    specs = [found["spec"] for item in defined if (found := api.get(item.body))]
    there = [one for spec in specs for one in _objects(api, spec)]
    if theirs := [one for one in there if _space(one) not in spaces and not installed.made(one)]:
        names = ", ".join(f"{one['kind']} {_space(one)}/{one['metadata']['name']}" for one in theirs)
        raise StackTrouble(f"others use definitions of ours, and would lose {names}: they go first")
    _delete(api, (item for item in ours if item.kind == SERVER))
    _delete(api, defined)
    now.say(f"waiting for {counted(len(defined), 'definition')} to go")
    try:
        wait.until(
            lambda: not api.there(item.body for item in defined),
            within=LET_GO_WITHIN, every=0.5, what="the definitions are gone",
        )  # fmt: skip
    except NotYet:  # an operator that does not live lets go of nothing
        for one in (one for spec in specs for one in _objects(api, spec) if _space(one) in spaces):
            api.patch(one, {"metadata": {"finalizers": None}})


def _objects(api: Api, spec: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every object of a definition."""
    version = f"{spec['group']}/{spec['versions'][0]['name']}"
    yield from api.listed(version, spec["names"]["kind"])


def _space(body: Mapping[str, Any]) -> str:
    return str(body["metadata"].get("namespace", ""))


def _claimed(api: Api, spaces: Sequence[Item]) -> list[str]:
    """Persistent volumes claimed from the namespaces."""
    names = {item.name for item in spaces}
    found = ((volume.metadata.name, volume.spec.claim_ref) for volume in volumes(api))
    return [name for name, claim in found if claim and claim.namespace in names]


def _gone(api: Api, spaces: Sequence[Item], claimed: Sequence[str], now: Step) -> bool:
    """Volumes are looked for by name: a volume outlives the namespace that it was claimed from."""
    volumes_there = {volume.metadata.name for volume in volumes(api)}
    left = [
        *(item.name for item in spaces if (found := api.get(item.body)) and _uid(found) == item.uid),
        *(name for name in claimed if name in volumes_there),
    ]
    now.say(f"waiting for {', '.join(left)} to go" if left else "gone")
    return not left


def _uid(body: Mapping[str, Any]) -> str:
    return str(body["metadata"]["uid"])
