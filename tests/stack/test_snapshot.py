"""After a fault one can say what is not as it was before."""

from dataclasses import replace

import pytest

from slaharness.stack.snapshot import Snapshot, Workload, diff

BEFORE = Snapshot(
    workloads={"application/Deployment/readings": Workload(2, 2, ("api:1",), "a1")},
    specs={"application/Service/readings": "b1"},
    nodes={"n1": "Ready"},
)


def changed(**parts):
    return Snapshot(**{**{name: getattr(BEFORE, name) for name in ("workloads", "specs", "nodes")}, **parts})


def test_nothing_left_is_an_empty_list():
    """Equal states have nothing to tell."""
    assert diff(BEFORE, changed()) == []


@pytest.mark.parametrize(
    ("after", "line"),
    [
        (Workload(0, 0, ("api:1",), "a2"), "wants 0 pods, wanted 2"),
        (Workload(2, 1, ("api:1",), "a1"), "has 1 of 2 pods ready, had 2"),
        (Workload(2, 2, ("api:2",), "a2"), "runs api:2, ran api:1"),
        (Workload(2, 2, ("api:1",), "a2"), "was changed"),
    ],
)
def test_what_differs_in_a_workload_is_said_in_words(after, line):
    """Each kind of left-over has its own words."""
    key = "application/Deployment/readings"
    assert diff(BEFORE, changed(workloads={key: after})) == [f"{key} {line}"]


def test_service_that_an_autoscaler_sizes_may_be_of_any_size():
    """How many pods it has is no trace of a fault; that some of them are not ready may be."""
    key, asleep = "application/Deployment/forecast", Workload(None, 0, ("api:1",), "a1")
    before, lacking = changed(workloads={key: asleep}), changed(workloads={key: replace(asleep, ready=-1)})
    assert diff(before, before) == []
    assert diff(before, lacking) == [f"{key} lacks 1 of the pods that its autoscaler wants, lacked 0"]


def test_cordoned_node_and_lost_service_are_seen():
    """Also what is no workload must be as it was."""
    after = changed(specs={}, nodes={"n1": "Ready, cordoned"})
    assert diff(BEFORE, after) == [
        "application/Service/readings is gone",
        "n1 was Ready, is Ready, cordoned",
    ]
