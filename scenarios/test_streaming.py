"""What carries committed readings on is killed, while stations keep posting and users keep reading."""

import pytest

from slaharness import FAULT, RECOVERY


@pytest.mark.scenario(
    load="steady-mix", experiment="kill-pulsar", profile="streaming", fault="60s", recovery="30s"
)
def test_stream_outlives_pulsar(run):
    """Users never notice; every acknowledged reading comes to the topic inside two minutes."""
    assert run.meets("api-availability", over=FAULT)
    assert run.meets("no-reading-lost", over=RECOVERY)
    assert run.arrived("messages", within="2m")
