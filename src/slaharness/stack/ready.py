"""Whether the stack is ready: its workloads are rolled out, it serves its users, its autoscalers can ask.

Each look returns what is still missing, as words; an empty list means ready.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kubernetes.client import BatchV1Api
from kubernetes.client.exceptions import ApiException

from slaharness.cluster.api import NOT_FOUND, Api
from slaharness.errors import NotYet, StackTrouble
from slaharness.host import wait
from slaharness.host.progress import Step
from slaharness.stack import pods
from slaharness.stack.manifests import SCALER, Manifests, Object
from slaharness.stack.objects import Kind, items, labelled, place, present, ready
from slaharness.stack.protocol import Stack

#: Seconds for a stack that others deployed to serve, before a run.
SERVING_WITHIN = 60.0

SCALERS = Kind("keda.sh/v1alpha1", SCALER)

#: What of an object's metadata is somebody's wish.
KEPT = ("namespace", "name", "labels", "annotations")

Look = Callable[[], list[str]]


def until_ready(api: Api, manifests: Manifests, stack: Stack, now: Step, *, within: float) -> None:
    """Wait for all of the stack. Raises StackTrouble naming what is missing and each pod not ready."""
    looks: list[Look] = [
        lambda: rollouts(api, manifests),
        lambda: stack.missing(api),
        lambda: scalers(api, manifests, stack.name),
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


def until_serving(api: Api, stack: Stack, *, within: float = SERVING_WITHIN) -> None:
    """Wait for a stack that others deploy to serve. Raises StackTrouble naming what is missing."""
    if lacking := [name for name in stack.namespaces if name not in present(api, stack.namespaces)]:
        raise StackTrouble(
            f"the stack {stack.name} is deployed by others, and the cluster has no namespace "
            f"{', '.join(lacking)}: deploy it, or correct `namespaces` in the settings"
        )
    missing: list[str] = []

    def whole() -> bool:
        missing[:] = stack.missing(api)
        return not missing

    try:
        wait.until(whole, within=within, every=0.5, what="the stack serves")
    except NotYet as error:
        raise StackTrouble(
            "\n  ".join(
                [
                    f"the stack {stack.name} does not serve: still waiting for {', '.join(missing)}",
                    *pods.ailing(api, stack.namespaces),
                ]
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


def databases(api: Api, spaces: Iterable[str]) -> list[Object]:
    """Every StatefulSet in those namespaces, as one would ask for it: enough to make it again."""
    found = (
        one for name in present(api, spaces) for one in items(api.apps.list_namespaced_stateful_set(name))
    )
    return [_as_asked_for(api.client.sanitize_for_serialization(one)) for one in found]


def _as_asked_for(body: Object) -> Object:
    """Without what the API server wrote into it, and would not take back."""
    meta = {key: body["metadata"][key] for key in KEPT if key in body["metadata"]}
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": meta, "spec": body["spec"]}


def serves(api: Api, databases: Sequence[Object], stack: Stack) -> list[str]:
    """Whether these StatefulSets have all their pods, and the stack serves its users.

    Answers alone are not enough: pods whose StatefulSet is being deleted give them to the last.
    """
    return rollouts(api, Manifests(tuple(databases))) or stack.missing(api)


def scalers(api: Api, manifests: Manifests, stack: str) -> list[str]:
    """Autoscalers that cannot ask yet what they scale by."""
    wanted = {place(body) for body in manifests.objects if body["kind"] == SCALER}
    able = {place(found) for found in labelled(api, SCALERS, stack) if ready(found)} if wanted else set()
    return [f"the autoscaler of {name}" for name in sorted(wanted - able)]
