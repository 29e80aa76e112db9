"""The kill itself: it takes what was asked, whole, where it is allowed, and tells the truth about it."""

import time
from typing import Any

import pytest
from chaoslib.exceptions import ActivityFailed
from kubernetes.client.exceptions import ApiException
from pydantic import ValidationError

from slaharness.errors import NotAllowed
from slaharness.faults.pods.evict_pods import evict_pods
from slaharness.faults.pods.kill_pods import kill_pods


@pytest.fixture(autouse=True)
def kubeconfig(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the action at the cluster the way a shell does."""
    monkeypatch.setenv("KUBECONFIG", str(cluster.info.kubeconfig))
    monkeypatch.setattr(
        "kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(cluster.info.kubeconfig)
    )


def kill(**arguments: Any) -> dict[str, Any]:
    return kill_pods(**{"namespace": "persistence", "selector": "app=cassandra", "within": 1.0, **arguments})


def evict(**arguments: Any) -> dict[str, Any]:
    return evict_pods(**{"namespace": "persistence", "selector": "app=cassandra", "within": 1.0, **arguments})


def test_one_pod_is_killed_and_named(cluster: Any) -> None:
    """The answer says which pod on which node died, and the moment just before it was struck."""
    before = time.time()
    done = kill(count=1)
    assert before <= done["injected"] <= done["ended"] <= time.time()
    assert [(pod["name"], pod["node"]) for pod in done["matched"]] == [("cassandra-0", "n1")]
    assert done["died"] == ["cassandra-0"]
    assert done["problems"] == []
    assert cluster.names("pods") == ["cassandra-1", "cassandra-2"]


def test_all_means_every_pod(cluster: Any) -> None:
    """``count: all`` leaves none, as the loss of a whole StatefulSet must."""
    assert kill(count="all")["died"] == ["cassandra-0", "cassandra-1", "cassandra-2"]
    assert cluster.names("pods") == []


@pytest.mark.parametrize("count", [1, "all"])
def test_a_selector_that_matches_nothing_fails(cluster: Any, count: Any) -> None:
    """Killing nobody is a failure, not a success with an empty list."""
    with pytest.raises(ActivityFailed, match=r"asked to kill .* of 'app=ghost' in persistence, found 0"):
        kill(selector="app=ghost", count=count)


def test_fewer_than_asked_kills_none(cluster: Any) -> None:
    """A fault that cannot be whole is not begun."""
    with pytest.raises(ActivityFailed, match="found 3 running of 3: nothing was killed"):
        kill(count=4)
    assert len(cluster.names("pods")) == 3


def test_all_with_one_not_running_kills_none(cluster: Any) -> None:
    """Every pod at once is not what happens when one of them was down already."""
    cluster.pod("persistence", "cassandra-2", running=False, app="cassandra")
    with pytest.raises(ActivityFailed, match="found 2 running of 3: nothing was killed"):
        kill(count="all")
    assert len(cluster.names("pods")) == 3


@pytest.mark.parametrize("namespace", ["load", "nowhere"])
def test_other_namespaces_are_refused(cluster: Any, namespace: str) -> None:
    """Without the label, or without the namespace, nothing is touched, also when run by hand."""
    cluster.pod("load", "locust", app="cassandra")
    with pytest.raises(NotAllowed, match=f"namespace {namespace} (is not labelled|does not exist)"):
        kill(namespace=namespace)
    assert "locust" in cluster.names("pods")


def test_a_pod_that_stays_is_reported(cluster: Any) -> None:
    """A delete that the API took and nobody carried out is not a kill."""
    cluster.undying = True
    done = kill()
    assert done["died"] == []
    assert done["problems"] == ["cassandra-0 was not seen to die within 1 s"]


def test_an_object_gone_without_the_node_acting_is_reported(cluster: Any) -> None:
    """With grace 0 the object goes at once; only the kubelet's word says that the containers stop."""
    cluster.mute_kubelet = True
    assert kill()["problems"] == ["cassandra-0 was not seen to die within 1 s"]


def test_with_a_grace_period_the_objects_end_is_word_enough(cluster: Any) -> None:
    """The API keeps the object until the kubelet has seen the containers end."""
    cluster.mute_kubelet = True
    assert kill(grace_period=1)["died"] == ["cassandra-0"]


def test_a_refused_delete_fails(cluster: Any) -> None:
    """An account that may not delete makes a failed action, with the API's reason."""
    cluster.forbidden.add(("DELETE", "pods"))
    with pytest.raises(ActivityFailed, match="cassandra-0 was not killed: 403"):
        kill()


def test_a_disruption_budget_keeps_pods(cluster: Any) -> None:
    """Of three asked to leave one goes; those that were kept are named, and are no trouble."""
    cluster.spare = 1
    done = evict(count="all")
    assert len(done["died"]) == len(done["matched"]) == 1
    assert sorted([*done["died"], *done["refused"]]) == ["cassandra-0", "cassandra-1", "cassandra-2"]
    assert done["problems"] == []
    assert len(cluster.names("pods")) == 2


def test_without_a_budget_all_leave(cluster: Any) -> None:
    """Nothing keeps them, so all are gone at once."""
    assert evict(count="all")["refused"] == []
    assert cluster.names("pods") == []


def test_an_eviction_that_moves_nobody_fails(cluster: Any) -> None:
    """A budget that spares no pod at all, and an account that may not ask: nothing happened, with reasons."""
    cluster.spare = 0
    with pytest.raises(ActivityFailed, match="cassandra-0 was kept by its disruption budget"):
        evict()
    cluster.forbidden.add(("POST", "pods"))
    with pytest.raises(ActivityFailed, match="cassandra-0 was not evicted: 403"):
        evict()


def test_an_evicted_pod_that_stays_is_reported(cluster: Any) -> None:
    """The API agreed and the pod is still there after the limit."""
    cluster.undying = True
    assert evict()["problems"] == ["cassandra-0 was not seen to die within 1 s"]


def test_an_older_word_of_the_kubelet_is_no_proof(cluster: Any) -> None:
    """A container that was restarted earlier has such an event already; this kill needs its own."""
    cluster.deleted(cluster.objects["pods", "persistence", "cassandra-0"])
    cluster.mute_kubelet = True
    assert kill()["died"] == []


def test_events_that_may_not_be_read_kill_none(cluster: Any) -> None:
    """An account that could not see a kill through does not begin it."""
    cluster.forbidden.add(("GET", "events"))
    with pytest.raises(ApiException, match="403"):
        kill()
    assert len(cluster.names("pods")) == 3


@pytest.mark.parametrize("wrong", [{"count": 0}, {"count": "most"}, {"selector": ""}, {"grace_period": -1}])
def test_senseless_arguments_kill_none(cluster: Any, wrong: dict[str, Any]) -> None:
    """An empty selector would mean every pod; it and its like are refused, also when run by hand."""
    with pytest.raises(ValidationError):
        kill(**wrong)
    assert len(cluster.names("pods")) == 3


def test_no_kubeconfig_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without KUBECONFIG nothing on localhost is taken for the cluster."""
    monkeypatch.setenv("KUBECONFIG", "/nowhere/config")
    with pytest.raises(ActivityFailed, match="no kubeconfig at /nowhere/config"):
        kill()
