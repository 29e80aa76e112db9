"""The whole stack by way of a registry: pushed once, pulled by every node, named by digest everywhere."""

import re
from pathlib import Path

import pytest
import registries
from stacks import WEATHER

from slaharness.cluster.local.status import saved_plan

pytestmark = [pytest.mark.live, pytest.mark.nightly]

NAME, SCENARIO = "live", "kill-one-api-pod"


def test_the_whole_stack_and_its_load_are_pulled_and_keep_their_promises(bare, kubernetes, tmp_path: Path):
    """Nodes have these references by pulling alone; verdicts are those of images that were put into them."""
    with registries.served(saved_plan(NAME).layout.host, tmp_path) as registry:
        try:
            deployed = bare("deploy", "--name", NAME, "--registry", registry, "--replace-stack")
            assert deployed.code == 0, deployed.err
            assert not_by_digest(kubernetes.api(), registry) == set()
            bare.proves(SCENARIO, "--registry", registry)
            assert not_by_digest(kubernetes.api(), registry) == set()
            assert (tmp_path / "data/docker/registry/v2/repositories/team/locust").is_dir()
        finally:
            bare("undeploy", "--name", NAME)


def not_by_digest(api, registry: str) -> set[str]:
    """Images of the stack's pods that are not named by their digest in the registry."""
    pods = [pod for space in WEATHER.namespaces for pod in api.core.list_namespaced_pod(space).items]
    assert len(pods) > 5
    images = {one.image for pod in pods for one in (*(pod.spec.init_containers or ()), *pod.spec.containers)}
    named = re.compile(rf"{re.escape(registry.removeprefix('http://'))}/[a-z0-9-]+@sha256:[0-9a-f]{{64}}")
    return {image for image in images if not named.fullmatch(image)}
