"""What actions of other modules change, written down before they do, and put back should nobody else do it.

Their rollbacks run in the experiment's own process, which may be killed with us. What an experiment changes
or makes bears its signature, the name of its client among the object's managed fields: nothing else is ever
touched, and nothing under a name that another object, by its uid, has since.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from slaharness.chaos.allowed import OURS
from slaharness.chaos.declaration import Rights, together
from slaharness.chaos.experiment import Experiment
from slaharness.chaos.format.target import Target
from slaharness.cluster.api import Api
from slaharness.cluster.provider import ClusterInfo
from slaharness.undo import heal
from slaharness.undo import journal as undo

Object = Mapping[str, Any]

#: The kind of undo entries that this module writes and knows how to undo.
CHANGES = "changes"
#: What can be put back, as rights call it.
KINDS = {
    "deployments.apps": ("apps/v1", "Deployment"),
    "statefulsets.apps": ("apps/v1", "StatefulSet"),
    "services": ("v1", "Service"),
    "networkpolicies.networking.k8s.io": ("networking.k8s.io/v1", "NetworkPolicy"),
    "ingresses.networking.k8s.io": ("networking.k8s.io/v1", "Ingress"),
    "nodes": ("v1", "Node"),
    "certificates.cert-manager.io": ("cert-manager.io/v1", "Certificate"),
}
#: What faults of ours change, too, and leave to a rollback.
LEFT = ("certificates",)
#: Fields of a specification that are put back where they differ.
FIELDS = ("replicas", "unschedulable", "issuerRef")
#: What of an object its server writes.
WRITTEN = ("resourceVersion", "managedFields", "generation", "creationTimestamp", "selfLink")
CHANGE, DELETE, MAKE = {"patch", "update"}, "delete", "create"
#: What of a kind whoever puts it back has to be allowed.
ALL = "create delete get list patch"


def signature(run: str) -> str:
    """Whom the API server notes as the one who changed an object."""
    return f"slaharness-{run}"


def rights(experiment: Experiment, namespace: str) -> Rights:
    """What putting back needs in one namespace, of whoever runs the harness."""
    wanted = (
        {resource: ALL}
        for one in _strikes(experiment)
        for resource, place, verbs in _reached(one)
        if place == namespace and verbs & {*CHANGE, DELETE, MAKE}
    )
    return together(wanted)


def put_back(
    cluster: ClusterInfo, experiment: Experiment, journal: undo.Journal
) -> AbstractContextManager[None]:
    """While the body runs, the journal says how what the experiment may change is; afterwards it is so."""
    made = entry(cluster, experiment, journal.run)
    return journal.effect(made, _at_the_end(made.args)) if made else nullcontext()


def entry(cluster: ClusterInfo, experiment: Experiment, run: str) -> undo.Entry | None:
    """What the experiment may change, as it is now; None where that is nothing."""
    api, strikes = cluster.api(), list(_strikes(experiment))
    kept = [one for strike in strikes for one in _kept(api, strike)]
    made = [one for strike in strikes for one in _made(strike)]
    if not kept and not made:
        return None
    args = {
        "kubeconfig": str(cluster.kubeconfig), "context": cluster.context, "uid": cluster.uid,
        "by": signature(run), "kept": kept, "made": made,
    }  # fmt: skip
    return undo.Entry("what the experiment changes", CHANGES, args)


@contextmanager
def _at_the_end(args: Mapping[str, Any]) -> Iterator[None]:
    try:
        yield
    finally:
        undone(args)


def undone(args: Mapping[str, Any]) -> None:
    """Undo a CHANGES entry."""
    if (api := heal.reached(args)) is None:
        return
    for one in args["kept"]:
        _restore(api, one["object"], args["by"], again=one["again"])
    for place in args["made"]:
        for found in api.listed(place["apiVersion"], place["kind"], namespace=place["namespace"]):
            if _made_by(found, args["by"]):
                api.delete([found])


def _strikes(experiment: Experiment) -> Iterator[Target]:
    """The actions of others in its method, and what of ours is not in the journal by itself."""
    for one in experiment.targets:
        theirs = not one.function.startswith(OURS) or one.declared.target in LEFT
        if one.role == "action" and one.place.startswith("method") and theirs:
            yield one


def _reached(strike: Target) -> Iterator[tuple[str, str, set[str]]]:
    """Resource, namespace ("" for the whole cluster) and verbs, of what can be put back."""
    for resources, namespace in (
        (strike.declared.rights, strike.namespace),
        (strike.declared.everywhere, ""),
    ):
        for resource, verbs in resources.items():
            if resource in KINDS:
                yield resource, namespace, {*verbs.split()}


def _kept(api: Api, strike: Target) -> Iterator[dict[str, Any]]:
    """Each object that the action may change or delete, and whether it is to be made again."""
    for resource, namespace, verbs in _reached(strike):
        if verbs & {*CHANGE, DELETE}:
            for found in api.listed(*KINDS[resource], strike.selector, namespace):
                if strike.name in {"", found["metadata"]["name"]}:
                    yield {"object": _plain(found), "again": DELETE in verbs}


def _made(strike: Target) -> Iterator[dict[str, str]]:
    for resource, namespace, verbs in _reached(strike):
        if MAKE in verbs:
            version, kind = KINDS[resource]
            yield {"apiVersion": version, "kind": kind, "namespace": namespace}


def _plain(found: Object) -> dict[str, Any]:
    """The object as it was asked for, with its uid."""
    meta = {key: value for key, value in found["metadata"].items() if key not in WRITTEN}
    return {**{key: value for key, value in found.items() if key != "status"}, "metadata": meta}


def _restore(api: Api, before: Object, by: str, *, again: bool) -> None:
    now, meta = api.get(before), before["metadata"]
    if now is None and again:
        fresh = {key: value for key, value in meta.items() if key != "uid"}
        api.apply([{**before, "metadata": fresh}])
    if now is None or now["metadata"]["uid"] != meta["uid"] or not list(_signed(now, by)):
        return
    old, new = before.get("spec") or {}, now.get("spec") or {}
    if change := {name: old.get(name) for name in FIELDS if old.get(name) != new.get(name)}:
        api.patch(before, {"spec": change})


def _signed(found: Object, by: str) -> Iterator[Object]:
    """What the experiment has done to an object."""
    return (one for one in found["metadata"].get("managedFields") or () if one.get("manager") == by)


def _made_by(found: Object, by: str) -> bool:
    born = found["metadata"].get("creationTimestamp")
    return any(one.get("time") == born for one in _signed(found, by))
