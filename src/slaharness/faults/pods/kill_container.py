"""The fault ``kill_container``: one container of a pod crashes, its neighbours live on."""

import time
from functools import partial
from typing import Annotated, Any

from chaoslib.exceptions import ActivityFailed
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.stream import stream
from pydantic import Field, validate_call

from slaharness.chaos.arguments import Limit
from slaharness.chaos.client import Secrets, core
from slaharness.chaos.declaration import fault
from slaharness.chaos.guard import permit
from slaharness.faults.pods.striking import (
    Count,
    Selector,
    answer,
    in_words,
    pick,
    see_dying,
    strike,
    struck,
)

__all__ = ["kill_container"]

#: SIGKILL to all processes of the container but the first, which the kernel shields from its own namespace.
KILL = ("sh", "-c", "kill -9 -1")
#: Seconds for the command; how the client says that the API did not let it begin.
SECONDS, REFUSED = 10, "Handshake status"


@fault(rights={"pods": "get list", "pods/exec": "get create"}, target="pods")
@validate_call(config={"strict": True})
def kill_container(
    *,
    namespace: str,
    selector: Selector,
    container: Annotated[str, Field(min_length=1)],
    count: Count = 1,
    within: Limit = 30.0,
    secrets: Secrets = None,
) -> dict[str, Any]:
    """Kill the ``container`` of ``count`` running pods, or of ``all`` at once, and see that it was restarted.

    SIGKILL goes to every process in it but the first: where that is the program itself, and not a shell or an
    init that ends with it, the container runs on, and ``problems`` say so. Returns and raises as
    ``kill_pods`` does.
    """
    api = core(secrets)
    permit(api, namespace)
    pods = pick(api, namespace, selector, count)
    before = {pod.metadata.name: _restarts(pod, container) for pod in pods}
    if lacking := [name for name, restarts in before.items() if restarts is None]:
        raise ActivityFailed(f"{', '.join(lacking)} has no container {container!r}: nothing was killed")
    injected = time.time()
    said = strike(pods, partial(_kill, api, container))
    died, alive = see_dying(partial(_restarted, api, container, before), struck(pods, said), within)
    alive = [f"{words}: is its first process the program itself?" for words in alive]
    told = {"namespace": namespace, "selector": selector, "container": container}
    return told | answer(pods, injected, died, [*in_words(said), *alive])


def _kill(api: "client.CoreV1Api", container: str, pod: Any) -> str:
    # A client of its own: the library's streams change the client that they are given.
    own = client.CoreV1Api(client.ApiClient(api.api_client.configuration))
    try:
        stream(
            own.connect_get_namespaced_pod_exec, pod.metadata.name, pod.metadata.namespace,
            container=container, command=list(KILL), stdout=True, stderr=True, _request_timeout=SECONDS,
        )  # fmt: skip
    except ApiException as error:
        # Whoever is struck may take the connection with it: then the restart is the answer.
        return f"was not struck: {error.reason}" if REFUSED in str(error.reason) else ""
    return ""


def _restarted(api: "client.CoreV1Api", container: str, before: dict[str, int | None], pod: Any) -> bool:
    """Whether the kubelet has counted one more restart, or has seen this one end."""
    now: Any = api.read_namespaced_pod(pod.metadata.name, pod.metadata.namespace)
    if now.metadata.uid != pod.metadata.uid:
        return False
    restarts = _restarts(now, container)
    return restarts is not None and restarts > (before[pod.metadata.name] or 0)


def _restarts(pod: Any, container: str) -> int | None:
    """How often it was started anew; None when the pod has no container of that name."""
    found = (one for one in pod.status.container_statuses or () if one.name == container)
    return next((one.restart_count + bool(one.state.terminated) for one in found), None)
