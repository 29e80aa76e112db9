"""What ``chaos run`` calls to do harm. Each action says what it matched, when it struck and what died."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Annotated, Any, Literal

from chaoslib.exceptions import ActivityFailed
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from pydantic import Field, validate_call

from slaharness.chaos.client import Secrets, core, described, forgotten, running
from slaharness.chaos.guard import permit
from slaharness.errors import NotYet
from slaharness.host.wait import until

__all__ = ["evict_pods", "kill_pods"]

logger = logging.getLogger("chaostoolkit")

#: What the kubelet says when it stops a container.
KILLING = "Killing"
#: What the API answers to an eviction that a disruption budget does not allow now, and what we say of it.
TOO_MANY, KEPT = 429, "was kept by its disruption budget"
OVER = ("Succeeded", "Failed")
#: Events by uid and version.
Words = set[tuple[str, str]]


@validate_call(config={"strict": True})  # also for `chaos run` by hand, where nobody checked the file
def kill_pods(
    *,
    namespace: str,
    selector: Annotated[str, Field(min_length=1)],
    count: Annotated[int, Field(ge=1)] | Literal["all"] = 1,
    grace_period: Annotated[int, Field(ge=0)] = 0,
    within: Annotated[float, Field(gt=0)] = 30.0,
    secrets: Secrets = None,
) -> dict[str, Any]:
    """Kill ``count`` running pods, the first by name, or ``all`` of them at once, and see that they died.

    ``grace_period`` and ``within`` (the limit for dying) are seconds. Returns ``injected`` and ``ended``
    (epoch seconds), ``matched`` (name, uid, node of each), ``died`` (names) and ``problems`` (words).
    Raises, with nothing changed, when the namespace is not allowed or fewer pods run than asked for.
    """
    api = core(secrets)
    permit(api, namespace)
    pods = _pick(api, namespace, selector, count)
    heard = None if grace_period else _kubelets_words(api, namespace)
    injected = time.time()
    said = _strike(pods, partial(_delete, api, grace_period))
    died, alive = _see_dying(partial(_dead, api, heard), _struck(pods, said), within)
    told = {"namespace": namespace, "selector": selector, "grace_period": grace_period}
    return told | _answer(pods, injected, died, [*_in_words(said), *alive])


@validate_call(config={"strict": True})
def evict_pods(
    *,
    namespace: str,
    selector: Annotated[str, Field(min_length=1)],
    count: Annotated[int, Field(ge=1)] | Literal["all"] = 1,
    within: Annotated[float, Field(gt=0)] = 60.0,
    secrets: Secrets = None,
) -> dict[str, Any]:
    """Ask ``count`` running pods, or ``all`` at once, to leave as a drain asks, and see them go.

    Those that a disruption budget keeps are ``refused`` (names): no trouble, unless it keeps them all. Each
    pod ends in its own grace period, which ``within`` (seconds) has to hold. Returns and raises as
    ``kill_pods`` does; ``matched`` are the pods that had to go.
    """
    api = core(secrets)
    permit(api, namespace)
    pods = _pick(api, namespace, selector, count)
    injected = time.time()
    said = _strike(pods, partial(_evict, api))
    refused = [name for name, words in said.items() if words == KEPT]
    others = {name: words for name, words in said.items() if name not in refused}
    died, alive = _see_dying(partial(forgotten, api), _struck(pods, said), within)
    leaving = [pod for pod in pods if pod.metadata.name not in refused]
    told = {"namespace": namespace, "selector": selector, "refused": refused}
    return told | _answer(leaving, injected, died, [*_in_words(others), *alive])


def _answer(
    pods: Sequence[Any], injected: float, died: Sequence[str], problems: Sequence[str]
) -> dict[str, Any]:
    """What every action says of what it did."""
    for problem in problems:
        logger.error(problem)
    return {
        "injected": injected,
        "ended": time.time(),
        "matched": [described(pod) for pod in pods],
        "died": list(died),
        "problems": list(problems),
    }


def _pick(api: client.CoreV1Api, namespace: str, selector: str, count: int | str) -> list[Any]:
    """Return the pods to kill: as many as asked, or none at all (ActivityFailed)."""
    found: Any = api.list_namespaced_pod(namespace, label_selector=selector)
    present = [pod for pod in found.items if pod.status.phase not in OVER]
    alive = sorted((pod for pod in present if running(pod)), key=lambda pod: pod.metadata.name)
    asked = max(len(present), 1) if count == "all" else int(count)
    if len(alive) < asked:
        raise ActivityFailed(
            f"asked to kill {count} of {selector!r} in {namespace}, found {len(alive)} running of "
            f"{len(present)}: nothing was killed; see `kubectl -n {namespace} get pods -l {selector}`"
        )
    return alive[:asked]


def _strike(pods: Sequence[Any], how: Callable[[Any], str]) -> dict[str, str]:
    """Strike all pods at the same moment; return by name what went wrong, or "". Raises when all did."""
    with ThreadPoolExecutor(len(pods)) as threads:
        said = dict(zip((pod.metadata.name for pod in pods), threads.map(how, pods), strict=True))
    if all(said.values()):
        raise ActivityFailed("; ".join(_in_words(said)))
    return said


def _in_words(said: Mapping[str, str]) -> list[str]:
    """What went wrong, a sentence for each pod of which something is said."""
    return [f"{name} {words}" for name, words in said.items() if words]


def _struck(pods: Sequence[Any], said: Mapping[str, str]) -> list[Any]:
    return [pod for pod in pods if not said[pod.metadata.name]]


def _delete(api: client.CoreV1Api, grace: int, pod: Any) -> str:
    # The uid keeps us from killing a replacement that took the name meanwhile.
    same = client.V1Preconditions(uid=pod.metadata.uid)
    options = client.V1DeleteOptions(grace_period_seconds=grace, preconditions=same)
    try:
        api.delete_namespaced_pod(pod.metadata.name, pod.metadata.namespace, body=options)
    except ApiException as error:
        return f"was not killed: {error.status} {error.reason}"
    return ""


def _evict(api: client.CoreV1Api, pod: Any) -> str:
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


def _see_dying(
    dead: Callable[[Any], bool], pods: Sequence[Any], within: float
) -> tuple[list[str], list[str]]:
    """Return the names of those that are seen dead inside the limit, and words on each of the others."""
    waiting = list(pods)

    def all_dead() -> bool:
        waiting[:] = [pod for pod in waiting if not dead(pod)]
        return not waiting

    reason = f"not seen to die within {within:g} s"
    try:
        until(all_dead, within=within, what="the killed pods are dead")
    except NotYet:
        pass
    except ApiException as error:
        reason = f"not seen to die: {error.status} {error.reason}"
    alive = [pod.metadata.name for pod in waiting]
    died = [pod.metadata.name for pod in pods if pod.metadata.name not in alive]
    return died, [f"{name} was {reason}" for name in alive]


def _dead(api: client.CoreV1Api, heard: Words | None, pod: Any) -> bool:
    """Whether the API has forgotten the pod and its node has acted.

    With a grace period the object goes only when the kubelet has seen the containers end. Without one it goes
    at once, whatever the node does, so there has to be a new word of the kubelet, not among those ``heard``
    before, that it stops them: SIGTERM then, SIGKILL two seconds later.
    """
    if not forgotten(api, pod):
        return False
    return heard is None or bool(_kubelets_words(api, pod.metadata.namespace, pod.metadata.uid) - heard)


def _kubelets_words(api: client.CoreV1Api, namespace: str, uid: str = "") -> Words:
    """Events of containers being stopped, of all pods or of one, each with its version: repeats count up."""
    fields = f"reason={KILLING}" + (f",involvedObject.uid={uid}" if uid else "")
    events: Any = api.list_namespaced_event(namespace, field_selector=fields)
    return {(event.metadata.uid, event.metadata.resource_version) for event in events.items}
