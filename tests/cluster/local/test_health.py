"""When a cluster counts as healthy."""

import pytest

from slaharness.cluster.local import health
from slaharness.cluster.local.layout import Layout

LAYOUT = Layout("a", 0, 1)


def _node(name, *conditions):
    return {"metadata": {"name": name}, "status": {"conditions": list(conditions)}}


def _ready(status, message=""):
    return {"type": "Ready", "status": status, "message": message}


@pytest.fixture
def nodes(monkeypatch):
    """The nodes that the API server lists."""
    listed = []
    monkeypatch.setattr(health, "get", lambda *_: {"items": listed})
    return listed


def test_a_cluster_is_ready_when_every_planned_node_is(nodes):
    """All of the plan, not all that happen to have registered."""
    nodes += [_node("n0", _ready("True")), _node("n1", _ready("True"))]
    assert health.unready(None, LAYOUT) == {}
    nodes.pop()
    assert health.unready(None, LAYOUT) == {"n1": "not registered"}


def test_a_node_says_why_it_is_not_ready(nodes):
    """The kubelet's own words go into the error."""
    nodes += [_node("n0"), _node("n1", _ready("False", "cni plugin not initialized"))]
    assert health.unready(None, LAYOUT) == {"n0": "says nothing yet", "n1": "cni plugin not initialized"}


def test_a_silent_node_is_not_ready(nodes):
    """Unknown is not a yes."""
    nodes += [_node("n0", _ready("True")), _node("n1", _ready("Unknown", "Kubelet stopped posting"))]
    assert health.unready(None, LAYOUT) == {"n1": "Kubelet stopped posting"}


def test_without_certificates_there_is_no_cluster(tmp_path, monkeypatch):
    """What a killed ``up`` left half-made is not healthy, and asking is no error."""
    monkeypatch.setattr("slaharness.cluster.local.layout.FOLDER", tmp_path)
    assert not health.healthy(LAYOUT)
    LAYOUT.home.mkdir()
    LAYOUT.kubeconfig.touch()
    assert not health.healthy(LAYOUT)
