"""Loss of a StatefulSet with all it kept: the object, its pods, its claims, their volumes and directories.

On a cluster of this machine also the disks that its nodes keep volumes on.
"""

import copy
import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from chaoslib.exceptions import ActivityFailed
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from pydantic import Field, validate_call

from slaharness.chaos.client import Secrets, core, described, forgotten
from slaharness.chaos.guard import permit
from slaharness.errors import NotYet
from slaharness.faults.backup import claims
from slaharness.host.wait import until

__all__ = ["lose", "lose_one", "put_back"]

Name = Annotated[str, Field(min_length=1)]
#: Seconds to wait for something to go, unless the experiment says otherwise.
Limit = Annotated[float, Field(gt=0)]
THERE = 409
#: What tells a node of the ring how many it is founded by.
FOUNDERS = "FOUNDERS"
#: What the API server wrote into an object, and would not take back.
ITS_OWN = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink")

#: StatefulSets that this process has removed, by namespace and name: the experiment's own rollback, in the
#: same process, puts them back.
_removed: dict[tuple[str, str], Any] = {}


@validate_call(config={"strict": True})
def lose(*, namespace: Name, name: Name, within: Limit = 120.0, secrets: Secrets = None) -> dict[str, Any]:
    """Delete StatefulSet ``name``, its pods without grace, and their claims; see that all of it is gone.

    Returns ``injected`` and ``ended`` (epoch seconds), ``matched`` and ``died`` (its pods), ``problems``, and
    the event ``storage lost``. Raises, with nothing changed, when the namespace is not allowed or there is no
    such StatefulSet. ``put_back`` undoes it, without the data. On a cluster of this machine the nodes' disks
    go as well, unless somebody else's volumes are on them.
    """
    api = core(secrets)
    permit(api, namespace)
    apps = client.AppsV1Api(api.api_client)
    found = _found(apps, namespace, name)
    pods = _pods(api, namespace, found)
    kept = claims.kept(api, namespace, claims.of(api, namespace, found))
    _removed[namespace, name] = _wanted(api, found)
    injected = time.time()
    # Its pods would be given a minute each to end well.
    apps.delete_namespaced_stateful_set(name, namespace, propagation_policy="Orphan")
    return _lost(api, namespace, pods, kept, injected=injected, within=within, disks=kept.disks())


@validate_call(config={"strict": True})
def lose_one(
    *, namespace: Name, name: Name, ordinal: Annotated[int, Field(ge=0)] = 0, within: Limit = 120.0,
    secrets: Secrets = None,
) -> dict[str, Any]:  # fmt: skip
    """Delete one pod of StatefulSet ``name`` without grace, and its claims: the pod comes back with new ones.

    Returns and raises as ``lose`` does.
    """
    api = core(secrets)
    permit(api, namespace)
    found = _found(client.AppsV1Api(api.api_client), namespace, name)
    pods = [pod for pod in _pods(api, namespace, found) if pod.metadata.name == f"{name}-{ordinal}"]
    names = [one for one in claims.of(api, namespace, found) if one.endswith(f"-{name}-{ordinal}")]
    kept = claims.kept(api, namespace, names)
    return _lost(api, namespace, pods, kept, injected=time.time(), within=within)


@validate_call(config={"strict": True})
def put_back(
    *,
    namespace: Name,
    name: Name,
    members: Annotated[int, Field(ge=1)] | None = None,
    secrets: Secrets = None,
) -> dict[str, Any]:
    """Make StatefulSet ``name`` again, as it was when ``lose`` removed it; nothing when it is there.

    ``members`` is another number of pods than it had.
    """
    body = _removed.get((namespace, name))
    if body is None:
        return {}
    if members:
        body = _of(members, body)
    try:
        client.AppsV1Api(core(secrets).api_client).create_namespaced_stateful_set(namespace, body)
    except ApiException as error:
        if error.status != THERE:
            raise
    return {}


def _of(members: int, body: Any) -> Any:
    """The StatefulSet with another number of pods, who are told how many found the ring."""
    changed = copy.deepcopy(body)
    changed["spec"]["replicas"] = members
    variables = (
        one for container in changed["spec"]["template"]["spec"]["containers"] for one in container["env"]
    )
    for one in variables:
        if one["name"] == FOUNDERS:
            one["value"] = str(members)
    return changed


def _lost(
    api: client.CoreV1Api, namespace: str, pods: Sequence[Any], kept: claims.Kept, *, injected: float,
    within: float, disks: Sequence[Path] = (),
) -> dict[str, Any]:  # fmt: skip
    """Delete claims and pods, wait until all is gone, and say what is; then the disks."""
    for claim in kept.claims:  # a claim goes once no pod uses it
        api.delete_namespaced_persistent_volume_claim(claim, namespace)
    for pod in pods:
        api.delete_namespaced_pod(pod.metadata.name, namespace, grace_period_seconds=0)
    problems = _see_it_go(partial(kept.left, api, namespace), within)
    held = {"claims": dict(kept.claims), "volumes": dict(kept.volumes), "directories": kept.directories}
    wiped = [str(disk) for disk in disks if claims.wiped(disk)]
    detail = json.dumps({**held, "disks": wiped, "left": problems})
    lost = {"at": injected, "name": "storage lost", "detail": detail}
    return {
        "namespace": namespace,
        "injected": injected,
        "ended": time.time(),
        "matched": [described(pod) for pod in pods],
        "died": [pod.metadata.name for pod in pods if forgotten(api, pod)],
        "events": [lost],
        "problems": [f"{one} was left" for one in problems],
    }


def _see_it_go(left: Callable[[], list[str]], within: float) -> list[str]:
    """Return what is not gone inside the limit."""
    remains: list[str] = []

    def gone() -> bool:
        remains[:] = left()
        return not remains

    with suppress(NotYet):
        until(gone, within=within, every=0.5, what="what was kept is gone")
    return remains


def _found(apps: client.AppsV1Api, namespace: str, name: str) -> Any:
    try:
        return apps.read_namespaced_stateful_set(name, namespace)
    except ApiException as error:
        raise ActivityFailed(
            f"nothing was lost: StatefulSet {namespace}/{name} cannot be read: {error.status} {error.reason}"
        ) from error


def _wanted(api: client.CoreV1Api, found: Any) -> Any:
    """The object as one would ask for it."""
    body: Any = api.api_client.sanitize_for_serialization(found)
    meta = {key: value for key, value in body["metadata"].items() if key not in ITS_OWN}
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": meta, "spec": body["spec"]}


def _pods(api: client.CoreV1Api, namespace: str, found: Any) -> list[Any]:
    labels = ",".join(f"{key}={value}" for key, value in found.spec.selector.match_labels.items())
    pods: Any = api.list_namespaced_pod(namespace, label_selector=labels)
    return list(pods.items)
