"""One container's crash: proved by its restart, refused where it could not be whole."""

import copy
from typing import Any

import pytest
from chaoslib.exceptions import ActivityFailed
from kubernetes.client.exceptions import ApiException
from pydantic import ValidationError

from slaharness.errors import NotAllowed
from slaharness.faults.pods import kill_container as module
from slaharness.faults.pods.kill_container import kill_container


@pytest.fixture(autouse=True)
def kubeconfig(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the action at the cluster the way a shell does."""
    monkeypatch.setenv("KUBECONFIG", str(cluster.info.kubeconfig))
    monkeypatch.setattr(
        "kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(cluster.info.kubeconfig)
    )


@pytest.fixture
def kubelet(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Runs what is executed in a container: it ends, and is started anew. Notes who was struck with what."""
    does: dict[str, Any] = {"struck": [], "restarts": 1, "raises": None}

    def execute(_method: Any, name: str, namespace: str, **words: Any) -> None:
        does["struck"].append((name, words["container"], words["command"]))
        pod = copy.deepcopy(cluster.objects["pods", namespace, name])
        pod["status"]["containerStatuses"][0]["restartCount"] += does["restarts"]
        cluster.objects["pods", namespace, name] = pod
        if does["raises"]:
            raise does["raises"]

    monkeypatch.setattr(module, "stream", execute)
    return does


def kill(**arguments: Any) -> dict[str, Any]:
    given = {"namespace": "persistence", "selector": "app=cassandra", "container": "main", "within": 1.0}
    return kill_container(**{**given, **arguments})


def test_one_container_crashes_and_its_pod_stays(cluster: Any, kubelet: dict[str, Any]) -> None:
    """SIGKILL, in the container that was asked for and no other; the restart is the proof."""
    done = kill()
    assert kubelet["struck"] == [("cassandra-0", "main", ["sh", "-c", "kill -9 -1"])]
    assert done["died"] == ["cassandra-0"]
    assert done["problems"] == []
    assert len(cluster.names("pods")) == 3


def test_all_means_that_container_of_every_pod(kubelet: dict[str, Any]) -> None:
    """At the same moment, as a bad release would take them."""
    assert kill(count="all")["died"] == ["cassandra-0", "cassandra-1", "cassandra-2"]


def test_a_container_that_runs_on_is_reported(kubelet: dict[str, Any]) -> None:
    """The kernel shields the first process of a container: nothing was tested, and it is said why."""
    kubelet["restarts"] = 0
    done = kill()
    assert done["died"] == []
    assert "cassandra-0 was not seen to die within 1 s: is its first process" in done["problems"][0]


def test_a_connection_that_dies_with_the_container_is_no_trouble(kubelet: dict[str, Any]) -> None:
    """What was struck may take the answer with it."""
    kubelet["raises"] = ApiException(status=0, reason="Connection to remote host was lost.")
    assert kill()["died"] == ["cassandra-0"]


def test_a_strike_that_the_api_refuses_fails(kubelet: dict[str, Any]) -> None:
    """An account that may not execute makes a failed action, with the API's reason."""
    kubelet["raises"] = ApiException(status=0, reason="Handshake status 403 Forbidden")
    with pytest.raises(ActivityFailed, match="cassandra-0 was not struck: Handshake status 403"):
        kill()


def test_a_container_that_is_not_there_kills_nothing(kubelet: dict[str, Any]) -> None:
    """A slip in its name is found before anything is struck."""
    with pytest.raises(ActivityFailed, match="cassandra-0 has no container 'sidecar': nothing was killed"):
        kill(container="sidecar")
    assert kubelet["struck"] == []


def test_other_namespaces_are_refused(cluster: Any, kubelet: dict[str, Any]) -> None:
    """Without the label nothing is touched, also when run by hand."""
    cluster.pod("load", "locust", app="cassandra")
    with pytest.raises(NotAllowed):
        kill(namespace="load")
    assert kubelet["struck"] == []


@pytest.mark.parametrize("wrong", [{"container": ""}, {"count": 0}, {"selector": ""}, {"within": "soon"}])
def test_arguments_that_cannot_be_are_refused(kubelet: dict[str, Any], wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        kill(**wrong)
