"""On a cluster of others: whatever we do, and however we end, all that is theirs is as it was before."""

import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from fake_api import cluster, state
from stacks import stack

from slaharness import leftovers
from slaharness.cluster import lease
from slaharness.load import manifest
from slaharness.stack import deploy, inventory, remove
from slaharness.stack.manifests import Manifests
from slaharness.undo import heal
from slaharness.undo import journal as undo

__all__ = ["cluster", "state"]

RBAC, DEFINITIONS = "rbac.authorization.k8s.io/v1", "apiextensions.k8s.io/v1"
LOOKALIKE = {
    "app.kubernetes.io/part-of": "weather",
    "app.kubernetes.io/managed-by": "slaharness",
    "slaharness.dev/stack": "weather",
    inventory.MARK: "0123456789ab",
}


def body(version: str, kind: str, name: str, namespace: str = "", **more: Any) -> dict[str, Any]:
    meta: dict[str, Any] = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": version, "kind": kind, "metadata": meta, **more}


def definition(plural: str, group: str) -> dict[str, Any]:
    spec = {"group": group, "versions": [{"name": "v1"}], "names": {"kind": plural.title()}}
    return body(DEFINITIONS, "CustomResourceDefinition", f"{plural}.{group}", spec=spec)


SHOP = stack(name="shop")
OURS = [
    body("v1", "Namespace", "shop"),
    body("v1", "Namespace", "shop-load"),
    body("v1", "PersistentVolumeClaim", "disk", "shop"),
    body("v1", "Service", "edge", "shop"),
]
OUTSIDE = [
    definition("ours", "ours.example"),
    body(RBAC, "ClusterRole", "our-operator"),
    body(RBAC, "RoleBinding", "our-reader", "kube-system"),
]
THEIRS = [
    body("v1", "Namespace", "theirs"),
    body("v1", "PersistentVolumeClaim", "disk", "theirs"),
    body("v1", "ConfigMap", manifest.NAME, "theirs"),
    definition("scalers", "scaling.example"),
    body("scaling.example/v1", "Scaler", "one", "theirs"),
    body(RBAC, "ClusterRole", "operator"),
    body(RBAC, "ClusterRoleBinding", "operator"),
    body(RBAC, "RoleBinding", "reader", "kube-system"),
    body("apiregistration.k8s.io/v1", "APIService", "v1.theirs"),
]


@pytest.fixture
def shared(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A cluster full of look-alikes, and a stack to deploy to it by the real steps."""
    for one in THEIRS:
        meta = {**one["metadata"], "labels": LOOKALIKE, "annotations": LOOKALIKE, "finalizers": ["theirs"]}
        cluster.info.api().apply([{**one, "metadata": meta}])
    api = cluster.info.api()
    monkeypatch.setattr(deploy.images, "make", lambda *_: ())
    monkeypatch.setattr(deploy.images, "deliver", lambda *_: ())
    monkeypatch.setattr(deploy.rendered, "render", lambda *_, **__: Manifests(tuple(OURS)))
    monkeypatch.setattr(deploy, "_definitions", lambda *_: OUTSIDE)
    monkeypatch.setattr(deploy.kubectl, "apply", lambda _, text, **__: api.apply(yaml.safe_load_all(text)))
    monkeypatch.setattr(deploy.kubectl, "established", lambda *_: None)
    monkeypatch.setattr(deploy.ready, "until_ready", lambda *_, **__: None)
    return cluster


def content(cluster: Any) -> Any:
    return copy.deepcopy(cluster.objects)


def put(cluster: Any) -> None:
    provider: Any = SimpleNamespace()
    deploy.deploy(cluster.info, provider, SHOP, overlay=Path("core"))


def test_deploying_and_undeploying_leaves_the_cluster_as_it_was(shared: Any) -> None:
    """Every object of the API server, compared with how it was: not one more, less, or changed."""
    before = content(shared)
    put(shared)
    assert len(shared.objects) == len(before) + len(OURS) + len(OUTSIDE) + 1
    remove.undeploy(shared.info, "shop")
    assert content(shared) == before


def test_a_run_that_is_killed_and_healed_leaves_the_cluster_as_it_was(shared: Any, state: Path) -> None:
    """SIGKILL between any two steps: what the journals say is undone, and nothing that only looks like it."""
    before = content(shared)
    holder, args = lease.me(), leftovers.Effect(shared.info, "shop").data()
    with undo.journal("site") as journal, undo.journal("r1") as run:
        entries = [
            undo.Entry("lease", heal.LEASE, {**args, "holder": holder}),
            undo.Entry("the stack", leftovers.STACK, args),
        ]
        for entry in entries:
            journal._add(entry)
        lease._take(lease.client.CoordinationV1Api(shared.info.api().client), "it", holder, ())
        put(shared)
        load = body("v1", "ConfigMap", manifest.NAME, "shop-load")
        run._add(undo.objects("load", shared.info, [load]))
        shared.info.api().apply([load])
    assert content(shared) != before
    assert [one.problem for one in leftovers.heal()] == ["", "", ""]
    assert content(shared) == before


def test_a_kill_while_the_stack_is_applied_leaves_the_cluster_as_it_was(
    shared: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each single object."""
    before = content(shared)
    api = shared.info.api()
    for number in range(1, len(OUTSIDE) + len(OURS)):
        made = inventory.claim(shared.info, "shop", "core", [*OURS, *OUTSIDE])
        api.apply(map(made.marked, [*OURS, *OUTSIDE][:number]))
        remove.undeploy(shared.info, "shop")
        assert content(shared) == before


def test_what_is_theirs_is_not_deployed_over(shared: Any) -> None:
    """A stack with a namespace of theirs is refused, before anything is applied."""
    OURS_TOO = [*OURS, body("v1", "Namespace", "theirs")]  # noqa: N806 - as the others
    before = content(shared)
    with pytest.raises(Exception, match="Namespace theirs of its own"):
        inventory.claim(shared.info, "shop", "core", OURS_TOO)
    assert content(shared) == before
