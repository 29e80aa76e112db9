"""Flink's two parts speak TLS with each other, by what Kustomize makes of the profile."""

from typing import Any

import pytest
from stacks import ROOT, WEATHER

from slaharness.stack import manifests

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def objects() -> list[Any]:
    folder = ROOT / "weather" / "deploy" / "profiles" / "streaming"
    return list(manifests.render(folder, WEATHER).objects)


def part(objects: list[Any], name: str) -> Any:
    (found,) = [one for one in objects
                if (one["kind"], one["metadata"]["name"]) == ("Deployment", name)]  # fmt: skip
    return found["spec"]["template"]["spec"]


@pytest.mark.parametrize("name", ["jobmanager", "taskmanager"])
def test_each_part_has_what_it_shows_where_it_looks_by_the_password_that_it_knows(objects, name):
    pod = part(objects, name)
    (container,) = pod["containers"]
    said = {env["name"]: env for env in container["env"]}
    (mount,) = [one for one in container["volumeMounts"] if one["mountPath"] == said["PARTS"]["value"]]
    (secret,) = [one["secret"] for one in pod["volumes"] if one["name"] == mount["name"]]
    assert {one["path"] for one in secret["items"]} == {"keystore.p12", "truststore.p12"}
    (certificate,) = [one["spec"] for one in objects if one["kind"] == "Certificate"
                      and one["spec"]["secretName"] == secret["secretName"]]  # fmt: skip
    stores = certificate["keystores"]["pkcs12"]
    assert stores["passwordSecretRef"] == said["PARTS_PASSWORD"]["valueFrom"]["secretKeyRef"]


def test_what_a_jobmanager_tells_whoever_asks_is_told_in_its_pod_alone(objects):
    """Its pages need no password."""
    (container,) = part(objects, "jobmanager")["containers"]
    assert "REST" not in {env["name"] for env in container["env"]}
    assert 8081 not in {one["containerPort"] for one in container["ports"]}
