"""The same on real Kubernetes: what an API alone cannot show (authorisation, kubelets, certificates)."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import yaml
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from slaharness.chaos import guard, toolkit
from slaharness.cluster.local.provider import Local
from slaharness.cluster.provider import ClusterInfo
from slaharness.host.wait import until
from slaharness.undo import journal as undo
from slaharness.undo.heal import heal

pytestmark = pytest.mark.live

SELECTOR = "app=cassandra"
HARNESS = """
import sys
from pathlib import Path
from slaharness.chaos import guard, toolkit
from slaharness.undo import journal as undo
from slaharness.cluster.provider import ClusterInfo
file, kubeconfig, folder = map(Path, sys.argv[1:4])
cluster = ClusterInfo("local", "chaos", kubeconfig, sys.argv[4], "", (), frozenset())
plan = toolkit.check(file)
with undo.journal("killed") as journal:
    with guard.access(cluster, plan, journal) as access:
        with toolkit.standby(access, folder / "journal.json", "r1", plan) as chaos:
            chaos.run(within=200)
"""


@pytest.fixture(scope="module")
def live() -> Iterator[ClusterInfo]:
    """A cluster with a StatefulSet of three where faults are allowed, and a namespace where not."""
    local = Local("chaos", 2)
    info = local.up()
    api = info.api()
    api.apply(objects(_image(api)))
    _ready(api)
    yield info
    local.down()


def objects(image: str) -> list[dict[str, Any]]:
    allowed = {"slaharness.dev/faults": "allowed"}
    labels = {"app": "cassandra"}
    container = {"name": "main", "image": image, "imagePullPolicy": "Never", "command": ["sleep", "100000"]}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": 3, "podManagementPolicy": "Parallel", "serviceName": "cassandra", "template": pod}
    place = {"namespace": "persistence", "name": "cassandra"}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "persistence", "labels": allowed}},
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "load"}},
        {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": place,
            "spec": {**spec, "selector": {"matchLabels": labels}},
        },
    ]


def _image(api: Any) -> str:
    """Return the image with a shell that every node has for its provisioner."""
    pod = api.core.read_namespaced_config_map("local-path-config", "local-path-storage").data[
        "helperPod.yaml"
    ]
    return str(yaml.safe_load(pod)["spec"]["containers"][0]["image"])


def _uids(api: Any) -> dict[str, str]:
    pods = api.core.list_namespaced_pod("persistence", label_selector=SELECTOR).items
    return {pod.metadata.name: pod.metadata.uid for pod in pods}


def _ready(api: Any) -> None:
    def ready() -> bool:
        found = api.apps.read_namespaced_stateful_set("cassandra", "persistence").status
        return found.ready_replicas == 3

    until(ready, within=90, what="three pods are Ready")


def _ours(api: Any) -> list[str]:
    """Name what chaos may leave in a cluster."""
    held = [
        *api.core.list_service_account_for_all_namespaces().items,
        *api.rbac.list_role_for_all_namespaces().items,
        *api.rbac.list_role_binding_for_all_namespaces().items,
        *api.core.list_config_map_for_all_namespaces().items,
    ]
    return [one.metadata.name for one in held if one.metadata.name.startswith("slaharness-")]


def test_every_pod_dies_under_the_least_account(
    live: ClusterInfo, state: Path, experiment: Callable[..., Path], activity: SimpleNamespace, tmp_path: Path
) -> None:
    """All three are killed at once, the kubelets' word is heard, new ones come, and nothing of ours stays."""
    api = live.api()
    before = _uids(api)
    plan = toolkit.check(experiment(method=[activity.kill(count="all", within=30)]))
    assert toolkit.check_targets(plan, api) == []
    with (
        undo.journal("r") as journal,
        guard.access(live, plan, journal) as access,
        toolkit.standby(access, tmp_path / "journal.json", "r1", plan) as chaos,
    ):
        told = chaos.run(within=60)
    assert told.problems == ()
    assert [one.partition("/")[2] for one in told.died] == sorted(before)
    assert told.ended - told.started < 30
    _ready(api)
    assert not set(before.values()) & set(_uids(api).values())
    assert _ours(api) == []


