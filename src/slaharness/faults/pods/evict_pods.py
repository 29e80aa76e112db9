"""The fault ``evict_pods``: pods are asked to leave, as a drain asks; disruption budgets may keep them."""

import time
from functools import partial
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException
from pydantic import validate_call

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

__all__ = ["evict_pods"]

#: What the API answers to an eviction that a disruption budget does not allow now, and what we say of it.
TOO_MANY, KEPT = 429, "was kept by its disruption budget"


@fault(rights={"pods": "get list", "pods/eviction": "create"}, target="pods")
@validate_call(config={"strict": True})
def evict_pods(
    *,
    namespace: str,
    selector: Selector,
    count: Count = 1,
    within: Limit = 60.0,
    secrets: Secrets = None,
) -> dict[str, Any]:
    """Ask ``count`` running pods, or ``all`` at once, to leave as a drain asks, and see them go.

    Those that a disruption budget keeps are ``refused`` (names): no trouble, unless it keeps them all. Each
    pod ends in its own grace period, which ``within`` (seconds) has to hold. Returns and raises as
    ``kill_pods`` does; ``matched`` are the pods that had to go.
    """
    api = core(secrets)
    permit(api, namespace)
    pods = pick(api, namespace, selector, count)
    injected = time.time()
    said = strike(pods, partial(_evict, api))
    refused = [name for name, words in said.items() if words == KEPT]
    others = {name: words for name, words in said.items() if name not in refused}
    died, alive = see_dying(partial(forgotten, api), struck(pods, said), within)
    leaving = [pod for pod in pods if pod.metadata.name not in refused]
    told = {"namespace": namespace, "selector": selector, "refused": refused}
    return told | answer(leaving, injected, died, [*in_words(others), *alive])


def _evict(api: "client.CoreV1Api", pod: Any) -> str:
    name, namespace = pod.metadata.name, pod.metadata.namespace
    same = client.V1Preconditions(uid=pod.metadata.uid)
    eviction = client.V1Eviction(
        metadata=client.V1ObjectMeta(name=name, namespace=namespace),
        delete_options=client.V1DeleteOptions(preconditions=same),
    )
    try:
        api.create_namespaced_pod_eviction(name, namespace, eviction)
    except ApiException as error:
        return KEPT if error.status == TOO_MANY else f"was not evicted: {error.status} {error.reason}"
    return ""
