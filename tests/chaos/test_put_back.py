"""What actions of others change is in the journal before they do it, and only that is put back."""

import copy
from pathlib import Path
from typing import Any

import pytest

from slaharness import leftovers
from slaharness.chaos.chaosk8s import DECLARED
from slaharness.chaos.declaration import Declaration, of
from slaharness.chaos.experiment import Experiment
from slaharness.chaos.format.target import Target
from slaharness.chaos.put_back import entry, put_back, rights
from slaharness.faults.certificates.reissue_certificate import reissue_certificate
from slaharness.undo import journal as undo

SCALE = "chaosk8s.deployment.actions.scale_deployment"
DENY = "chaosk8s.networking.actions.deny_all_ingress"
REMOVE = "chaosk8s.networking.actions.remove_network_policy"
KILL = "slaharness.faults.pods.kill_pods.kill_pods"
BORN = "2030-01-01T00:00:00Z"
POLICIES = ("networkpolicies", "application")


def plan(*targets: Target) -> Experiment:
    return Experiment("e", Path("e.yaml"), "t", targets)


def strike(function: str, name: str = "", place: str = "method[0]") -> Target:
    declared = DECLARED.get(function) or Declaration({"deployments.apps": "patch"})
    return Target(place, "action", function, declared, "application", "", name)


def signed(body: dict[str, Any], by: str, at: str = BORN) -> None:
    body["metadata"].setdefault("managedFields", []).append(
        {"manager": by, "operation": "Update", "time": at}
    )


@pytest.fixture
def killed(cluster: Any) -> Any:
    """Run an experiment's changes as run ``r1`` would that is killed in the middle of them."""

    def run(experiment: Any, change: Any) -> None:
        with undo.journal("r1") as journal:
            written = entry(cluster.info, experiment, "r1")
            assert written
            journal._add(written)
            change()

    return run


def replicas(cluster: Any, name: str) -> int:
    return cluster.objects["deployments", "application", name]["spec"]["replicas"]


@pytest.fixture
def scaled(cluster: Any) -> Any:
    """Two Deployments of three pods."""
    for name in ("readings", "alerts"):
        cluster.deployment("application", name, replicas=3)
        body = cluster.objects["deployments", "application", name]
        body |= {"apiVersion": "apps/v1", "kind": "Deployment"}
        body["metadata"] |= {"uid": f"uid-{name}", "creationTimestamp": "2029-01-01T00:00:00Z"}
    return cluster


def scale(cluster: Any, name: str, size: int, by: str = "slaharness-r1") -> None:
    body = cluster.objects["deployments", "application", name]
    body["spec"]["replicas"] = size
    signed(body, by)


def test_a_scaled_deployment_is_as_it_was_after_a_kill(scaled: Any, killed: Any) -> None:
    """Its size was on disk before; that of another, which somebody else has scaled meanwhile, stays."""

    def change() -> None:
        scale(scaled, "readings", 0)
        scale(scaled, "alerts", 5, by="kubectl-client-side-apply")

    killed(plan(strike(SCALE)), change)
    assert [one.problem for one in leftovers.heal()] == [""]
    assert (replicas(scaled, "readings"), replicas(scaled, "alerts")) == (3, 5)


def test_a_later_object_of_the_name_is_left_alone(scaled: Any, killed: Any) -> None:
    """By its uid it is another one."""

    def change() -> None:
        scale(scaled, "readings", 1)
        scaled.objects["deployments", "application", "readings"]["metadata"]["uid"] = "another"

    killed(plan(strike(SCALE, "readings")), change)
    leftovers.heal()
    assert replicas(scaled, "readings") == 1


def policy(cluster: Any, name: str, by: str) -> None:
    meta = {"name": name, "namespace": "application", "uid": f"uid-{name}", "creationTimestamp": BORN}
    body: dict[str, Any] = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta}
    signed(body, by)
    cluster.objects[(*POLICIES, name)] = body


