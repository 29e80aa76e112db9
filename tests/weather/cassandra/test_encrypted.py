"""Whom the component leaves unverified: nobody, by what real Kustomize makes of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stacks import ROOT, WEATHER
from weather.settings import Settings

from slaharness.stack import manifests

PROFILES = ROOT / "weather" / "deploy" / "profiles"
#: Of each profile that encrypts: who logs in to the database.
CLIENTS = {"cassandra", "schema", "readings", "conditions", "alerts"}
WHO = {"encrypted": CLIENTS, "streaming": CLIENTS | {"notify"}}
#: What is no certificate, and goes to whoever speaks to Pulsar.
TOKENS = "pulsar-tokens"
#: By which settings each kind of client is told whose certificates to believe.
TOLD = {"CQL_AUTHORITY", "WEATHER_DATABASE_AUTHORITY"}
PODS = ("Deployment", "StatefulSet", "Job")

pytestmark = pytest.mark.live


@pytest.fixture(params=WHO, scope="module")
def profile(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def objects(profile: str) -> list[Any]:
    """Of the profile."""
    return list(manifests.render(PROFILES / profile, WEATHER).objects)


def having(objects: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    """Each container that can log in, with its pod and its name."""
    for one in objects:
        if one["kind"] in PODS:
            pod = one["spec"]["template"]["spec"]
            for container in pod["containers"]:
                if any(_secret(env).startswith("cql-") for env in container.get("env", ())):
                    yield one["metadata"]["name"], pod, container


def _secret(env: Any) -> str:
    return str(env.get("valueFrom", {}).get("secretKeyRef", {}).get("name", ""))


def test_whoever_has_a_password_is_told_whom_to_tell_it(objects: list[Any], profile: str) -> None:
    """And finds the file where it looks: one that is told of none speaks plainly, to whoever listens."""
    seen = set()
    for name, pod, container in having(objects):
        (file,) = [Path(env["value"]) for env in container["env"] if env["name"] in TOLD]
        assert file.name == "ca.crt", name
        (mount,) = [one for one in container["volumeMounts"] if one["mountPath"] == str(file.parent)]
        (volume,) = [one for one in pod["volumes"] if one["name"] == mount["name"]]
        assert volume["secret"]["secretName"] in made(objects), name
        seen.add(name)
    assert seen == WHO[profile]


def made(objects: list[Any]) -> dict[str, Any]:
    """What cert-manager is told of each Secret."""
    return {one["spec"]["secretName"]: one["spec"] for one in objects if one["kind"] == "Certificate"}


def test_nobody_but_the_database_gets_to_a_key(objects: list[Any]) -> None:
    """Who only verifies has the authority's certificate and nothing besides."""
    for name, pod, _ in having(objects):
        secrets = [one["secret"] for one in pod["volumes"] if "secret" in one]
        keys = [one for one in secrets if {each["key"] for each in one.get("items", ())} != {"ca.crt"}]
        assert {one["secretName"] for one in keys} - {TOKENS} == (
            {"cassandra-tls", "ring-tls"} if name == "cassandra" else set()
        )


def test_every_client_asks_for_the_name_that_nodes_have(objects: list[Any]) -> None:
    (name,) = made(objects)["cassandra-tls"]["dnsNames"]
    told = {env["value"] for *_, one in having(objects) for env in one["env"] if env["name"] == "CQL_NAME"}
    assert told == {name} == {Settings().database_name}


@pytest.mark.parametrize("secret", ["cassandra-tls", "ring-tls"])
def test_what_the_nodes_show_is_as_cassandra_reads_it(objects: list[Any], secret: str) -> None:
    """A key in PKCS #8 and the chain, in the one file that its settings name: nothing is converted."""
    spec = made(objects)[secret]
    assert spec["privateKey"]["encoding"] == "PKCS8"
    assert spec["additionalOutputFormats"] == [{"type": "CombinedPEM"}]


def test_between_nodes_no_authority_counts_but_the_rings(objects: list[Any]) -> None:
    """Whoever else has a certificate of the stack's is no node."""
    issuers = {one["metadata"]["name"]: one for one in objects if one["kind"] == "Issuer"}
    assert made(objects)["ring-tls"]["issuerRef"] == {"name": "ring", "kind": "Issuer"}
    assert issuers["ring"]["spec"] == {"ca": {"secretName": "ring-authority"}}
    assert made(objects)["ring-authority"]["issuerRef"]["name"] == "ring-root"
