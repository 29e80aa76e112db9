"""What profiles that encrypt say of who certifies whom, as Kustomize gives it."""

from typing import Any

import pytest
from stacks import ROOT, WEATHER

from slaharness.stack import manifests

pytestmark = pytest.mark.live


@pytest.fixture(params=["encrypted", "streaming"], scope="module")
def objects(request: pytest.FixtureRequest) -> list[Any]:
    folder = ROOT / "weather" / "deploy" / "profiles" / request.param
    return list(manifests.render(folder, WEATHER).objects)


def named(objects: list[Any], kind: str, namespace: str | None) -> set[str]:
    return {
        one["metadata"]["name"] for one in objects
        if one["kind"] == kind and one["metadata"].get("namespace") == namespace
    }  # fmt: skip


def test_who_publishes_the_root_may_tell_each_issuer_that_asks_it(objects):
    """By its very name: Kustomize would write the name of a ConfigMap there that is called the same."""
    (role,) = [one for one in objects if (one["kind"], one["metadata"]["name"]) == ("Role", "trust")
               and one["metadata"]["namespace"] == "application"]  # fmt: skip
    allowed = {
        name for rule in role["rules"] if "issuers" in rule["resources"] for name in rule["resourceNames"]
    }
    (pebble,) = [one for one in objects if (one["kind"], one["metadata"]["name"]) == ("Deployment", "pebble")]
    words = [word for one in pebble["spec"]["template"]["spec"]["containers"] for word in one.get("args", ())]
    (told,) = [word.removeprefix("-issuers=") for word in words if word.startswith("-issuers=")]
    assert {f"application/{name}" for name in allowed} == {*told.split(",")}
    assert allowed == named(objects, "Issuer", "application")


def test_each_certificate_is_of_an_issuer_that_is_there(objects):
    """Beside it, or for all namespaces."""
    for one in (each for each in objects if each["kind"] == "Certificate"):
        by = one["spec"]["issuerRef"]
        space = one["metadata"]["namespace"] if by["kind"] == "Issuer" else None
        assert by["name"] in named(objects, by["kind"], space)


def test_nothing_is_bound_in_a_namespace_that_the_profile_has_not(objects):
    """It could not be applied."""
    there = {one["metadata"]["name"] for one in objects if one["kind"] == "Namespace"}
    assert {one["metadata"]["namespace"] for one in objects if "namespace" in one["metadata"]} <= there
