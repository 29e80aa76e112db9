"""The fault ``lose_pod_storage``: one pod of a StatefulSet goes with its claims, and gets new ones."""

import time
from typing import Annotated, Any

from kubernetes import client
from pydantic import Field, validate_call

from slaharness.chaos.arguments import Limit, Name
from slaharness.chaos.client import Secrets, core
from slaharness.chaos.declaration import fault
from slaharness.chaos.guard import permit
from slaharness.faults.backup import claims, statefulset
from slaharness.faults.backup.storage import delete_storage

__all__ = ["lose_pod_storage"]


@fault(
    rights={
        "statefulsets.apps": "get",
        "pods": "get list delete",
        "persistentvolumeclaims": "get list delete",
    },
    everywhere={"persistentvolumes": "get"},
    target="statefulsets",
    loses_data=True,
    host=True,
)
@validate_call(config={"strict": True})
def lose_pod_storage(
    *, namespace: Name, name: Name, ordinal: Annotated[int, Field(ge=0)] = 0, within: Limit = 120.0,
    secrets: Secrets = None,
) -> dict[str, Any]:  # fmt: skip
    """Delete one pod of StatefulSet ``name`` without grace, and its claims: the pod comes back with new ones.

    Returns and raises as ``lose_storage`` does.
    """
    api = core(secrets)
    permit(api, namespace)
    found: Any = statefulset.read(client.AppsV1Api(api.api_client), namespace, name)
    pods = [
        pod for pod in statefulset.pods(api, namespace, found) if pod.metadata.name == f"{name}-{ordinal}"
    ]
    names = [one for one in claims.of(api, namespace, found) if one.endswith(f"-{name}-{ordinal}")]
    kept = claims.kept(api, namespace, names)
    return delete_storage(api, namespace, pods, kept, injected=time.time(), within=within)
