"""Ready means that it works, and what is not ready is named."""

import pytest
from stacks import stack

from slaharness.errors import StackTrouble
from slaharness.host.progress import Step
from slaharness.stack import ready
from slaharness.stack.manifests import Manifests

NAMESPACE = {"kind": "Namespace", "metadata": {"name": "application"}}


def workload(name="readings", kind="Deployment", replicas=2):
    return {
        "kind": kind,
        "metadata": {"name": name, "namespace": "application"},
        "spec": {"replicas": replicas, "template": {"spec": {"containers": []}}},
    }


MANIFESTS = Manifests((NAMESPACE, workload()))


@pytest.fixture
def rollout(thing):
    """Make a Deployment of two in the given state."""

    def make(*, observed=3, updated=2, ready=2, total=2):
        return thing(
            {
                "metadata": {"name": "readings", "generation": 3},
                "spec": {"replicas": 2},
                "status": {
                    "observed_generation": observed,
                    "updated_replicas": updated,
                    "ready_replicas": ready,
                    "replicas": total,
                },
            }
        )

    return make


@pytest.mark.parametrize(
    ("state", "missing"),
    [
        ({}, []),
        ({"ready": 1}, ["readings 1/2"]),
        ({"updated": 1}, ["readings 1/2"]),
        ({"total": 3}, ["readings 2/2"]),
        ({"observed": 2}, ["readings 0/2"]),
    ],
)
def test_rollout_is_over_when_only_new_pods_are_there_and_ready(holding, rollout, state, missing):
    """Old pods that still serve are no sign that the new ones do."""
    api = holding(read_namespaced_deployment=rollout(**state))
    assert ready.rollouts(api, MANIFESTS) == missing


def test_a_stack_serves_only_with_its_databases(holding, thing, rollout):
    """Pods whose StatefulSet was just deleted answer to the last; that is no stack to keep."""
    space = [thing({"metadata": {"name": "application"}})]
    kept = thing({"metadata": {"name": "readings", "namespace": "application"}})
    api = holding(
        list_namespace=space,
        list_namespaced_stateful_set=[kept],
        read_namespaced_stateful_set=rollout(),
    )
    wished = {"name": "readings", "namespace": "application", "labels": {"app": "readings"}}
    as_kept = {"metadata": {**wished, "uid": "u", "resourceVersion": "7"}, "spec": {"replicas": 2}}
    api.client.sanitize_for_serialization = lambda found: as_kept if found is kept else None
    there = ready.databases(api, ["application", "gone"])
    asked = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": wished, "spec": {"replicas": 2}}
    assert there == [asked], "enough to make it again, and nothing that the API server would refuse"
    assert ready.serves(api, there, stack()) == []
    assert ready.serves(holding(), there, stack()) == ["readings to exist"]


def test_workload_not_made_yet_is_waited_for(holding):
    """What was just applied may not be there at once."""
    assert ready.rollouts(holding(), MANIFESTS) == ["readings to exist"]


def test_failed_job_ends_the_wait(holding, thing, monkeypatch):
    """Nothing comes of waiting for a Job that has given up."""
    conditions = [{"type": "Failed", "status": "True"}]
    failed = thing(
        {"metadata": {"name": "schema", "namespace": "persistence"}, "status": {"conditions": conditions}}
    )
    monkeypatch.setattr(ready, "BatchV1Api", lambda _: holding(read_namespaced_job=failed))
    with pytest.raises(StackTrouble, match="persistence/schema failed"):
        ready.rollouts(holding(), Manifests((workload("schema", "Job"),)))


@pytest.mark.parametrize(
    ("found", "missing"),
    [
        ({"forecast": "True"}, []),
        ({"forecast": "False"}, ["the autoscaler of application/forecast"]),
        ({}, ["the autoscaler of application/forecast"]),
        ({"another": "True"}, ["the autoscaler of application/forecast"]),
    ],
    ids=["ready", "cannot ask", "not made", "another's"],
)
def test_autoscaler_must_be_able_to_ask_what_it_scales_by(monkeypatch, found, missing):
    """One that could not when it was made tries again minutes later, and nobody would wake meanwhile."""
    objects = [
        {"metadata": {"namespace": "application", "name": name},
         "status": {"conditions": [{"type": "Ready", "status": status}]}}
        for name, status in found.items()
    ]  # fmt: skip
    monkeypatch.setattr(ready, "labelled", lambda *_: objects)
    scaler = {"kind": "ScaledObject", "metadata": {"namespace": "application", "name": "forecast"}}
    assert ready.scalers(None, Manifests((scaler,)), "echo") == missing
    assert ready.scalers(None, MANIFESTS, "echo") == []


def test_stack_that_does_not_become_ready_says_which_pod_and_why(holding, rollout, pod):
    """State and last log lines of the pod at fault are in the error."""
    ill = pod("readings-1", ready=False, state={"running": {}})
    well = pod("readings-2", ready=True, state={"running": {}})
    api = holding(read_namespaced_deployment=rollout(ready=1), list_namespaced_pod=[ill, well])
    with pytest.raises(StackTrouble) as caught:
        ready.until_ready(api, MANIFESTS, stack(), Step("Stack"), within=0)
    told = str(caught.value)
    assert "still waiting for readings 1/2" in told
    assert "application/readings-1: Running, main runs but is not ready (restarts: 2)" in told
    assert "main: line two" in told
    assert "readings-2" not in told


def test_image_that_cannot_be_had_ends_the_wait_at_once(holding, rollout, pod):
    """Waiting does not bring an image that no node has."""
    waiting = {"waiting": {"reason": "ErrImageNeverPull", "message": "not present"}}
    lost = pod("readings-1", ready=False, state=waiting, phase="Pending")
    api = holding(read_namespaced_deployment=rollout(ready=1), list_namespaced_pod=[lost])
    with pytest.raises(StackTrouble, match=r"cannot become ready.*\n.*ErrImageNeverPull not present"):
        ready.until_ready(api, MANIFESTS, stack(), Step("Stack"), within=60)
