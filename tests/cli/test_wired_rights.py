"""The rights of a run by how the load's metrics reach Prometheus: what it makes for that, and no more."""

import pytest
from stacks import stack

from slaharness.cli.rights import needs
from slaharness.stack.protocol import Authorities, PrometheusAt

WIRES = {"podmonitors.monitoring.coreos.com", "secrets"}


@pytest.mark.parametrize(
    ("load", "wired"),
    [
        ("pod-monitor", {"podmonitors.monitoring.coreos.com"}),
        ("remote-write", {"secrets"}),
        ("own", set()),
        ("scraped", set()),
    ],
)
def test_a_run_may_make_what_its_wire_takes_where_the_load_is(tmp_path, load, wired):
    """Secrets are for whoever sends with one; nobody else is asked to grant them."""
    needed = list(needs(stack(prometheus=PrometheusAt(url="http://a", load=load)), tmp_path))
    (there,) = [one for one in needed if one.namespace == "load"]
    assert WIRES & set(there.rights) == wired
    assert all({"create", "delete", "patch"} <= set(there.rights[one].split()) for one in wired)
    assert all(not WIRES & set(one.rights) for one in needed if one.namespace != "load")


@pytest.mark.parametrize(("kind", "read"), [("ConfigMap", "configmaps"), ("Secret", "secrets")])
def test_whoever_verifies_the_entry_may_read_by_whom_and_reach_its_pods(tmp_path, kind, read):
    """By a port-forward, which nobody needs where the entry speaks plain HTTP."""
    needed = list(needs(stack(authorities=Authorities(kind, "roots")), tmp_path))
    (there,) = [one for one in needed if one.namespace == "load"]
    (stacks,) = [one for one in needed if one.namespace == "application"]
    assert "get" in there.rights[read].split()
    assert stacks.rights["pods/portforward"] == "create get"
    plain = list(needs(stack(), tmp_path))
    assert all("pods/portforward" not in one.rights and "secrets" not in one.rights for one in plain)
