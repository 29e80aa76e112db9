"""A StatefulSet as experiments take it away and make it again."""

import copy
from typing import Any

from chaoslib.exceptions import ActivityFailed
from kubernetes import client
from kubernetes.client.exceptions import ApiException

THERE = 409
#: What the API server wrote into an object, and would not take back.
ITS_OWN = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink")

#: StatefulSets that this process has removed, by namespace and name: the experiment's own rollback, in the
#: same process, puts them back.
removed: dict[tuple[str, str], Any] = {}


def read(apps: "client.AppsV1Api", namespace: str, name: str) -> Any:
    try:
        return apps.read_namespaced_stateful_set(name, namespace)
    except ApiException as error:
        raise ActivityFailed(
            f"nothing was lost: StatefulSet {namespace}/{name} cannot be read: {error.status} {error.reason}"
        ) from error


def as_asked_for(api: "client.CoreV1Api", found: Any) -> Any:
    """The object as one would ask for it."""
    body: Any = api.api_client.sanitize_for_serialization(found)
    meta = {key: value for key, value in body["metadata"].items() if key not in ITS_OWN}
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": meta, "spec": body["spec"]}


def pods(api: "client.CoreV1Api", namespace: str, found: Any) -> list[Any]:
    labels = ",".join(f"{key}={value}" for key, value in found.spec.selector.match_labels.items())
    listed: Any = api.list_namespaced_pod(namespace, label_selector=labels)
    return list(listed.items)


def put_back(
    api: "client.CoreV1Api", namespace: str, name: str, members: int | None = None, members_variable: str = ""
) -> None:
    """Make it again as it was when it was removed; nothing when it was not, or is there.

    ``members`` is another number of pods than it had; their containers find it in ``members_variable``.
    """
    body = removed.get((namespace, name))
    if body is None:
        return
    if members:
        body = _with_members(body, members, members_variable)
    try:
        client.AppsV1Api(api.api_client).create_namespaced_stateful_set(namespace, body)
    except ApiException as error:
        if error.status != THERE:
            raise


def _with_members(body: Any, members: int, variable: str) -> Any:
    """The StatefulSet with another number of pods, who find that number in their environment."""
    changed = copy.deepcopy(body)
    changed["spec"]["replicas"] = members
    containers = changed["spec"]["template"]["spec"]["containers"]
    for each in (entry for container in containers for entry in container.get("env", ())):
        if each["name"] == variable:
            each["value"] = str(members)
    return changed
