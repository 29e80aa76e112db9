"""What the profile `impostors` makes of the ring's name, as Kustomize gives it."""

from typing import Any

import pytest
from network import Network
from stacks import ROOT, WEATHER

from slaharness.stack import manifests

pytestmark = pytest.mark.live

IMPOSTORS = {"stranger", "ended"}


@pytest.fixture(scope="module")
def objects() -> list[Any]:
    folder = ROOT / "weather" / "deploy" / "profiles" / "impostors"
    return list(manifests.render(folder, WEATHER).objects)


def selected(objects: list[Any], labels: dict[str, str]) -> set[str]:
    """Whose pods have them."""
    pods = [one for one in Network(objects).pods if one.namespace == "persistence"]
    return {one.name for one in pods if labels.items() <= one.labels.items()}


def test_the_databases_name_leads_to_it_and_to_impostors(objects):
    """To nobody else; and services may talk to all of them."""
    (spec,) = [
        one["spec"] for one in objects
        if (one["kind"], one["metadata"]["name"]) == ("Service", "cassandra")
    ]  # fmt: skip
    assert selected(objects, spec["selector"]) == {"cassandra", *IMPOSTORS}
    network = Network(objects)
    (readings,) = [one for one in network.pods if one.name == "readings"]
    found = [one for one in network.pods if one.name in IMPOSTORS]
    assert all(network.reaches(readings, one, 9042) for one in found)


def test_what_strikes_the_ring_leaves_impostors_be(objects):
    """The experiment's selector, and the disruption budget's, are for the ring alone."""
    assert selected(objects, {"app.kubernetes.io/name": "cassandra"}) == {"cassandra"}


def test_each_has_what_no_client_may_believe(objects):
    """The database's name by an authority of its own, or by ours for a minute, which it waits for."""
    made = {one["metadata"]["name"]: one["spec"] for one in objects if one["kind"] == "Certificate"}
    assert {tuple(made[name]["dnsNames"]) for name in IMPOSTORS} == {tuple(made["cassandra"]["dnsNames"])}
    assert made["ended"]["issuerRef"] == made["cassandra"]["issuerRef"]
    assert made["stranger"]["issuerRef"] != made["cassandra"]["issuerRef"]
    assert made["ended"]["duration"] == "1m"
