"""Cassandra loses one pod, then all of them, while stations keep posting and users keep reading."""

import pytest

from slaharness import FAULT, RECOVERY


@pytest.mark.scenario(load="steady-mix", experiment="kill-one-cassandra-pod")
def test_users_never_notice_one_lost_cassandra_pod(run):
    """Two of three replicas answer every request within the SLA; no acknowledged reading is lost."""
    assert run.meets("api-availability", over=FAULT)
    assert run.meets("api-latency", over=FAULT)
    assert run.meets("no-reading-lost", over=RECOVERY)
    assert run.meets("no-reading-altered", over=RECOVERY)


@pytest.mark.scenario(load="steady-mix", experiment="kill-cassandra-statefulset", fault="60s", recovery="60s")
def test_ring_heals_after_losing_every_pod(run):
    """Requests may fail; they are back inside two minutes, and no acknowledged reading is lost."""
    assert run.recovered(within="2m")
    assert run.meets("no-reading-lost", over=RECOVERY)
    assert run.meets("no-reading-altered", over=RECOVERY)
    assert run.meets("no-reading-invented", over=RECOVERY)


@pytest.mark.scenario(load="steady-mix", experiment="evict-cassandra-pods")
def test_maintenance_takes_one_cassandra_pod_at_a_time(run):
    """Asked for all pods at once, the cluster gives one: users never notice, and nothing is lost."""
    assert run.meets("api-availability", over=FAULT)
    assert run.meets("api-latency", over=FAULT)
    assert run.meets("no-reading-lost", over=RECOVERY)


@pytest.mark.scenario(
    load="corrections", experiment="kill-one-cassandra-pod", name="correct-while-one-cassandra-pod-dies"
)
def test_the_last_word_on_a_reading_stands(run):
    """Readings are corrected and withdrawn while a replica is away; what was said last is what is there."""
    assert run.meets("api-availability", over=FAULT)
    assert run.meets("no-reading-lost", over=RECOVERY)
    assert run.meets("no-reading-altered", over=RECOVERY)
    assert run.meets("no-reading-resurrected", over=RECOVERY)
    assert run.meets("no-reading-invented", over=RECOVERY)
