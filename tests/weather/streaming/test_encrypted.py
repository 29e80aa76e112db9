"""Whoever has a token for Pulsar verifies it first, by what real Kustomize makes of the profile."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from stacks import ROOT, WEATHER

from slaharness.stack import manifests

PROFILE = ROOT / "weather" / "deploy" / "profiles" / "streaming"
PODS = ("Deployment", "StatefulSet", "Job")
#: By which settings a client is told where Pulsar is, and whose certificates to believe.
WHERE, WHOM = {"PULSAR", "WEATHER_PULSAR"}, {"PULSAR_AUTHORITY", "WEATHER_PULSAR_AUTHORITY"}

TOKENS = "pulsar-tokens"

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def objects() -> list[Any]:
    return list(manifests.render(PROFILE, WEATHER).objects)


def having(objects: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    """Each container that has a token, with its pod and its name."""
    for one in objects:
        if one["kind"] in PODS:
            pod = one["spec"]["template"]["spec"]
            for container in pod["containers"]:
                mounts = {each["name"] for each in container.get("volumeMounts", ())}
                if "tokens" in mounts and secrets(pod).get("tokens") == TOKENS:
                    yield container["name"], pod, container


def secrets(pod: Any) -> dict[str, str]:
    """Its volumes that are Secrets, by name."""
    return {one["name"]: one["secret"]["secretName"] for one in pod.get("volumes", ()) if "secret" in one}


def certificate(objects: list[Any]) -> Any:
    (found,) = [one for one in objects if one["kind"] == "Certificate"
                and one["spec"]["secretName"] == "pulsar-tls"]  # fmt: skip
    return found["spec"]


def told(container: Any, names: set[str]) -> str | None:
    found = [env["value"] for env in container.get("env", ()) if env["name"] in names]
    return found[0] if found else None


def authority(pod: Any, container: Any, file: Path) -> bool:
    """Whether it is there, and of its Secret nothing else but the same for Java."""
    (mount,) = [one for one in container["volumeMounts"] if one["mountPath"] == str(file.parent)]
    (volume,) = [one for one in pod["volumes"] if one["name"] == mount["name"]]
    there = {one["path"] for one in volume["secret"]["items"]}
    return file.name in there <= {file.name, "truststore.p12"}


def test_whoever_has_a_token_is_told_whom_to_tell_it(objects: list[Any]) -> None:
    """By a name that Pulsar's certificate has, over TLS, and with the file where it looks."""
    seen = set()
    for name, pod, container in having(objects):
        seen.add(name)
        if name == "pulsar":
            continue
        if (url := told(container, WHERE)) is None:
            assert name == "taskmanager"  # which its JobManager tells
            continue
        assert urlsplit(url).scheme in {"pulsar+ssl", "https"}, name
        assert urlsplit(url).hostname in certificate(objects)["dnsNames"], name
        assert authority(pod, container, Path(told(container, WHOM) or "")), name
    assert seen == {"pulsar", "topics", "readback", "lake", "jobmanager", "taskmanager", "api", "cdc"}


def test_a_taskmanager_finds_the_authority_where_its_jobmanager_says(objects: list[Any]) -> None:
    found = {name: (pod, container) for name, pod, container in having(objects)}
    file = told(found["jobmanager"][1], WHOM)
    assert authority(*found["taskmanager"], Path(file or ""))


def test_the_name_that_clients_come_back_to_is_in_the_certificate(objects: list[Any]) -> None:
    (broker,) = [container for name, _, container in having(objects) if name == "pulsar"]
    names = {*certificate(objects)["dnsNames"]}
    assert told(broker, {"ADDRESS"}) in names
    # Java's client asks for what it found by the pod's search domains, whatever it was told.
    assert {f"{name}.cluster.local" for name in names if name.endswith(".svc")} < names
    assert told(broker, {"CERTIFICATES"})


def test_the_plain_port_is_nowhere(objects: list[Any]) -> None:
    """Neither listened at nor spoken of, nor let through."""
    assert "6650" not in manifests.render(PROFILE, WEATHER).text().replace("_6650", "")
    (service,) = [one for one in objects if (one["kind"], one["metadata"]["name"]) == ("Service", "pulsar")]
    assert {one["port"] for one in service["spec"]["ports"]} == {6651, 8443, 8080}
