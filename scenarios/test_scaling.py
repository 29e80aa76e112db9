"""Services that nobody pays for while nobody asks: they sleep, they wake, and they stay awake while busy."""

import pytest

from slaharness import RECOVERY


@pytest.mark.scenario(
    load="steady-mix", experiment="forecast-rests", profile="scaling", fault="75s", recovery="20s"
)
def test_service_that_nobody_asks_sleeps(run):
    """No pod is left half a minute after the last request, none comes back by itself, none is paid for."""
    assert run.slept(within="30s")
    assert run.costs(at_most=0, over=RECOVERY, of="application/forecast")


@pytest.mark.scenario(
    load="steady-mix", experiment="forecast-wakes", profile="scaling", fault="200s", recovery="10s"
)
def test_service_asleep_answers_the_first_who_asks(run):
    """Ten times out of ten the first request is answered while the edge still holds it; none is refused."""
    assert run.woke(within="15s", wakes=10, refused=0)


@pytest.mark.scenario(
    load="steady-mix", experiment="kill-prometheus-while-busy", profile="scaling", fault="75s", recovery="10s"
)
def test_busy_service_outlives_its_metrics(run):
    """A Prometheus that lost its data says nothing; the autoscaler takes that for no reason to act."""
    assert run.stayed_awake()


@pytest.mark.scenario(
    load="steady-mix", experiment="forecast-spike", profile="scaling", fault="2m", recovery="10s"
)
def test_service_grows_with_its_work_and_shrinks_after_it(run):
    """Three pods within half a minute of the rush, none a minute after it."""
    assert run.scaled_out(to=3, within="30s")
    assert run.scaled_in(to=0, within="45s")
