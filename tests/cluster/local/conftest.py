"""A real cluster for the live tests of this folder, and what the host looked like before it."""

import subprocess
from pathlib import Path
from string import Template

import pytest
import yaml

from slaharness.cluster.local import toolchain
from slaharness.cluster.local.parts import gather
from slaharness.cluster.local.provider import Local
from slaharness.host.command import run
from slaharness.host.wait import until

NAME = "livetest"


@pytest.fixture(scope="package")
def local():
    """The cluster, made once and gone afterwards."""
    cluster = Local(NAME, 2)
    cluster.down()
    cluster.up()
    yield cluster
    cluster.down()


@pytest.fixture(scope="package")
def api(local):
    return local.find().api()


@pytest.fixture(scope="package")
def kubectl(local):
    """Runs kubectl as the administrator; returns what it prints."""
    program = toolchain.ensure()["kubectl"]

    def call(*words, within=60):
        return run(
            [program, "--kubeconfig", local.find().kubeconfig, *words],
            purpose=f"kubectl {words[0]}",
            within=within,
        )

    return call


@pytest.fixture(scope="package")
def web(api, local):
    """Three pods that serve their names from volumes of their own; returns how to reach each: name → pod."""
    image = gather().images["busybox"].reference
    text = Path(__file__).with_name("workload.yaml").read_text()
    api.apply(list(yaml.safe_load_all(Template(text).substitute(image=image))))
    return until(lambda: ready_pods(api), within=120, what="three pods are ready")


def ready_pods(api):
    """The three pods by name, once all of them are ready."""
    pods = api.core.list_namespaced_pod("default", label_selector="app=web").items
    ready = {
        pod.metadata.name: pod
        for pod in pods
        if any(c.type == "Ready" and c.status == "True" for c in pod.status.conditions or [])
    }
    return ready if len(ready) == 3 else None


def host_picture():
    """What the host says of everything that a cluster could leave something in, by lines."""
    return {
        *_output("ip", "route", "show", "table", "all"),
        *_output("ip", "-o", "link"),
        *_output("ip", "netns"),
        *_output("iptables-save"),
        *Path("/proc/self/mounts").read_text().splitlines(),
    }


def _output(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=30)
    return done.stdout.splitlines()
