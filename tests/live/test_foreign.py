"""The local cluster as one of others, full of what looks like ours: all of it outlives what we do there."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import registries
from kubernetes.dynamic.exceptions import MethodNotAllowedError, NotFoundError

from slaharness.cluster.api import Api
from slaharness.cluster.local.provider import Local
from slaharness.cluster.local.status import saved_plan
from slaharness.cluster.provider import ClusterInfo
from slaharness.errors import NotYet
from slaharness.host.wait import until
from slaharness.stack import inventory
from slaharness.undo import journal as undo

pytestmark = [pytest.mark.live, pytest.mark.nightly]

SCENARIO = "kill-one-api-pod"
RBAC, SPACE = "rbac.authorization.k8s.io/v1", "application-of-others"
LOOKALIKE = {
    "app.kubernetes.io/part-of": "weather",
    "app.kubernetes.io/managed-by": "slaharness",
    "app.kubernetes.io/name": "locust",
    "slaharness.dev/stack": "weather",
    "slaharness.dev/profile": "core",
    inventory.MARK: "0123456789ab",
}
#: What changes by itself: who is told of what, who is alive, and which addresses a Service has just now.
RESTLESS = {"Event", "Lease", "Endpoints", "EndpointSlice", "ComponentStatus"}
#: Of a node, what its kubelet tells; of anything, who wrote it last.
PASSING = ("resourceVersion", "managedFields", "generation")


def body(version: str, kind: str, name: str, namespace: str = "", **more: Any) -> dict[str, Any]:
    where = {"namespace": namespace} if namespace else {}
    meta = {"name": name, "labels": LOOKALIKE, "annotations": LOOKALIKE, **where}
    return {"apiVersion": version, "kind": kind, "metadata": meta, **more}


SCALER: dict[str, Any] = {
    "group": "scaling.example",
    "scope": "Namespaced",
    "names": {"plural": "scalers", "singular": "scaler", "kind": "Scaler", "listKind": "ScalerList"},
    "versions": [
        {
            "name": "v1", "served": True, "storage": True,
            "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
        }
    ],
}  # fmt: skip
RULES = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
BINDING: dict[str, Any] = {
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "operator-of-others"},
    "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": SPACE}],
}
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
THEIRS = [
    body("v1", "Namespace", SPACE),
    body("v1", "PersistentVolumeClaim", "disk", SPACE, spec=CLAIM),
    body("v1", "ConfigMap", "locust", SPACE, data={"of": "others"}),
    body("v1", "Secret", "cassandra", SPACE, stringData={"password": "theirs"}),
    body("v1", "ServiceAccount", "slaharness", SPACE),
    body("v1", "ConfigMap", "slaharness-installation-others", "default", data={"of": "others"}),
    body("apiextensions.k8s.io/v1", "CustomResourceDefinition", "scalers.scaling.example", spec=SCALER),
    body(RBAC, "ClusterRole", "operator-of-others", rules=RULES),
    body(RBAC, "ClusterRoleBinding", "operator-of-others", **BINDING),
    body(RBAC, "RoleBinding", "reader-of-others", "kube-system", **BINDING),
]
ONE = body("scaling.example/v1", "Scaler", "one", SPACE, spec={"replicas": 3})


@pytest.fixture
def others(kubernetes: ClusterInfo):
    """A cluster with nothing of ours, and what is theirs on it; taken away again."""
    api = kubernetes.api()
    api.apply(THEIRS)
    until(lambda: api.knows("scaling.example/v1", "Scaler"), within=30, every=0.5, what="their kind is known")
    api.apply([ONE])
    yield api
    api.delete([ONE, *THEIRS])


def content(api: Api) -> dict[str, Any]:
    """Every object that the API server lists, by kind and place, as it stands there."""
    found = {}
    for version, kind in sorted(_kinds(api)):
        try:
            listed = api.listed(version, kind)
        except (MethodNotAllowedError, NotFoundError):  # to be asked, not to be listed
            continue
        for one in listed:
            meta = {name: value for name, value in one["metadata"].items() if name not in PASSING}
            still = {name: value for name, value in one.items() if name not in ("metadata", "status")}
            found[f"{kind} {meta.get('namespace', '')}/{meta['name']}"] = (meta, still)
    return found


def _kinds(api: Api) -> set[tuple[str, str]]:
    found = {
        (one.group_version, one.kind)
        for resources in api.dynamic.resources
        for one in ([resources] if not isinstance(resources, list) else resources)
        if "list" in (one.verbs or ()) and "/" not in one.name and not one.kind.endswith("List")
    }
    return {(version, kind) for version, kind in found if kind not in RESTLESS}


def settled(api: Api) -> dict[str, Any]:
    """The content of a cluster that has just come up, once its controllers have made what they make."""
    seen = content(api)

    def still() -> bool:
        nonlocal seen
        last, seen = seen, content(api)
        return last == seen

    until(still, within=60, every=5, what="nothing changes in the cluster")
    return seen


def unlike(api: Api, before: dict[str, Any]) -> list[str]:
    """What is not as it was before, once the API server has let go of what was deleted."""

    def differing() -> list[str]:
        now = content(api)
        return sorted(name for name in {*now, *before} if now.get(name) != before.get(name))

    with suppress(NotYet):
        until(lambda: not differing(), within=60, every=2, what="the cluster is as it was before")
    return differing()


def test_what_only_looks_like_ours_outlives_what_we_do(bare, kubernetes, others, tmp_path: Path, monkeypatch):
    """Deploy, run, SIGKILL, heal, undeploy on a cluster of others: then its whole content is as it was."""
    monkeypatch.setenv("KUBECONFIG", str(kubernetes.kubeconfig))
    monkeypatch.setenv("SLAHARNESS_CONTEXTS", kubernetes.context)
    there = ("--cluster", "existing", "--context", kubernetes.context)
    before = settled(others)
    assert "CustomResourceDefinition /scalers.scaling.example" in before
    assert f"Scaler {SPACE}/one" in before
    with registries.served(saved_plan(kubernetes.name).layout.host, tmp_path) as registry:
        Local(kubernetes.name).pull_from(registry)
        deployed = bare("deploy", *there, "--registry", registry)
        assert deployed.code == 0, deployed.err
        assert len(content(others)) > len(before) + 50
        _killed_in_its_fault(bare, others, *there, "--registry", registry)
    healed = bare("heal")
    assert healed.code == 0, healed.err
    assert list(undo.folder().glob("*.json")) == []
    assert bare("undeploy", *there).code == 0
    assert unlike(others, before) == []


def _killed_in_its_fault(bare, api: Api, *words: str) -> None:
    """The run and all that it started, as by a machine that stops, once the first pod has been struck."""

    def pods() -> set[str]:
        found = api.core.list_namespaced_pod("application").items
        return {one.metadata.uid for one in found}

    first = pods()
    running = bare.start("run", SCENARIO, *words)

    def struck() -> bool:
        assert running.poll() is None, running.communicate()
        return not first <= pods()

    until(struck, within=300, every=0.2, what="a pod is killed")
    for one in [*psutil.Process(running.pid).children(recursive=True), running]:
        one.kill()
    running.communicate(timeout=60)
