"""What a watch makes of the objects that it hears of, and from when on it listens."""

import json
import time
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from kubernetes.client.exceptions import ApiException

from slaharness.events import (
    ASLEEP,
    PODS_READY,
    SCALER_ACTIVE,
    WATCHED_UNTIL,
)
from slaharness.faults.scaling.watch import Watch, watch


def deployment(replicas):
    return SimpleNamespace(spec=SimpleNamespace(replicas=replicas))


def pod(*true, name="forecast-1", leaving=None):
    conditions = [SimpleNamespace(type=one, status="True") for one in true]
    meta = SimpleNamespace(name=name, namespace="application", deletion_timestamp=leaving)
    return SimpleNamespace(metadata=meta, status=SimpleNamespace(conditions=conditions))


@pytest.fixture
def seen():
    return Watch()


def names(seen):
    return [event["name"] for event in seen.events]


def test_a_deployment_that_wakes_is_stamped_once(seen):
    """However often the same is heard; single pods are for the watch of the whole run."""
    for replicas in (0, 1, 1):
        seen.deployment(deployment(replicas))
    for one in (pod(), pod("PodScheduled"), pod("PodScheduled"), pod("PodScheduled", "Ready")):
        seen.pod(one)
    assert names(seen) == [SCALER_ACTIVE, PODS_READY]
    assert (seen.ready, seen.asleep) == (1, False)


@pytest.mark.parametrize("order", ["deployment first", "pod first"])
def test_asleep_is_when_no_pod_is_wanted_and_none_is_there(seen, order):
    """A pod that is on its way out is still there, and costs; whichever is heard last decides."""
    seen.deployment(deployment(1))
    seen.pod(pod("Ready"))
    seen.events.clear()
    steps = [lambda: seen.deployment(deployment(0)), lambda: seen.pod(pod(), gone=True)]
    for step in steps if order == "deployment first" else reversed(steps):
        assert not seen.asleep
        step()
    assert seen.asleep
    assert names(seen).count(ASLEEP) == 1


def test_pod_on_its_way_out_is_not_ready(seen):
    """Whatever its conditions say still."""
    seen.pod(pod("PodScheduled", "Ready"))
    seen.pod(pod("PodScheduled", "Ready", leaving="2026-01-01T00:00:00Z"))
    assert seen.ready == 0


#: When the Deployment last changed, when both were listed, when a bookmark was heard.
CHANGED, LISTED, MARKED = "7", "900", "950"


def api(versions, items):
    """An API that has forgotten what was before LISTED, and notes from when on it was asked to tell."""

    def answer(path, _):
        asked = {key: value[0] for key, value in parse_qs(urlsplit(path).query).items()}
        if "watch" not in asked:
            there = items if "deployments" in path else []
            return 200, json.dumps({"metadata": {"resourceVersion": LISTED}, "items": there})
        versions.append(asked["resourceVersion"])
        if int(asked["resourceVersion"]) < int(LISTED):
            said = {"type": "ERROR", "object": {"code": 410, "reason": "Expired", "message": "too old"}}
        else:
            said = {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": MARKED}}}
        return 200, json.dumps(said) + "\n"

    return answer


def test_a_deployment_that_long_did_not_change_is_watched_all_the_same(proxied):
    """The API forgets after minutes; a service that sleeps longer is still heard of, turn after turn."""
    labels = {"matchLabels": {"app": "forecast"}}
    found = {
        "metadata": {"name": "forecast", "resourceVersion": CHANGED},
        "spec": {"replicas": 0, "selector": labels, "template": {}},
    }
    versions = []
    with watch(proxied(api(versions, [found])), "application", "forecast") as seen:
        deadline = time.monotonic() + 10
        while versions.count(MARKED) < 2 and not seen.problems and time.monotonic() < deadline:
            time.sleep(0.01)
    assert not seen.problems
    assert set(versions) == {LISTED, MARKED}
    told = [(event["name"], event["detail"]) for event in seen.events]
    assert told == [(PODS_READY, "0"), (WATCHED_UNTIL, "application/forecast")]


def test_a_deployment_that_is_not_there_is_said_so(proxied):
    """Not a watch of nothing, which would be asleep for ever."""
    missing = pytest.raises(ApiException, match="no Deployment application/forecast")
    with missing, watch(proxied(api([], [])), "application", "forecast"):
        pass


@pytest.mark.parametrize(
    "line", ['{"type": "MODIFIED", "object": {"kind"', '"nothing"', '{"type": "MODIFIED", "object": null}']
)
def test_a_watch_that_heard_nonsense_says_so(proxied, line):
    """A line that was cut: nobody watches any more, and what goes unseen is no proof."""
    found = {
        "metadata": {"name": "forecast", "resourceVersion": LISTED},
        "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "forecast"}}, "template": {}},
    }

    def answer(path, _):
        if "watch=" in path:
            return 200, line + "\n"
        there = [found] if "deployments" in path else []
        return 200, json.dumps({"metadata": {"resourceVersion": LISTED}, "items": there})

    with watch(proxied(answer), "application", "forecast") as seen:
        deadline = time.monotonic() + 10
        while not seen.problems and time.monotonic() < deadline:
            time.sleep(0.01)
    assert seen.problems[0].startswith("the watch broke, so something may have gone unseen")
