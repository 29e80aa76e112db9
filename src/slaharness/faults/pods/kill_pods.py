"""The fault ``kill_pods``: pods end at once, and their nodes are seen to stop them."""

import time
from functools import partial
from typing import Annotated, Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException
from pydantic import Field, validate_call

from slaharness.chaos.arguments import Limit
from slaharness.chaos.client import Secrets, core, forgotten
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

__all__ = ["kill_pods"]

#: What the kubelet says when it stops a container.
KILLING = "Killing"
#: Events by uid and version.
EventVersions = set[tuple[str, str]]


@fault(rights={"pods": "get list delete", "events": "list"}, target="pods")
@validate_call(config={"strict": True})  # also for `chaos run` by hand, which checks no values
def kill_pods(
    *,
    namespace: str,
    selector: Selector,
    count: Count = 1,
    grace_period: Annotated[int, Field(ge=0)] = 0,
    within: Limit = 30.0,
    secrets: Secrets = None,
) -> dict[str, Any]:
    """Kill ``count`` running pods, the first by name, or ``all`` of them at once, and see that they died.

    ``grace_period`` and ``within`` (the limit for dying) are seconds. Returns ``injected`` and ``ended``
    (epoch seconds), ``matched`` (name, uid, node of each), ``died`` (names) and ``problems`` (words).
    Raises, with nothing changed, when the namespace is not allowed or fewer pods run than asked for.
    """
    api = core(secrets)
    permit(api, namespace)
    pods = pick(api, namespace, selector, count)
    before = None if grace_period else _kubelet_events(api, namespace)
    injected = time.time()
    said = strike(pods, partial(_delete, api, grace_period))
    died, alive = see_dying(partial(_dead, api, before), struck(pods, said), within)
    told = {"namespace": namespace, "selector": selector, "grace_period": grace_period}
    return told | answer(pods, injected, died, [*in_words(said), *alive])


def _delete(api: "client.CoreV1Api", grace: int, pod: Any) -> str:
    # The uid keeps us from killing a replacement that took the name meanwhile.
    same = client.V1Preconditions(uid=pod.metadata.uid)
    options = client.V1DeleteOptions(grace_period_seconds=grace, preconditions=same)
    try:
        api.delete_namespaced_pod(pod.metadata.name, pod.metadata.namespace, body=options)
    except ApiException as error:
        return f"was not killed: {error.status} {error.reason}"
    return ""


def _dead(api: "client.CoreV1Api", before: EventVersions | None, pod: Any) -> bool:
    """Whether the API has forgotten the pod and its node has acted.

    With a grace period the object goes only when the kubelet has seen the containers end. Without one it goes
    at once, whatever the node does, so there has to be a new word of the kubelet, not among those ``before``
    before, that it stops them: SIGTERM then, SIGKILL two seconds later.
    """
    if not forgotten(api, pod):
        return False
    return before is None or bool(_kubelet_events(api, pod.metadata.namespace, pod.metadata.uid) - before)


def _kubelet_events(api: "client.CoreV1Api", namespace: str, uid: str = "") -> EventVersions:
    """Events of containers being stopped, of all pods or of one, each with its version: repeats count up."""
    fields = f"reason={KILLING}" + (f",involvedObject.uid={uid}" if uid else "")
    events: Any = api.list_namespaced_event(namespace, field_selector=fields)
    return {(event.metadata.uid, event.metadata.resource_version) for event in events.items}
