"""How the stack stands, so that after a fault one can say what is not as it was before."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from kubernetes.client import AutoscalingV2Api, NetworkingV1Api, PolicyV1Api
from kubernetes.client.exceptions import ApiException

from slaharness.cluster.api import Api
from slaharness.cluster.provider import ClusterInfo
from slaharness.model.words import counted
from slaharness.stack.objects import items, present
from slaharness.stack.pods import wanted

#: Taints that the cluster itself puts on and takes off with a node's health.
HEALTH = "node.kubernetes.io/"
FORBIDDEN = 403
#: How those begin their names, as managers of fields, who say by hand, by charts or from git how a stack is.
DEPLOYERS = ("kubectl", "helm", "Helm", "argocd")
#: On Secrets that cert-manager writes, which it applies as deployers do; on the key of one that is to come.
CERTIFIED, TO_COME = "cert-manager.io/certificate-name", "cert-manager.io/next-private-key"

T = TypeVar("T")


@dataclass(frozen=True)
class Workload:
    """What is asked of a Deployment or StatefulSet, and how much of it is there.

    ``wanted`` is None where an autoscaler decides from moment to moment; ``ready`` is then 0 when all that it
    wants now are, and what is missing, as a negative number, when not.
    """

    wanted: int | None
    ready: int
    images: tuple[str, ...]
    spec: str


@dataclass(frozen=True)
class Snapshot:
    """Keys are ``namespace/kind/name``; ``specs`` and ``Workload.spec`` are digests of what was asked for.

    Specs rather than generations: a fault that was undone has counted the generation up, and left nothing.
    """

    workloads: Mapping[str, Workload]
    specs: Mapping[str, str]
    nodes: Mapping[str, str]


def state(cluster: ClusterInfo, namespaces: Iterable[str]) -> Snapshot:
    """What is in those namespaces, as far as they are there, and the nodes, as all of it is now."""
    api = cluster.api()
    names = present(api, namespaces)
    return Snapshot(
        workloads={key: value for name in names for key, value in _workloads(api, name)},
        specs={key: value for name in names for key, value in _specs(api, name)},
        nodes={node.metadata.name: _node(node) for node in items(api.core.list_node())},
    )


def diff(before: Snapshot, after: Snapshot) -> list[str]:
    """What differs, a line each; empty when all is as it was."""
    return [
        *_lines(before.workloads, after.workloads, _workload_words),
        *_lines(before.specs, after.specs, lambda _, __: "was changed"),
        *_lines(before.nodes, after.nodes, lambda old, new: f"was {old}, is {new}"),
    ]


def _lines(old: Mapping[str, T], new: Mapping[str, T], words: Callable[[T, T], str]) -> Iterator[str]:
    for key in sorted({*old, *new}):
        if key not in new:
            yield f"{key} is gone"
        elif key not in old:
            yield f"{key} is new"
        elif old[key] != new[key]:
            yield f"{key} {words(old[key], new[key])}"


def _workload_words(old: Workload, new: Workload) -> str:
    if old.wanted != new.wanted:
        return f"wants {wanted(new.wanted)}, wanted {old.wanted}"
    if old.images != new.images:
        return f"runs {', '.join(new.images)}, ran {', '.join(old.images)}"
    if old.spec != new.spec:
        return "was changed"
    if new.wanted is None:
        return f"lacks {-new.ready} of the pods that its autoscaler wants, lacked {-old.ready}"
    return f"has {new.ready} of {counted(new.wanted, 'pod')} ready, had {old.ready}"


def _workloads(api: Api, namespace: str) -> Iterator[tuple[str, Workload]]:
    scaled = _autoscaled(api, namespace)
    for found in items(api.apps.list_namespaced_deployment(namespace)):
        make = _scaled if found.metadata.name in scaled else _workload
        yield f"{namespace}/Deployment/{found.metadata.name}", make(api, found)
    for found in items(api.apps.list_namespaced_stateful_set(namespace)):
        yield f"{namespace}/StatefulSet/{found.metadata.name}", _workload(api, found)
    for found in items(api.apps.list_namespaced_daemon_set(namespace)):
        yield f"{namespace}/DaemonSet/{found.metadata.name}", _on_each_node(api, found)


def _workload(api: Api, found: Any) -> Workload:
    images = tuple(container.image for container in found.spec.template.spec.containers)
    return Workload(found.spec.replicas, found.status.ready_replicas or 0, images, _digest(api, found.spec))


def _on_each_node(api: Api, found: Any) -> Workload:
    images = tuple(container.image for container in found.spec.template.spec.containers)
    wanted, ready = found.status.desired_number_scheduled or 0, found.status.number_ready or 0
    return Workload(wanted, ready, images, _digest(api, found.spec))


def _scaled(api: Api, found: Any) -> Workload:
    missing = (found.status.ready_replicas or 0) - (found.spec.replicas or 0)
    found.spec.replicas = None
    return replace(_workload(api, found), wanted=None, ready=min(missing, 0))


def _autoscaled(api: Api, namespace: str) -> set[str]:
    """Names of the Deployments whose size a HorizontalPodAutoscaler sets; KEDA makes one for each of its."""
    scalers = AutoscalingV2Api(api.client).list_namespaced_horizontal_pod_autoscaler(namespace)
    return {found.spec.scale_target_ref.name for found in items(scalers)}


def _specs(api: Api, namespace: str) -> Iterator[tuple[str, str]]:
    policy = PolicyV1Api(api.client)
    for found in items(api.core.list_namespaced_service(namespace)):
        yield f"{namespace}/Service/{found.metadata.name}", _digest(api, found.spec)
    for found in items(api.core.list_namespaced_config_map(namespace)):
        yield f"{namespace}/ConfigMap/{found.metadata.name}", _content(api, found)
    for found in items(policy.list_namespaced_pod_disruption_budget(namespace)):
        yield f"{namespace}/PodDisruptionBudget/{found.metadata.name}", _digest(api, found.spec)
    for found in items(NetworkingV1Api(api.client).list_namespaced_network_policy(namespace)):
        yield f"{namespace}/NetworkPolicy/{found.metadata.name}", _digest(api, found.spec)
    for found in items(api.core.list_namespaced_persistent_volume_claim(namespace)):
        found.spec.volume_name = None  # a claim that was lost and made again is on another volume
        yield f"{namespace}/PersistentVolumeClaim/{found.metadata.name}", _digest(api, found.spec)
    for found in _secrets(api, namespace):
        yield f"{namespace}/Secret/{found.metadata.name}", _content(api, found)


def _secrets(api: Api, namespace: str) -> list[Any]:
    """Of what they hold only a digest is kept; none where nobody may read them, neither before nor after."""
    try:
        found = items(api.core.list_namespaced_secret(namespace))
        return [one for one in found if TO_COME not in (one.metadata.labels or {})]
    except ApiException as error:
        if error.status != FORBIDDEN:
            raise
        return []


def _content(api: Api, found: Any) -> str:
    """A digest of what somebody declared; of what programs keep there only that it is there.

    Leaders, check-points and certificates change while all is well, and after a fault more than ever.
    """
    return _digest(api, found.data) if _declared(found.metadata) else ""


def _declared(metadata: Any) -> bool:
    return CERTIFIED not in (metadata.annotations or {}) and any(
        entry.operation == "Apply" or (entry.manager or "").startswith(DEPLOYERS)
        for entry in metadata.managed_fields or ()
    )


def _node(node: Any) -> str:
    ready = any(c.type == "Ready" and c.status == "True" for c in node.status.conditions)
    taints = sorted(t.key for t in node.spec.taints or () if not t.key.startswith(HEALTH))
    words = ["Ready" if ready else "not Ready"]
    if node.spec.unschedulable:
        words.append("cordoned")
    return ", ".join([*words, *(f"tainted {key}" for key in taints)])


def _digest(api: Api, value: Any) -> str:
    plain = json.dumps(api.client.sanitize_for_serialization(value), sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()[:12]
