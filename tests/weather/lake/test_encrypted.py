"""Whoever has an account of the object store verifies it first, by what Kustomize makes of the profile."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from stacks import ROOT, WEATHER

from slaharness.stack import manifests

PROFILE = ROOT / "weather" / "deploy" / "profiles" / "streaming"
PODS = ("Deployment", "StatefulSet", "Job", "CronJob")
#: What accounts are known by, and by which settings a client is told where the store is.
ACCOUNT = {"AWS_SECRET_ACCESS_KEY", "ADMIN_SECRET_KEY"}
WHERE = ("STORE", "ADMIN_ENDPOINT_URL")

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def objects() -> list[Any]:
    return list(manifests.render(PROFILE, WEATHER).objects)


@pytest.fixture(scope="module")
def clients(objects: list[Any]) -> dict[str, tuple[Any, Any, dict[str, str]]]:
    """Each container that has an account: its pod, itself, and its settings in their order."""
    found = {}
    for one in (each for each in objects if each["kind"] in PODS):
        pod = one["spec"]["template"]["spec"]
        for container in pod["containers"]:
            said = {env["name"]: env.get("value", "") for env in container.get("env", ())}
            if ACCOUNT & said.keys():
                found[container["name"]] = (pod, container, said)
    return found


def named(objects: list[Any], kind: str, space: str, name: str) -> Any:
    (found,) = [one for one in objects if one["kind"] == kind
                and (one["metadata"].get("namespace"), one["metadata"]["name"]) == (space, name)]  # fmt: skip
    return found["spec"]


def files(pod: Any, container: Any) -> dict[str, str]:
    """Those of Secrets that are mounted one by one, with the Secret of each."""
    volumes = {one["name"]: one["secret"] for one in pod["volumes"] if "secret" in one}
    return {
        f"{mount['mountPath']}/{item['path']}": volumes[mount["name"]]["secretName"]
        for mount in container["volumeMounts"] if mount["name"] in volumes
        for item in volumes[mount["name"]]["items"]
    }  # fmt: skip


def test_whoever_has_an_account_goes_by_https_to_a_name_that_the_store_is_certified_for(objects, clients):
    names = named(objects, "Certificate", "objectstore", "objectstore")["dnsNames"]
    for name, (_, _, said) in clients.items():
        (url,) = [said[one] for one in WHERE if one in said]
        assert (urlsplit(url).scheme, urlsplit(url).hostname) == ("https", names[0]), name
    assert clients.keys() == {"accounts", "lake", "readback", "jobmanager", "taskmanager"}


@pytest.mark.parametrize("name", ["accounts", "lake", "readback"])
def test_programs_believe_the_authority_that_is_mounted_and_no_other(clients, name):
    """The machine's own ones stand in a folder that is not looked at."""
    pod, container, said = clients[name]
    assert said["SSL_CERT_FILE"] in files(pod, container)
    assert Path(said["SSL_CERT_FILE"]).parent == Path(said["SSL_CERT_DIR"])


@pytest.mark.parametrize("name", ["jobmanager", "taskmanager"])
def test_java_has_it_from_a_file_that_the_certificate_brings(objects, clients, name):
    """With the password that cert-manager is given for it, in a setting before that which speaks of it."""
    pod, container, said = clients[name]
    options = dict(one.removeprefix("-D").split("=") for one in said["JDK_JAVA_OPTIONS"].split())
    secret, names = files(pod, container)[options["javax.net.ssl.trustStore"]], list(said)
    assert options["javax.net.ssl.trustStorePassword"] == "$(JAVA_STORES)"
    assert names.index("JAVA_STORES") < names.index("JDK_JAVA_OPTIONS")
    (password,) = [
        one["valueFrom"]["secretKeyRef"] for one in container["env"] if one["name"] == "JAVA_STORES"
    ]
    (certificate,) = [one["spec"] for one in objects if one["kind"] == "Certificate"
                      and one["spec"]["secretName"] == secret]  # fmt: skip
    assert certificate["keystores"]["pkcs12"]["passwordSecretRef"] == password
    secrets = {one["metadata"]["name"] for one in objects if one["kind"] == "Secret"}
    assert password["name"] in secrets  # by that very name: Kustomize cannot know it is one


def test_the_store_shows_what_it_is_certified_with_and_speaks_nothing_else(objects):
    """Also to the kubelet, which does not look whose certificate it is."""
    pod = named(objects, "StatefulSet", "objectstore", "objectstore")["template"]["spec"]
    (container,) = pod["containers"]
    program, *shown = container["command"]
    (mount,) = [one for one in container["volumeMounts"] if one["mountPath"] == str(Path(shown[0]).parent)]
    (volume,) = [one for one in pod["volumes"] if one["name"] == mount["name"]]
    certificate = named(objects, "Certificate", "objectstore", "objectstore")
    assert volume["secret"]["secretName"] == certificate["secretName"]
    assert [Path(one).name for one in shown] == ["tls.crt", "tls.key"]
    assert Path(program).name == "serve"
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["scheme"] == "HTTPS"
