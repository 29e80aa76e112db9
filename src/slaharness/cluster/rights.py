"""What the harness itself needs of a cluster's API, to be published, granted and asked for.

Rights are verbs by resource, as in ``kubectl auth can-i``: ``{"pods": "get list", "jobs.batch": "create"}``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kubernetes import client

from slaharness.cluster.api import Api

Rights = Mapping[str, str]
RBAC, NAME = "rbac.authorization.k8s.io", "slaharness"
#: How objects that come and go with a run are dealt with.
OWN = "create delete get patch"

#: Seen in the whole cluster: its nodes, its namespaces, and what starts and ends while a run lasts.
EVERYWHERE: Rights = {
    "nodes": "get list watch",
    "namespaces": f"{OWN} list",
    "persistentvolumes": "get list",
    "storageclasses.storage.k8s.io": "list",
    **dict.fromkeys(
        ("pods", "services", "deployments.apps", "statefulsets.apps", "daemonsets.apps"), "get list watch"
    ),
}
#: In ``default``: the lease by which runs keep apart, and the list of what is ours.
AT_HOME: Rights = {"leases.coordination.k8s.io": f"{OWN} update", "configmaps": OWN}
#: Where the load runs.
LOAD: Rights = {
    "pods": f"{OWN} list",
    "pods/log": "get",
    "pods/proxy": "create get",
    "services": OWN,
    "configmaps": f"{OWN} list",
}
#: There too, by how the load's metrics reach Prometheus.
WIRED: Mapping[str, Rights] = {
    "pod-monitor": {"podmonitors.monitoring.coreos.com": OWN},
    "remote-write": {"secrets": OWN},
}
#: In each namespace of the stack: to look at it, to ask it, and to give the faults an account of their own.
STACK: Rights = {
    "pods": "get list watch",
    "pods/log": "get",
    "events": "list",
    "services/proxy": "create get update",
    "configmaps": "list",
    "services": "list",
    "jobs.batch": "get list",
    "cronjobs.batch": "get list",
    "replicasets.apps": "list",
    "networkpolicies.networking.k8s.io": "list",
    "persistentvolumeclaims": "list",
    "poddisruptionbudgets.policy": "list",
    "horizontalpodautoscalers.autoscaling": "list",
    "serviceaccounts": OWN,
    "serviceaccounts/token": "create",
    f"roles.{RBAC}": OWN,
    f"rolebindings.{RBAC}": OWN,
}
#: There too, where the entry is verified, which the API server's own proxy does not do.
VERIFIED: Rights = {"pods/portforward": "create get"}


@dataclass(frozen=True)
class Needed:
    """Rights in one namespace; in the whole cluster where that is ""."""

    namespace: str
    rights: Rights


def rendered(needed: Iterable[Needed], subject: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """ClusterRole, Roles and their bindings for ``subject``, to be applied as they are."""
    for one in needed:
        scope = "" if one.namespace else "Cluster"
        meta = {"name": NAME, **({"namespace": one.namespace} if one.namespace else {})}
        rules = [rule(*right) for right in one.rights.items()]
        yield {"apiVersion": f"{RBAC}/v1", "kind": f"{scope}Role", "metadata": meta, "rules": rules}
        yield {
            "apiVersion": f"{RBAC}/v1",
            "kind": f"{scope}RoleBinding",
            "metadata": meta,
            "roleRef": {"apiGroup": RBAC, "kind": f"{scope}Role", "name": NAME},
            "subjects": [dict(subject)],
        }


def lacking(api: Api, needed: Iterable[Needed]) -> list[str]:
    """What whoever asks may not do, as ``create pods in shop``: the API server is asked for each right."""
    asked = client.AuthorizationV1Api(api.client)
    return [
        f"{verb} {resource}" + (f" in {one.namespace}" if one.namespace else "")
        for one in needed
        for resource, verbs in one.rights.items()
        for verb in verbs.split()
        if not _may(asked, one.namespace, resource, verb)
    ]


def rule(resource: str, verbs: str) -> dict[str, Any]:
    """``deployments.apps`` and ``get list`` as RBAC has it."""
    group, plural, inner = _parts(resource)
    name = f"{plural}/{inner}" if inner else plural
    return {"apiGroups": [group], "resources": [name], "verbs": verbs.split()}


def _may(asked: Any, namespace: str, resource: str, verb: str) -> bool:
    group, plural, inner = _parts(resource)
    about = {"group": group, "resource": plural, "subresource": inner, "verb": verb, "namespace": namespace}
    spec = {"resourceAttributes": {key: value for key, value in about.items() if value}}
    found: Any = asked.create_self_subject_access_review({"spec": spec})
    return bool(found.status.allowed)


def _parts(resource: str) -> tuple[str, str, str]:
    """Group, plural and subresource."""
    name, _, inner = resource.partition("/")
    plural, _, group = name.partition(".")
    return group, plural, inner
