"""Nodes pull from a real registry what the harness pushed there, by its digest."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import yaml

from slaharness.cluster.local.prepare import prepare
from slaharness.cluster.local.provider import Local
from slaharness.cluster.local.status import saved_plan
from slaharness.cluster.provider import ClusterInfo
from slaharness.host import command, wait
from slaharness.image import build
from slaharness.stack import images

pytestmark = [pytest.mark.live, pytest.mark.nightly]

NAME, PORT = "pulls", 5000


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
    """Debian's registry, on the host's own address in the cluster's network."""
    address = f"{saved_plan(NAME).layout.host}:{PORT}"
    settings = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": str(tmp_path / "data")}},
        "http": {"addr": address},
        "log": {"level": "warn", "accesslog": {"disabled": True}},
    }
    (tmp_path / "config.yml").write_text(yaml.safe_dump(settings))
    with subprocess.Popen([_program(tmp_path), "serve", tmp_path / "config.yml"]) as program:
        try:
            wait.until(lambda: _answers(address), within=20, what="the registry answers")
            yield f"http://{address}/team"
        finally:
            program.send_signal(signal.SIGTERM)


def _program(folder: Path) -> Path:
    if found := shutil.which("docker-registry"):
        return Path(found)
    command.run(
        ["sh", "-c", "apt-get -q download docker-registry && dpkg -x docker-registry_*.deb ."],
        purpose="fetching Debian's docker-registry", within=120, cwd=folder,
    )  # fmt: skip
    return folder / "usr/bin/docker-registry"


def _answers(address: str) -> bool:
    session = requests.Session()
    session.trust_env = False
    try:
        return session.get(f"http://{address}/v2/", timeout=2).ok
    except requests.ConnectionError:
        return False


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
