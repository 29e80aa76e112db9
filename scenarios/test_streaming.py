"""What carries committed readings on is killed, while stations keep posting and users keep reading.

What came through is asked first: of a body that ends at a request too many that failed, nobody would hear.
"""

import pytest

from slaharness import FAULT, RECOVERY


@pytest.mark.scenario(
    load="steady-mix", experiment="kill-pulsar", profile="streaming", fault="60s", recovery="30s"
)
def test_stream_outlives_pulsar(run):
    """Users never notice; every acknowledged reading comes to topic and lake inside two minutes."""
    assert run.meets("no-reading-lost", over=RECOVERY)
    assert run.arrived("lake", within="2m")
    assert run.arrived("messages", within="2m")
    assert run.meets("api-availability", over=FAULT)


@pytest.mark.scenario(
    load="corrections", experiment="kill-the-sink", profile="streaming", fault="90s", recovery="30s"
)
def test_lake_has_each_reading_once_however_often_its_sink_dies(run):
    """Readings are corrected and withdrawn meanwhile: the lake has the last word on each, and once."""
    assert run.meets("no-reading-lost", over=RECOVERY)
    assert run.arrived("messages", within="1m")
    assert run.arrived("lake", within="2m")
    assert run.meets("api-availability", over=FAULT)


@pytest.mark.scenario(
    load="steady-mix",
    experiment="lose-the-object-store-while-streaming",
    profile="streaming",
    fault="90s",
    recovery="30s",
)
def test_lake_outlives_a_minute_without_its_object_store(run):
    """Users never notice; what the sink could not keep waits in Pulsar, and comes late."""
    assert run.meets("no-reading-lost", over=RECOVERY)
    assert run.arrived("messages", within="1m")
    assert run.arrived("lake", within="3m")
    assert run.meets("api-availability", over=FAULT)


@pytest.mark.scenario(
    load="steady-mix", experiment="kill-the-cdc-sidecars", profile="streaming", fault="60s", recovery="30s"
)
def test_stream_outlives_its_sidecars(run):
    """Users never notice; what was committed while nobody read the commit logs comes to the topic, too."""
    assert run.meets("no-reading-lost", over=RECOVERY)
    assert run.arrived("messages", within="2m")
    assert run.arrived("lake", within="3m")
    assert run.meets("api-availability", over=FAULT)
