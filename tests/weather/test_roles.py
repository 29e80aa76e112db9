"""Every profile brings each client of the database its role: the same password on both sides, and rights."""

import base64
from typing import Any

import pytest
from stacks import ROOT, WEATHER

from slaharness.stack import credentials, manifests

PROFILES = ROOT / "weather" / "deploy" / "profiles"
CORE = {"admin", "health", "readings", "conditions", "alerts"}
MORE = {
    "core": set(),
    "backup": {"backup", "restore"},
    "scaling": {"forecast", "tasks", "fanout", "analytics", "keda"},
    "streaming": {"cdc", "notify"},
    "encrypted": set(),
    "impostors": set(),
}

pytestmark = pytest.mark.live


@pytest.fixture(params=MORE)
def profile(request: pytest.FixtureRequest) -> tuple[str, list[Any]]:
    """Its name, and its objects as Kustomize gives them."""
    return request.param, list(manifests.render(PROFILES / request.param, WEATHER).objects)


def taken(objects: list[Any]) -> dict[str, set[str]]:
    """By the Secret's name without its suffix, the namespaces in which a container or KEDA takes it."""
    found: dict[str, set[str]] = {}

    def look(part: Any, namespace: str) -> None:
        match part:
            case {"secretKeyRef": {"name": str(name)}} | {"parameter": "password", "name": str(name)}:
                found.setdefault(plain(name), set()).add(namespace)
            case dict():
                for inner in part.values():
                    look(inner, namespace)
            case list():
                for inner in part:
                    look(inner, namespace)

    for body in objects:
        look(body.get("spec"), body["metadata"].get("namespace", ""))
    return {name: there for name, there in found.items() if name.startswith("cql-")}


def plain(name: str) -> str:
    return "-".join(name.split("-")[:2])


def test_a_node_makes_every_role_that_anybody_has(profile):
    """Its environment names them; what a client is given is a Secret that the node is given as well."""
    name, objects = profile
    (ring,) = [
        one for one in objects if (one["kind"], one["metadata"]["name"]) == ("StatefulSet", "cassandra")
    ]
    (node,) = [one for one in ring["spec"]["template"]["spec"]["containers"] if one["name"] == "cassandra"]
    roles = {one["name"].removeprefix("ROLE_") for one in node["env"] if one["name"].startswith("ROLE_")}
    assert roles == CORE | MORE[name]
    assert {role.removeprefix("cql-") for role in taken(objects)} == roles


def test_every_secret_is_there_where_it_is_taken_and_is_made_with_the_deployment(profile):
    """Empty in the manifests, and the same in each namespace once it is filled in."""
    _, objects = profile
    secrets = [
        one for one in objects if one["kind"] == "Secret" and one["metadata"]["name"].startswith("cql-")
    ]
    there: dict[str, set[str]] = {}
    for one in secrets:
        assert one["metadata"]["annotations"][credentials.GENERATED] == "password"
        assert not base64.b64decode(one["data"]["password"])
        there.setdefault(plain(one["metadata"]["name"]), set()).add(one["metadata"]["namespace"])
    assert there == taken(objects)


def test_rights_are_given_by_the_job_that_makes_the_tables_and_given_back_by_a_restore(profile):
    """Each file of rights of the profile is named by the Job; by the restore, where there is one."""
    _, objects = profile
    (held,) = [one["data"] for one in objects if one["kind"] == "ConfigMap" and "schema.cql" in one["data"]]
    rights = {f"/schema/{name}" for name in held if name.endswith("grants.cql")}
    (job,) = [one for one in objects if (one["kind"], one["metadata"]["name"]) == ("Job", "schema")]
    command = job["spec"]["template"]["spec"]["containers"][0]["command"]
    assert rights <= {*command}
    for one in objects:
        if (one["kind"], one["metadata"]["name"]) == ("CronJob", "restore"):
            (container,) = one["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
            env = {each["name"]: each.get("value") for each in container["env"]}
            assert {*env["GRANTS"].split()} == rights
