"""What two states of an object say, and what they do not."""

import pytest

from slaharness.events import (
    NODE_CHANGED,
    POD_CREATED,
    POD_GONE,
    POD_NOT_READY,
    POD_READY,
    POD_RESTARTED,
    POD_SCHEDULED,
    WORKLOAD_CHANGED,
)
from slaharness.stack.watch import news

WHERE = "application/web-0"


def pod(*true, uid="u1", restarts=0, leaving=False, **labels):
    meta = {"name": "web-0", "namespace": "application", "uid": uid, "labels": labels}
    meta |= {"deletionTimestamp": "2026-01-01T00:00:00Z"} if leaving else {}
    conditions = [{"type": one, "status": "True"} for one in true]
    return {
        "metadata": meta,
        "status": {"conditions": conditions, "containerStatuses": [{"restartCount": restarts}]},
    }


READY = pod("PodScheduled", "Ready")


def told(kind, before, after):
    state = [None if one is None else kind.state(one) for one in (before, after)]
    return list(kind.news(WHERE, *state))


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        (None, pod(), [POD_CREATED]),
        (pod(), pod("PodScheduled"), [POD_SCHEDULED]),
        (pod("PodScheduled"), READY, [POD_READY]),
        (READY, READY, []),
        (READY, pod("PodScheduled"), [POD_NOT_READY]),
        (READY, pod("PodScheduled", "Ready", leaving=True), [POD_NOT_READY]),
        (READY, None, [POD_NOT_READY, POD_GONE]),
        (pod("PodScheduled"), None, [POD_GONE]),
        (READY, pod("PodScheduled", "Ready", restarts=1), [POD_RESTARTED]),
        (READY, pod("PodScheduled", uid="u2"), [POD_NOT_READY, POD_GONE, POD_CREATED, POD_SCHEDULED]),
    ],
)
def test_a_pods_life_is_told_step_by_step(before, after, names):
    """Each step once; one that came in the place of another has its end told first."""
    assert told(news.POD, before, after) == [(name, WHERE) for name in names]


def test_a_jobs_pod_is_never_missed():
    """It comes to its end, and that is no trouble."""
    job = pod("PodScheduled", "Ready", **{news.OF_A_JOB: "backup"})
    assert told(news.POD, job, None) == [(POD_GONE, WHERE)]


def test_a_workloads_size_is_told_and_its_status_is_not():
    """What was asked for is what a fault changes."""
    web = news.workload("Deployment")
    three, none = ({"metadata": {}, "spec": {"replicas": count}, "status": {"x": count}} for count in (3, 0))
    words = "application/Deployment/web-0: wants 0 pods, wanted 3"
    assert told(web, three, none) == [(WORKLOAD_CHANGED, words)]
    assert told(web, three, {**three, "status": {}}) == []
    assert told(web, three, None) == [(WORKLOAD_CHANGED, "application/Deployment/web-0: is gone")]


def test_a_cordoned_node_is_told_and_its_health_taints_are_not():
    """The cluster puts those on and off itself."""
    ready = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    node = {"metadata": {"name": "n1"}, "spec": {}, **ready}
    cordoned = {
        **node,
        "spec": {"unschedulable": True, "taints": [{"key": "node.kubernetes.io/unschedulable"}]},
    }
    assert list(news.NODE.news("n1", news.NODE.state(node), news.NODE.state(cordoned))) == [
        (NODE_CHANGED, "n1: was Ready, is Ready, cordoned")
    ]
