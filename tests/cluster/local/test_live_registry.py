"""Nodes pull from a real registry what the harness pushed there, by its digest."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import registries

from slaharness.cluster.local.prepare import prepare
from slaharness.cluster.local.provider import Local
from slaharness.cluster.local.status import saved_plan
from slaharness.cluster.provider import ClusterInfo
from slaharness.host import wait
from slaharness.image import build
from slaharness.stack import images

pytestmark = [pytest.mark.live, pytest.mark.nightly]

NAME = "pulls"


@pytest.fixture(scope="module")
def cluster() -> Iterator[ClusterInfo]:
    """A cluster of one worker."""
    prepare(yes=True)
    try:
        yield Local(NAME, nodes=1).up()
    finally:
        Local(NAME).down()


@pytest.fixture
def registry(tmp_path: Path, cluster: ClusterInfo) -> Iterator[str]:
    """A registry that its nodes reach."""
    with registries.served(saved_plan(NAME).layout.host, tmp_path) as address:
        yield address


def test_a_pod_runs_what_its_node_pulled_by_digest(
    cluster: ClusterInfo, registry: str, tmp_path: Path
) -> None:
    """No node was given the image; what it runs is the very content that was pushed."""
    folder = tmp_path / "sleeper"
    folder.mkdir()
    (folder / "Containerfile").write_text(
        'FROM scratch\nCOPY busybox /busybox\nCMD ["/busybox", "sleep", "600"]\n'
    )
    image = build("sleeper", folder, extra={"busybox": Path(shutil.which("busybox") or "")})
    (pushed,) = images.deliver(cluster, Local(NAME), [image], registry)
    digest = pushed.reference.partition("@")[2]
    assert pushed.reference == f"{registry.removeprefix('http://')}/sleeper@{digest}"
    api = cluster.api()
    api.apply([_pod(pushed.reference)])

    def runs() -> bool:
        found = api.core.read_namespaced_pod("sleeper", "default").status
        return found.phase == "Running" and digest in found.container_statuses[0].image_id

    wait.until(runs, within=60, what="the pod runs the digest that was pushed")


def _pod(image: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "sleeper", "namespace": "default"},
        "spec": {"containers": [{"name": "sleeper", "image": image}], "terminationGracePeriodSeconds": 0},
    }
