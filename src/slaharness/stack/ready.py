"""Whether the stack is ready, by what it does: workloads rolled out, the API answers, Prometheus scrapes.

Each look returns what is still missing, as words; an empty list means ready.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import requests
from kubernetes.client import BatchV1Api
from kubernetes.client.exceptions import ApiException

from slaharness.cluster.api import NOT_FOUND, Api, Endpoint
from slaharness.errors import NotYet, StackTrouble
from slaharness.host import wait
from slaharness.host.progress import Step
from slaharness.stack import pods
from slaharness.stack.manifests import SCALER, Manifests, Object
from slaharness.stack.objects import Kind, items, labelled, namespaces, place, ready

#: Seconds for one HTTP answer while looking.
ANSWER = 5.0
#: A station that no load uses. Only limits are written for it: a reading would show up in the read-back.
STATION = "deploy-check"
#: What the conditions service says of a station without readings.
NONE_YET = (requests.codes.ok, requests.codes.not_found)

SCALERS = Kind("keda.sh/v1alpha1", SCALER)

Look = Callable[[], list[str]]


def until_ready(api: Api, manifests: Manifests, now: Step, *, within: float) -> None:
    """Wait for all of the stack. Raises StackTrouble naming what is missing and each pod not ready."""
    looks: list[Look] = [
        lambda: rollouts(api, manifests),
        lambda: answers(api),
        lambda: scrapes(api, manifests),
        lambda: scalers(api, manifests),
    ]
    missing: list[str] = []

    def whole() -> bool:
        missing[:] = next((found for look in looks if (found := look())), [])
        if missing:
            now.say(f"waiting for {', '.join(missing)}")
            _give_up_on_hopeless(api, manifests)
        return not missing

    try:
        wait.until(whole, within=within, every=0.5, what="the stack is ready")
    except NotYet as error:
        ill = pods.ailing(api, manifests.namespaces()) or ["every pod is ready"]
        raise StackTrouble(
            "\n  ".join(
                [f"the stack is not ready after {within:g} s: still waiting for {', '.join(missing)}", *ill]
            )
        ) from error


def _give_up_on_hopeless(api: Api, manifests: Manifests) -> None:
    if ill := pods.hopeless(api, manifests.namespaces()):
        raise StackTrouble("\n  ".join(["the stack cannot become ready:", *ill]))


def rollouts(api: Api, manifests: Manifests) -> list[str]:
    """Workloads whose wanted pods are not all there, new and ready; Jobs that have not succeeded."""
    return [missing for body in manifests.workloads() if (missing := _rollout(api, body))]


def _rollout(api: Api, body: Object) -> str:
    kind, name, namespace = body["kind"], body["metadata"]["name"], body["metadata"]["namespace"]
    try:
        if kind == "Job":
            return _job(BatchV1Api(api.client).read_namespaced_job(name, namespace))
        if kind == "Deployment":
            return _pods_of(api.apps.read_namespaced_deployment(name, namespace))
        return _pods_of(api.apps.read_namespaced_stateful_set(name, namespace))
    except ApiException as error:
        if error.status != NOT_FOUND:
            raise
        return f"{name} to exist"


def _pods_of(found: Any) -> str:
    spec, status = found.spec, found.status
    seen = (status.observed_generation or 0) >= found.metadata.generation
    updated, ready, total = status.updated_replicas or 0, status.ready_replicas or 0, status.replicas or 0
    if seen and spec.replicas == updated == ready == total:
        return ""
    return f"{found.metadata.name} {min(updated, ready) if seen else 0}/{spec.replicas}"


def _job(found: Any) -> str:
    if found.status.succeeded:
        return ""
    if any(c.type == "Failed" and c.status == "True" for c in found.status.conditions or ()):
        name = f"{found.metadata.namespace}/{found.metadata.name}"
        raise StackTrouble(f"job {name} failed for good: `kubectl logs -n {name.replace('/', ' job/')}`")
    return f"job {found.metadata.name}"


def databases(api: Api) -> list[Object]:
    """Every StatefulSet of the stack, by its kind and name alone: enough to look for it again."""
    found = (one for name in namespaces(api) for one in items(api.apps.list_namespaced_stateful_set(name)))
    names = ({"namespace": one.metadata.namespace, "name": one.metadata.name} for one in found)
    return [{"kind": "StatefulSet", "metadata": name} for name in names]


def serves(api: Api, databases: Sequence[Object]) -> list[str]:
    """Whether these StatefulSets have all their pods, and the stack answers.

    Answers alone are not enough: pods whose StatefulSet is being deleted give them to the last.
    """
    return rollouts(api, Manifests(tuple(databases))) or answers(api)


def answers(api: Api) -> list[str]:
    """Whether each service answers through the edge, and what all replicas took can be read again."""
    edge = api.endpoint("application", "edge", 80)
    mark = float(int(time.time()))
    at = f"/stations/{STATION}"
    try:
        wrote = _ask(edge, "PUT", f"{at}/limits", json={"high": mark, "low": 0.0})
        read = _ask(edge, "GET", f"{at}/limits")
        others = [_ask(edge, "GET", f"{at}/{last}") for last in ("current", "readings", "alerts")]
    except requests.RequestException as error:
        return [f"an answer through the edge ({type(error).__name__})"]
    bad = [r for r in (wrote, read, *others) if r.status_code not in NONE_YET]
    if bad:
        return [f"an answer through the edge ({bad[0].status_code}: {bad[0].text[:120].strip()})"]
    return [] if _high(read) == mark else ["a written value to be read again"]


def _high(answer: requests.Response) -> Any:
    """The limit in it; None when there is none, or it is none of the service's answers."""
    try:
        return answer.json().get("high")
    except (ValueError, AttributeError):
        return None


def _ask(edge: Endpoint, method: str, path: str, **body: Any) -> requests.Response:
    return edge.session.request(
        method, f"{edge.url}{path}", params={"consistency": "ALL"}, timeout=ANSWER, **body
    )


def scrapes(api: Api, manifests: Manifests) -> list[str]:
    """Jobs of Prometheus with fewer targets up than their Deployment must have pods."""
    prometheus = api.endpoint("observability", "prometheus", 9090)
    try:
        answer = prometheus.session.get(
            f"{prometheus.url}/api/v1/targets", params={"state": "active"}, timeout=ANSWER
        )
        answer.raise_for_status()
    except requests.RequestException as error:
        return [f"Prometheus ({type(error).__name__})"]
    targets = answer.json()["data"]["activeTargets"]
    up = [target["labels"]["job"] for target in targets if target["health"] == "up"]
    scraped = manifests.scraped()
    wanted = {
        name: body["spec"].get("replicas", 0)  # an autoscaler says how many; there may be none
        for body in manifests.workloads()
        if body["kind"] == "Deployment" and (name := body["metadata"]["name"]) in scraped
    }
    return [
        f"Prometheus to scrape {job} {up.count(job)}/{n}" for job, n in wanted.items() if up.count(job) < n
    ]


def scalers(api: Api, manifests: Manifests) -> list[str]:
    """Autoscalers that cannot ask yet what they scale by."""
    wanted = {place(body) for body in manifests.objects if body["kind"] == SCALER}
    able = {place(found) for found in labelled(api, SCALERS) if ready(found)} if wanted else set()
    return [f"the autoscaler of {name}" for name in sorted(wanted - able)]
