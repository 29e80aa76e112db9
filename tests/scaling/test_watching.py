"""What a watch makes of the objects that it hears of."""

from types import SimpleNamespace

import pytest

from slaharness.scaling.watching import Watching
from slaharness.slo import stamps


def deployment(replicas):
    return SimpleNamespace(spec=SimpleNamespace(replicas=replicas))


def pod(*true, name="forecast-1", leaving=None):
    conditions = [SimpleNamespace(type=one, status="True") for one in true]
    meta = SimpleNamespace(name=name, namespace="application", deletion_timestamp=leaving)
    return SimpleNamespace(metadata=meta, status=SimpleNamespace(conditions=conditions))


@pytest.fixture
def seen():
    return Watching()


def names(seen):
    return [event["name"] for event in seen.events]


def test_a_wake_is_stamped_stage_by_stage(seen):
    """Each stage once, however often the same is heard."""
    for replicas in (0, 1, 1):
        seen.deployment(deployment(replicas))
    for one in (pod(), pod("PodScheduled"), pod("PodScheduled"), pod("PodScheduled", "Ready")):
        seen.pod(one)
    assert names(seen) == [
        stamps.SCALER_ACTIVE, stamps.POD_CREATED, stamps.POD_SCHEDULED, stamps.POD_READY, stamps.READY,
    ]  # fmt: skip
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
    assert names(seen).count(stamps.ASLEEP) == 1


def test_pod_on_its_way_out_is_not_ready(seen):
    """Whatever its conditions say still."""
    seen.pod(pod("PodScheduled", "Ready"))
    seen.pod(pod("PodScheduled", "Ready", leaving="2026-01-01T00:00:00Z"))
    assert seen.ready == 0


def test_what_was_there_before_is_not_news(seen):
    """A pod that stood before anyone watched was made by nobody now."""
    seen.pod(pod("PodScheduled", "Ready"), new=False)
    assert seen.ready == 1
    assert stamps.POD_CREATED not in names(seen)
