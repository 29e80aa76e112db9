"""Services that nobody pays for while nobody asks: they sleep, they wake, and they stay awake while busy."""

import pytest

from slaharness import RECOVERY


@pytest.mark.scenario(
    load="steady-mix", experiment="forecast-rests", profile="scaling", fault="75s", recovery="20s"
)
def test_service_that_nobody_asks_sleeps(run):
    """No pod is left half a minute after the last request, none comes back by itself, none is paid for."""
    assert run.scaled_to_zero(within="30s")
    assert run.costs(at_most=0, over=RECOVERY, of="application/forecast")


@pytest.mark.scenario(
    load="steady-mix", experiment="forecast-wakes", profile="scaling", fault="200s", recovery="10s"
)
def test_service_asleep_answers_the_first_who_asks(run):
    """Ten times out of ten the first request is answered while the edge still holds it; none is refused."""
    assert run.cold_started(within="15s", wakes=10, refused=0)


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


@pytest.mark.scenario(
    load="steady-mix", experiment="forecast-toil", profile="scaling", fault="160s", recovery="10s"
)
def test_service_grows_with_its_toil_however_few_ask(run):
    """By their number one pod would do; by their CPU it takes three."""
    assert run.scaled_out(to=3, within="60s")
    assert run.scaled_in(to=0, within="60s")


@pytest.mark.scenario(
    load="steady-mix",
    experiment="announcements-lose-their-worker",
    profile="scaling",
    fault="110s",
    recovery="10s",
)
def test_no_announcement_is_lost_with_who_gives_it_out(run):
    """What was accepted waits until it is done: everyone named has it in time, then everyone sleeps."""
    assert run.drained(within="30s", tasks=100)
    assert run.scaled_to_zero(within="30s")


@pytest.mark.scenario(
    load="steady-mix",
    experiment="summaries-wait-for-their-worker",
    profile="scaling",
    fault="80s",
    recovery="20s",
)
def test_days_are_summed_up_by_somebody_who_was_asleep(run):
    """The first piece of work wakes the worker, the last one lets it sleep; asleep it costs nothing."""
    assert run.drained(within="30s", tasks=15)
    assert run.scaled_to_zero(within="30s")
    assert run.costs(at_most=0, over=RECOVERY, of="application/analytics")