def test_the_account_can_do_nothing_else(
    live: ClusterInfo, state: Path, experiment: Callable[..., Path]
) -> None:
    """Deleting a pod elsewhere, reading secrets, running commands: forbidden by the API server itself."""
    with undo.journal("r") as journal, guard.access(live, toolkit.check(experiment()), journal) as access:
        core = client.CoreV1Api(config.new_client_from_config(str(access)))
        assert len(core.list_namespaced_pod("persistence").items) == 3
        provisioner = live.api().core.list_namespaced_pod("kube-system").items[0].metadata.name
        for attempt in (
            lambda: core.delete_namespaced_pod(provisioner, "kube-system"),
            lambda: core.list_namespaced_pod("load"),
            lambda: core.list_namespaced_secret("persistence"),
            lambda: core.connect_get_namespaced_pod_exec("cassandra-0", "persistence", command=["true"]),
            core.list_node,
        ):
            with pytest.raises(ApiException) as caught:
                attempt()
            assert caught.value.status == 403


def test_a_token_outlives_nothing(live: ClusterInfo, state: Path, experiment: Callable[..., Path]) -> None:
    """Once the access is given back, a copy of its kubeconfig opens nothing."""
    with undo.journal("r") as journal, guard.access(live, toolkit.check(experiment()), journal) as access:
        core = client.CoreV1Api(config.new_client_from_config(str(access)))

    def refused() -> bool:
        try:
            core.list_namespaced_pod("persistence")
        except ApiException as error:
            return error.status in {401, 403}
        return False

    until(refused, within=15, what="the token is refused")


def test_the_servers_certificate_is_verified(
    live: ClusterInfo, state: Path, experiment: Callable[..., Path], tmp_path: Path
) -> None:
    """A kubeconfig with another authority gets no pod killed, though chaosk8s has a switch that is off."""
    saved = yaml.safe_load(live.kubeconfig.read_text())
    saved["clusters"][0]["cluster"].pop("certificate-authority-data", None)
    saved["clusters"][0]["cluster"].pop("certificate-authority", None)
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(saved))
    before = _uids(live.api())
    plan = toolkit.check(experiment())
    with toolkit.standby(tmp_path / "kubeconfig", tmp_path / "journal.json", "r1", plan) as chaos:
        told = chaos.run(within=60)
    assert "CERTIFICATE_VERIFY_FAILED" in " ".join(told.problems)
    assert _uids(live.api()) == before


def test_a_killed_harness_is_healed_after(
    live: ClusterInfo,
    state: Path,
    experiment: Callable[..., Path],
    activity: SimpleNamespace,
    tmp_path: Path,
) -> None:
    """SIGKILL in the middle of a fault: the experiment ends by itself, and one ``heal`` removes the rest."""
    api = live.api()
    _ready(api)
    before = _uids(api)
    file = experiment(method=[activity.kill(within=30), activity.hang()])
    words = [sys.executable, "-c", HARNESS, file, live.kubeconfig, tmp_path, live.context]
    with subprocess.Popen(words, env={**os.environ, "SLAHARNESS_STATE": str(state)}) as process:
        killed = lambda: before["cassandra-0"] not in _uids(api).values()  # noqa: E731
        until(killed, within=60, what="the experiment has killed its pod")
        (child,) = psutil.Process(process.pid).children()
        process.kill()
    until(lambda: not child.is_running(), within=30, what="the experiment has ended")
    assert len(_ours(api)) == 3  # the account, its role, and what binds them
    healed = heal({})
    assert [(one.what, one.problem) for one in healed] == [("ServiceAccount of the fault", "")]
    assert _ours(api) == []
    assert heal({}) == []
