"""The fault ``lose_storage``: a StatefulSet goes with all it kept: its pods, claims, volumes and directories.

On a cluster of this machine the disks go, too, that its nodes keep volumes on.
"""

import time
from typing import Any

from kubernetes import client
from pydantic import validate_call

from slaharness.chaos.arguments import Limit, Name
from slaharness.chaos.client import Secrets, core
from slaharness.chaos.declaration import fault
from slaharness.chaos.guard import permit
from slaharness.faults.backup import claims, statefulset
from slaharness.faults.backup.storage import delete_storage

__all__ = ["lose_storage"]


@fault(
    rights={
        "statefulsets.apps": "get delete",
        "pods": "get list delete",
        "persistentvolumeclaims": "get list delete",
    },
    everywhere={"persistentvolumes": "get"},
    target="statefulsets",
    loses_data=True,
    host=True,
    undo=("put_back_statefulset",),
)
@validate_call(config={"strict": True})
def lose_storage(
    *, namespace: Name, name: Name, within: Limit = 120.0, secrets: Secrets = None
) -> dict[str, Any]:
    """Delete StatefulSet ``name``, its pods without grace, and their claims; see that all of it is gone.

    Returns ``injected`` and ``ended`` (epoch seconds), ``matched`` and ``died`` (its pods), ``problems``, and
    the event ``storage lost``. Raises, with nothing changed, when the namespace is not allowed or there is no
    such StatefulSet. ``put_back`` undoes it, without the data. On a cluster of this machine the nodes' disks
    go as well, unless somebody else's volumes are on them.
    """
    api = core(secrets)
    permit(api, namespace)
    apps = client.AppsV1Api(api.api_client)
    found: Any = statefulset.read(apps, namespace, name)
    pods = statefulset.pods(api, namespace, found)
    kept = claims.kept(api, namespace, claims.of(api, namespace, found))
    statefulset.removed[namespace, name] = statefulset.as_asked_for(api, found)
    injected = time.time()
    # Its pods would be given a minute each to end well.
    apps.delete_namespaced_stateful_set(name, namespace, propagation_policy="Orphan")
    return delete_storage(api, namespace, pods, kept, injected=injected, within=within, disks=kept.disks())
