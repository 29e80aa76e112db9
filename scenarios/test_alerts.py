"""What tells users of readings beyond their limits is killed, while stations post and users listen.

Each time it reaches from the write that a station was told is safe to the user: the message, the row of the
lake, and the alert that was due by the limit of that moment, each with how late it came. What users heard is
in the load's own histogram, from the instant that a reading was meant for.
"""

import pytest

from slaharness import BASELINE, FAULT, RECOVERY


def came_to_the_end(run, alerts):
    """At no stage is anything lost or doubled; each alert that was due is there, and none that was not."""
    assert run.meets("no-reading-lost", over=RECOVERY)
    assert run.arrived("messages", within="1m")
    assert run.arrived("lake", within="2m")
    assert run.arrived("alerts", within=alerts)


@pytest.mark.scenario(
    load="alerts",
    experiment="kill-the-taskmanager",
    profile="streaming",
    baseline="60s",
    fault="90s",
    recovery="60s",
)
def test_alerts_outlive_the_taskmanager(run):
    """Stations and users notice nothing but alerts that come late, and come in time again afterwards."""
    assert run.meets("api-availability", over=FAULT)
    assert run.meets("alert-latency", over=BASELINE)
    came_to_the_end(run, alerts="2m")
    assert run.meets("alert-latency", over=RECOVERY)


@pytest.mark.scenario(
    load="alerts",
    experiment="kill-the-jobmanager",
    profile="streaming",
    baseline="60s",
    fault="120s",
    recovery="60s",
)
def test_alerts_outlive_the_jobmanager(run):
    """The job goes with it; the next one knows the limits, and who was told."""
    assert run.meets("api-availability", over=FAULT)
    came_to_the_end(run, alerts="2m")
    assert run.meets("alert-latency", over=RECOVERY)


@pytest.mark.scenario(
    load="alerts",
    experiment="kill-one-who-tells-users",
    profile="streaming",
    baseline="60s",
    fault="90s",
    recovery="60s",
)
def test_users_hear_each_alert_once_though_who_tells_them_dies(run):
    """Their streams go on at the other pod, after the last alert that they heard."""
    assert run.meets("api-availability", over=FAULT)
    came_to_the_end(run, alerts="1m")
    assert run.meets("alert-latency", over=RECOVERY)


@pytest.mark.scenario(
    load="alerts",
    experiment="kill-all-who-tell-users",
    profile="streaming",
    baseline="60s",
    fault="60s",
    recovery="60s",
)
def test_users_hear_late_what_nobody_could_tell_them(run):
    """Nobody is promised to be told meanwhile: what was due is told afterwards, and nothing twice."""
    came_to_the_end(run, alerts="2m")
    assert run.meets("alert-latency", over=RECOVERY)


@pytest.mark.scenario(
    name="change-limits-under-load",
    load="alerts",
    experiment="kill-the-taskmanager",
    profile="streaming",
    baseline="210s",
    fault="90s",
    recovery="30s",
)
def test_a_limit_counts_from_when_it_was_set(run):
    """One changes each five seconds; whoever goes on for a killed job judges nothing anew by later ones."""
    came_to_the_end(run, alerts="2m")
    assert run.meets("api-availability", over=FAULT)


@pytest.mark.scenario(
    load="alerts",
    experiment="poison-the-stream",
    profile="streaming",
    baseline="60s",
    fault="60s",
    recovery="60s",
)
def test_poison_is_put_aside_and_stops_nothing(run):
    """Each topic has some, and its neighbours pass as if nothing were."""
    assert run.meets("api-availability", over=FAULT)
    assert run.meets("alert-latency", over=FAULT)
    assert run.meets("only-poison-put-aside", over=FAULT)
    came_to_the_end(run, alerts="1m")


@pytest.mark.scenario(
    name="lose-the-object-store-while-users-listen",
    load="alerts",
    experiment="lose-the-object-store-while-streaming",
    profile="streaming",
    baseline="60s",
    fault="90s",
    recovery="30s",
)
def test_alerts_need_no_object_store(run):
    """No check-point is made meanwhile; the lake has it all late, and users hear in time."""
    assert run.meets("api-availability", over=FAULT)
    assert run.meets("alert-latency", over=FAULT)
    assert run.meets("no-reading-lost", over=RECOVERY)
    assert run.arrived("messages", within="1m")
    assert run.arrived("lake", within="3m")
    assert run.arrived("alerts", within="1m")
