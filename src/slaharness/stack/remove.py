"""Remove the stack with its data, and say what is left."""

from collections.abc import Mapping
from typing import Any

from slaharness.cluster.api import Api
from slaharness.cluster.provider import ClusterInfo
from slaharness.errors import NotYet, StackTrouble
from slaharness.host import wait
from slaharness.host.progress import Step, step
from slaharness.stack.objects import Kind, labelled, namespaces, volumes

#: Seconds until namespaces and volumes are gone: a database's pods are given time to end well.
GONE_WITHIN = 180.0
#: Seconds for the operator of a definition to let go of the objects of its kind.
LET_GO_WITHIN = 60.0

#: An API of ours whose server has gone would keep every namespace from going.
SERVERS = Kind("apiregistration.k8s.io/v1", "APIService")
DEFINITIONS = Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition")
#: What else of the stack may stand outside of its namespaces.
OUTSIDE = (
    Kind("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    Kind("rbac.authorization.k8s.io/v1", "ClusterRole"),
    Kind("rbac.authorization.k8s.io/v1", "RoleBinding"),
)


def undeploy(cluster: ClusterInfo, stack: str) -> None:
    """Delete all of the stack of that name, and wait until it and its volumes are gone.

    Nothing to do when it is not there. Raises StackTrouble naming what remains.
    """
    if not residue(cluster, stack):
        return
    api = cluster.api()
    here = namespaces(api, stack)
    claimed = _claimed(api, here)
    with step("Stack: removing") as now:
        _undefine(api, stack, now)
        for name in here:
            api.core.delete_namespace(name)
        try:
            wait.until(
                lambda: _gone(api, stack, claimed, now),
                within=GONE_WITHIN, every=0.5, what="the stack is gone",
            )  # fmt: skip
            for kind in OUTSIDE:
                api.delete(labelled(api, kind, stack))
        except NotYet as error:
            raise StackTrouble(
                f"after {GONE_WITHIN:g} s there is still: {', '.join(residue(cluster, stack))}"
            ) from error


def residue(cluster: ClusterInfo, stack: str) -> list[str]:
    """What of the stack is in the cluster: namespaces, their volumes, and labelled objects outside of any."""
    api = cluster.api()
    here = namespaces(api, stack)
    outside = [found for kind in (SERVERS, DEFINITIONS, *OUTSIDE) for found in labelled(api, kind, stack)]
    return [
        *(f"namespace {name}" for name in here),
        *(f"volume {name}" for name in _claimed(api, here)),
        *(
            f"{found['kind']} {found['metadata']['name']}"
            for found in outside
            if found["metadata"].get("namespace") not in here
        ),
    ]


def _undefine(api: Api, stack: str, now: Step) -> None:
    """Delete definitions with all objects of their kinds, while the operators that let go of them live."""
    api.delete(labelled(api, SERVERS, stack))
    defined = labelled(api, DEFINITIONS, stack)
    api.delete(defined)
    now.say(f"waiting for {len(defined)} definitions to go")
    try:
        wait.until(
            lambda: not labelled(api, DEFINITIONS, stack), within=LET_GO_WITHIN, every=0.5,
            what="the definitions are gone",
        )  # fmt: skip
    except NotYet:  # an operator that does not live lets go of nothing
        for body in labelled(api, DEFINITIONS, stack):
            _let_go(api, body["spec"])


def _let_go(api: Api, spec: Mapping[str, Any]) -> None:
    """Take the finalizers off every object of a definition."""
    version = f"{spec['group']}/{spec['versions'][0]['name']}"
    for found in api.listed(version, spec["names"]["kind"]):
        api.patch(found, {"metadata": {"finalizers": None}})


def _claimed(api: Api, spaces: list[str]) -> list[str]:
    """Persistent volumes claimed from the namespaces."""
    found = ((volume.metadata.name, volume.spec.claim_ref) for volume in volumes(api))
    return [name for name, claim in found if claim and claim.namespace in spaces]


def _gone(api: Api, stack: str, claimed: list[str], now: Step) -> bool:
    """Volumes are looked for by name: a volume outlives the namespace that it was claimed from."""
    there = {volume.metadata.name for volume in volumes(api)}
    left = [*namespaces(api, stack), *(name for name in claimed if name in there)]
    now.say(f"waiting for {', '.join(left)} to go" if left else "gone")
    return not left
