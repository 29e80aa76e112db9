"""Every profile lets its parts speak to whom they have to, and nobody else: by what its manifests say.

That the cluster does as they say is seen on it (``tests/live/test_policies.py``).
"""

from typing import Any

import pytest
from network import LOAD, OUTSIDE, SCRAPED, Network
from stacks import ROOT, WEATHER

from slaharness.stack import manifests

PROFILES = ROOT / "weather" / "deploy" / "profiles"
MUTANTS = ROOT / "weather" / "mutants"
#: What anybody may ask, wherever they are: the harness comes by the API server, whose address has no name.
CORE = {
    "application/edge:8080",
    "application/readings:8000",
    "observability/prometheus:9090",
    "load/locust:9646",
}
OPEN = {
    "core": CORE,
    "backup": CORE,
    "scaling": CORE | {"keda/keda-adapter:6443", "keda/metrics-server:10250"},
    "streaming": CORE | {"application/edge:8443", "application/notify:8000", "streaming/readback:8000"},
    "encrypted": CORE | {"application/edge:8443"},
    "impostors": CORE | {"application/edge:8443"},
}

pytestmark = pytest.mark.live


@pytest.fixture(params=OPEN, scope="module")
def profile(request: pytest.FixtureRequest) -> tuple[str, list[Any]]:
    """Its name, and its objects as Kustomize gives them."""
    return request.param, list(manifests.render(PROFILES / request.param, WEATHER).objects)


def shut(network: Network) -> set[str]:
    """Connections that the manifests speak of and the policies do not let be."""
    ways = {f"{a} → {b}:{port}" for a, b, port in network.wanted() if not network.reaches(a, b, port)}
    asks = {
        f"{one} → API server" for one in network.pods if asking(one) and not network.reaches_api_server(one)
    }
    return ways | asks


def asking(pods: Any) -> bool:
    """Whether they have an account with which to ask the API server."""
    return "serviceAccountName" in pods.spec and pods.spec.get("automountServiceAccountToken", True)


def open_to_all(network: Network) -> set[str]:
    ports = [(pods, port) for pods in network.pods for port in pods.ports.values()]
    return {f"{pods}:{port}" for pods, port in ports if network.reaches(OUTSIDE, pods, port)}


def test_whoever_is_told_of_another_reaches_it(profile):
    """By an address, a password or an account that its pods are given; and there are such connections."""
    _, objects = profile
    network = Network(objects)
    assert len(set(network.wanted())) > 10
    assert shut(network) == set()


def test_from_outside_nothing_is_open_but_what_users_and_the_harness_ask(profile):
    """A namespace that nobody thought of is outside, too."""
    name, objects = profile
    assert open_to_all(Network(objects)) == OPEN[name]


def test_the_load_reaches_what_users_reach_and_nothing_else(profile):
    """Not even what is open to whoever else asks."""
    name, objects = profile
    network = Network(objects)
    reached = {
        f"{pods}:{port}" for pods in network.pods for port in pods.ports.values()
        if pods.namespace != "load" and network.reaches(LOAD, pods, port)
    }  # fmt: skip
    users = {one for one in OPEN[name] if one.startswith("application/edge:")}
    assert reached == users


def test_ports_are_numbers(profile):
    """kube-router puts pods into a set for each number that a name stands for, and mixes these sets up.

    Which is which changes whenever it looks at pods anew, and until its rules have followed, new connections
    that are allowed are refused: for some hundredths of a second, whenever any pod comes or goes (seen:
    31 of 9,826 while ten pods were killed, none of 9,900 by numbers).
    """
    _, objects = profile
    rules = [
        rule for policy in Network(objects).policies.values()
        for way in ("ingress", "egress") for rule in policy["spec"].get(way, ())
    ]  # fmt: skip
    ports = [each["port"] for rule in rules for each in rule.get("ports", ())]
    assert ports
    assert {type(port) for port in ports} == {int}


def test_every_namespace_is_shut_before_anything_is_open(profile):
    """Whatever pod comes into it."""
    _, objects = profile
    spaces = {one["metadata"]["name"] for one in objects if one["kind"] == "Namespace"}
    for space in spaces:
        spec = Network(objects).policies[f"{space}/default"]["spec"]
        assert (spec["podSelector"], {*spec["policyTypes"]}) == ({}, {"Ingress", "Egress"})


def test_no_policy_stands_that_nothing_needs(profile):
    """Without any one of them something is shut that was open."""
    _, objects = profile
    whole = Network(objects)
    for policy in whole.policies:
        less = Network(objects, without=policy)
        closed = shut(less) or open_to_all(less) < open_to_all(whole)
        assert closed or policy.endswith("/default"), policy


def test_prometheus_may_look_for_pods_wherever_it_is_told_to(profile):
    """One namespace that it may not look into keeps it from all of its targets."""
    _, objects = profile
    (pods,) = [one for one in Network(objects).pods if str(one) == "observability/prometheus"]
    words = [word for one in pods.spec["containers"] for word in one.get("args", ())]
    told = {found["space"] for found in map(SCRAPED.fullmatch, words) if found}
    bound = {
        one["metadata"]["namespace"] for one in objects if one["kind"] == "RoleBinding"
        and {"name": "prometheus", "namespace": "observability"}.items() <= one["subjects"][0].items()
    }  # fmt: skip
    assert told
    assert told <= bound


@pytest.mark.parametrize("mutant", sorted(file.parent.name for file in MUTANTS.glob("*/kustomization.yaml")))
def test_a_mutant_has_its_own_weakness_and_no_other(mutant):
    """Whoever replaces a command or files keeps the way to everybody, and every role its rights."""
    objects = list(manifests.render(MUTANTS / mutant, WEATHER).objects)
    assert shut(Network(objects)) == set()
    (held,) = [one["data"] for one in objects if one["kind"] == "ConfigMap" and "schema.cql" in one["data"]]
    (job,) = [one for one in objects if (one["kind"], one["metadata"]["name"]) == ("Job", "schema")]
    command = job["spec"]["template"]["spec"]["containers"][0]["command"]
    assert {f"/schema/{name}" for name in held} == {word for word in command if word.startswith("/schema/")}
