"""What ails a pod, in a line or two: its state, why its containers wait or died, the end of their logs."""

from collections.abc import Iterable, Iterator
from typing import Any

from kubernetes.client.exceptions import ApiException

from slaharness.cluster.api import Api
from slaharness.model.words import counted
from slaharness.stack.objects import items

#: Lines of a container's log that go into an error.
TAIL = 5
#: Reasons that waiting does not mend.
HOPELESS = frozenset({"ErrImageNeverPull", "ImagePullBackOff", "InvalidImageName"})


def is_ready(pod: Any) -> bool:
    """Whether the pod serves, or has done its work."""
    if pod.status.phase == "Succeeded":
        return True
    return any(c.type == "Ready" and c.status == "True" for c in pod.status.conditions or ())


def wanted(replicas: int | None) -> str:
    """How many pods a workload wants, in words."""
    return "as many pods as its autoscaler says" if replicas is None else counted(replicas, "pod")


def ailing(api: Api, namespaces: Iterable[str]) -> list[str]:
    """One text for each pod that is not ready, log lines included."""
    pods = [pod for name in namespaces for pod in items(api.core.list_namespaced_pod(name))]
    return [_describe(api, pod) for pod in pods if not is_ready(pod)]


def hopeless(api: Api, namespaces: Iterable[str]) -> list[str]:
    """Texts of pods that will not become ready however long one waits."""
    pods = [pod for name in namespaces for pod in items(api.core.list_namespaced_pod(name))]
    return [_describe(api, pod) for pod in pods if _waiting(pod) & HOPELESS]


def _describe(api: Api, pod: Any) -> str:
    states = "; ".join(_states(pod)) or _unscheduled(pod)
    text = f"{pod.metadata.namespace}/{pod.metadata.name}: {pod.status.phase}, {states}"
    return "\n    ".join([text, *_last_lines(api, pod)])


def _statuses(pod: Any) -> list[Any]:
    return [*(pod.status.init_container_statuses or ()), *(pod.status.container_statuses or ())]


def _waiting(pod: Any) -> set[str]:
    return {status.state.waiting.reason for status in _statuses(pod) if status.state.waiting}


def _states(pod: Any) -> Iterator[str]:
    for status in _statuses(pod):
        if status.state.waiting:
            yield f"{status.name} waits: {status.state.waiting.reason} {status.state.waiting.message or ''}"
        elif status.state.terminated and status.state.terminated.exit_code:
            yield f"{status.name} ended with {status.state.terminated.exit_code}"
        elif status.state.running and not status.ready:
            yield f"{status.name} runs but is not ready (restarts: {status.restart_count})"


def _unscheduled(pod: Any) -> str:
    said = [c.message for c in pod.status.conditions or () if c.status == "False" and c.message]
    return said[0] if said else "no reason given"


def _last_lines(api: Api, pod: Any) -> list[str]:
    """The end of the log of each container that is not ready, of its last life when it has just died."""
    lines = []
    for status in _statuses(pod):
        if not status.ready and (
            status.state.running or status.last_state.terminated or status.state.terminated
        ):
            previous = not status.state.running and bool(status.last_state.terminated)
            lines += _log(api, pod, status.name, previous=previous)
    return lines


def _log(api: Api, pod: Any, container: str, *, previous: bool) -> list[str]:
    try:
        text = api.core.read_namespaced_pod_log(
            pod.metadata.name, pod.metadata.namespace, container=container, tail_lines=TAIL, previous=previous
        )
    except ApiException as error:
        return [f"({container}: no log: {error.reason})"]
    return [f"{container}: {line}" for line in text.splitlines()]
