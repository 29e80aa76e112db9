"""Remove the stack with its data, and say what is left."""

from slaharness import wait
from slaharness.cluster.api import Api
from slaharness.cluster.provider import ClusterInfo
from slaharness.errors import NotYet, StackTrouble
from slaharness.progress import Step, step
from slaharness.stack.objects import PART, items, namespaces, volumes

#: Seconds until namespaces and volumes are gone: Cassandra's pods are given time to end well.
GONE_WITHIN = 180.0


def undeploy(cluster: ClusterInfo) -> None:
    """Delete the stack's namespaces with all they hold, and wait until they and their volumes are gone.

    Nothing to do when they are not there. Raises StackTrouble naming what remains.
    """
    api = cluster.api()
    here = namespaces(api)
    if not here:
        return
    claimed = _claimed(api, here)
    with step("Stack: removing") as now:
        for name in here:
            api.core.delete_namespace(name)
        try:
            wait.until(
                lambda: _gone(api, claimed, now), within=GONE_WITHIN, every=0.5, what="the stack is gone"
            )
        except NotYet as error:
            raise StackTrouble(
                f"after {GONE_WITHIN:g} s there is still: {', '.join(residue(cluster))}"
            ) from error


def residue(cluster: ClusterInfo) -> list[str]:
    """What of the stack is in the cluster: namespaces, their volumes, and labelled objects outside of any."""
    api = cluster.api()
    here = namespaces(api)
    outside = [
        *items(api.rbac.list_cluster_role(label_selector=PART)),
        *items(api.rbac.list_cluster_role_binding(label_selector=PART)),
    ]
    return [
        *(f"namespace {name}" for name in here),
        *(f"volume {name}" for name in _claimed(api, here)),
        *(f"cluster role or binding {found.metadata.name}" for found in outside),
    ]


def _claimed(api: Api, spaces: list[str]) -> list[str]:
    """Persistent volumes claimed from the namespaces."""
    found = ((volume.metadata.name, volume.spec.claim_ref) for volume in volumes(api))
    return [name for name, claim in found if claim and claim.namespace in spaces]


def _gone(api: Api, claimed: list[str], now: Step) -> bool:
    """Volumes are looked for by name: a volume outlives the namespace that it was claimed from."""
    there = {volume.metadata.name for volume in volumes(api)}
    left = [*namespaces(api), *(name for name in claimed if name in there)]
    now.say(f"waiting for {', '.join(left)} to go" if left else "gone")
    return not left