def test_a_policy_that_cuts_the_stack_off_goes_after_a_kill(cluster: Any, killed: Any) -> None:
    """And no other: not one that was made beside it, nor one that it has only changed."""

    def change() -> None:
        policy(cluster, "chaostoolkit-deny-all-ingress", "slaharness-r1")
        policy(cluster, "made-beside-it", "kubectl")
        signed(cluster.objects[(*POLICIES, "made-beside-it")], "slaharness-r1", "2030-01-01T00:00:07Z")

    killed(plan(strike(DENY)), change)
    assert [one.problem for one in leftovers.heal()] == [""]
    assert cluster.names("networkpolicies") == ["made-beside-it"]


def test_what_was_deleted_is_made_again(cluster: Any, killed: Any) -> None:
    """With its specification."""
    policy(cluster, "guard", "kubectl")
    before = copy.deepcopy(cluster.objects[(*POLICIES, "guard")])
    killed(plan(strike(REMOVE, "guard")), lambda: cluster.objects.pop((*POLICIES, "guard")))
    leftovers.heal()
    again = cluster.objects[(*POLICIES, "guard")]
    assert again["metadata"]["uid"] != before["metadata"]["uid"]
    assert again["metadata"]["name"] == "guard"


def test_a_cordoned_node_takes_pods_again(cluster: Any, killed: Any) -> None:
    """By an action of the project's own, whose rights are for the whole cluster."""
    node: dict[str, Any] = {"apiVersion": "v1", "kind": "Node", "spec": {}}
    node["metadata"] = {"name": "n1", "uid": "uid-n1", "creationTimestamp": "2029-01-01T00:00:00Z"}
    cluster.objects["nodes", "", "n1"] = node
    cordon = Target("method[0]", "action", "ours.cordon", Declaration(everywhere={"nodes": "get patch"}))

    def change() -> None:
        node["spec"]["unschedulable"] = True
        signed(node, "slaharness-r1")

    killed(plan(cordon), change)
    leftovers.heal()
    assert cluster.objects["nodes", "", "n1"]["spec"] == {}


def test_a_certificate_is_of_its_issuer_again_after_a_kill(cluster: Any, killed: Any) -> None:
    """By a fault of ours, which leaves that to a rollback; or it would live for minutes ever after."""
    meta = {"name": "edge", "namespace": "application", "uid": "uid-edge", "creationTimestamp": BORN}
    held: dict[str, Any] = {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": meta}
    held["spec"] = {"issuerRef": {"name": "edge-months", "kind": "Issuer"}, "secretName": "edge-tls"}
    before = copy.deepcopy(held["spec"])
    cluster.objects["certificates", "application", "edge"] = held
    declared = of(reissue_certificate)
    assert declared
    function = "slaharness.faults.certificates.reissue_certificate.reissue_certificate"
    reissue = Target("method[0]", "action", function, declared, "application", "", "edge")

    def change() -> None:
        held["spec"]["issuerRef"]["name"] = "edge-minutes"
        signed(held, "slaharness-r1")

    killed(plan(reissue), change)
    assert [one.problem for one in leftovers.heal()] == [""]
    assert cluster.objects["certificates", "application", "edge"]["spec"] == before
    assert "certificates.cert-manager.io" in rights(plan(reissue), "application")


def test_a_run_that_ends_well_puts_back_what_a_rollback_has_not(scaled: Any) -> None:
    """And its journal is empty then."""
    with undo.journal("r1") as journal:
        with put_back(scaled.info, plan(strike(SCALE, "readings")), journal):
            scale(scaled, "readings", 0)
        assert journal.entries == []
    assert replicas(scaled, "readings") == 3


def test_faults_of_ours_and_rollbacks_need_no_entry(cluster: Any) -> None:
    """Ours mend, or are in the journal by themselves; a rollback takes away what the method made."""
    with undo.journal("r1") as journal:
        with put_back(cluster.info, plan(strike(KILL)), journal):
            assert journal.entries == []
        with put_back(cluster.info, plan(strike(REMOVE, "x", "rollbacks[0]")), journal):
            assert journal.entries == []


def test_what_putting_back_needs_is_published() -> None:
    """Only for what an experiment changes."""
    assert rights(plan(strike(DENY)), "application") == {
        "networkpolicies.networking.k8s.io": "create delete get list patch"
    }
    assert rights(plan(strike(DENY)), "persistence") == {}
    assert rights(plan(strike(KILL)), "application") == {}
