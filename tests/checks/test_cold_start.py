"""Wakes, told from stamped events whose truth is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaharness.checks.cold_start import judge_cold_starts, quantile, wakes
from slaharness.events import (
    FIRST_SUCCESS,
    POD_CREATED,
    POD_READY,
    POD_SCHEDULED,
    REFUSED,
    SCALER_ACTIVE,
    STRUCK,
    WATCHED_UNTIL,
    WORK_ARRIVED,
    WORK_ENDED,
)
from slaharness.model import Event, Outcome

WATCHED = "application/forecast"


def wake(start, *, took=3.0, refused=0, ended=True, pod=True):
    """Events of one wake that began at ``start``."""
    pods = [
        (start + took * share, name, f"{WATCHED}-7f9c6d5b4-{start:05.0f}")
        for share, name in ((0.4, POD_CREATED), (0.5, POD_SCHEDULED), (0.9, POD_READY))
    ]
    return [
        Event(start, WORK_ARRIVED),
        Event(start + took * 0.4, SCALER_ACTIVE),
        *(Event(*one) for one in pods if pod),
        *(Event(start + 0.1, REFUSED, "503") for _ in range(refused)),
        *([Event(start + took, FIRST_SUCCESS)] if ended else []),
    ]


def judged(*found, least=10, within=5.0):
    events = [event for one in found for event in one]
    events.append(Event(9999, WATCHED_UNTIL, WATCHED))
    return judge_cold_starts(events, within=within, least=least)


def ten(**last):
    return [*(wake(100 * number) for number in range(9)), wake(900, **last)]


def test_ten_wakes_in_time_are_met_and_told_in_stages():
    """The slowest of ten is the 95th percentile; each stage is told since the one before."""
    verdict = judged(*ten(took=4.5))
    assert (verdict.objective, verdict.target) == ("cold-started", "p95 ≤ 5 s")
    assert (verdict.outcome, verdict.seen, verdict.requests) == (Outcome.MET, "4.50 s", 10)
    assert verdict.reason == (
        "10 wakes, p50 3.00 s: scaler active +1.20, pod created +0.00, pod scheduled +0.30, pod ready +1.20, "
        "first success +0.30; 0 requests refused"
    )
    assert verdict.figures["wake 10 (s)"] == 4.5


def test_one_slow_wake_of_ten_is_missed():
    """Of ten, nine in time are 90 %."""
    assert judged(*ten(took=5.1)).outcome is Outcome.MISSED


def test_wake_that_nobody_saw_end_is_missed_not_left_out():
    """It took longer than anyone looked."""
    verdict = judged(*ten(ended=False))
    assert (verdict.outcome, verdict.seen) == (Outcome.MISSED, "not seen")
    assert "1 not seen to end" in verdict.reason


def test_a_wake_that_nobody_saw_end_is_missed_among_however_many():
    """Nineteen of twenty are 95 %; the twentieth was asked for as well, and never answered."""
    verdict = judged(*ten(), *(wake(1000 + 100 * number) for number in range(9)), wake(1900, ended=False))
    assert (verdict.outcome, verdict.seen, verdict.requests) == (Outcome.MISSED, "3.00 s", 20)
    assert verdict.reason.endswith("; 1 not seen to end; 0 requests refused")


@pytest.mark.parametrize(("refused", "said"), [(1, "1 request refused"), (2, "2 requests refused")])
def test_refused_request_is_missed(refused, said):
    """The path holds requests, so none may be turned away, however quickly the service wakes."""
    verdict = judged(*ten(refused=refused))
    assert verdict.outcome is Outcome.MISSED
    assert said in verdict.reason


@pytest.mark.parametrize(
    ("found", "seen", "reason"),
    [
        ([wake(100)], "3.00 s", "only 1 of 10 wakes were tried"),
        ([], "none", "only 0 of 10 wakes were tried"),
        (ten(pod=False), "3.00 s", "wake 10 woke nobody: no pod was made between work and answer"),
        (
            [wake(100, pod=False)],
            "3.00 s",
            "only 1 of 10 wakes were tried; wake 1 woke nobody: no pod was made between work and answer",
        ),
    ],
)
def test_what_was_no_wake_proves_nothing(found, seen, reason):
    """Too few, or an answer of a service that was not asleep."""
    verdict = judged(*found)
    assert (verdict.outcome, verdict.seen, verdict.reason) == (Outcome.UNKNOWN, seen, reason)


def test_a_stage_was_reached_when_a_later_one_was():
    """A watch that is slow to say what must have been is taken at the other's word."""
    events = [Event(one.at + 1.0, *(one.name, one.detail)) if one.name == SCALER_ACTIVE else one
              for one in wake(900)]  # fmt: skip
    (found,) = wakes([*events, Event(9999, WATCHED_UNTIL, WATCHED)])
    assert found.stages[SCALER_ACTIVE] == found.stages[POD_CREATED]
    assert found.lag == pytest.approx(1.0)


def test_watch_that_lags_far_behind_proves_nothing():
    """A pod that was heard of seven seconds after it answered was heard of by somebody not to be believed."""
    late = [Event(one.at + 7.0, one.name, one.detail) if one.name == POD_READY else one
            for one in wake(900)]  # fmt: skip
    verdict = judged(*(wake(100 * number) for number in range(9)), late)
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.reason == "wake 10: a stage was heard of 6.7 s after one that follows it"


@pytest.mark.parametrize(("heard", "outcome"), [(908.0, Outcome.MET), (908.5, Outcome.UNKNOWN)])
def test_a_watch_may_lag_five_seconds(heard, outcome):
    """Behind the answer, of 903."""
    late = [Event(heard, one.name, one.detail) if one.name == POD_READY else one for one in wake(900)]
    assert judged(*(wake(100 * number) for number in range(9)), late).outcome is outcome


@pytest.mark.parametrize(
    ("pod", "outcome"),
    [
        ("persistence/cassandra-0", Outcome.UNKNOWN),
        (f"{WATCHED}-canary-7f9c6d5b4-abcde", Outcome.UNKNOWN),
        (f"{WATCHED}-7f9c6d5b4-abcde", Outcome.MET),
    ],
)
def test_pods_of_others_are_nobodys_wake(pod, outcome):
    """The run's own watch tells of every pod of the stack, also of those whose names begin alike."""
    struck = Event(50, STRUCK, f"{WATCHED}-canary")
    verdict = judged([struck, *wake(100, pod=False), Event(101, POD_CREATED, pod)], least=1)
    assert verdict.outcome is outcome
    assert ("woke nobody" in verdict.reason) is (outcome is Outcome.UNKNOWN)


def test_without_a_word_of_what_was_watched_no_pod_is_its_own():
    """Nobody knows which Deployment was to wake."""
    verdict = judge_cold_starts(wake(100), within=5.0, least=1)
    assert verdict.reason == "wake 1 woke nobody: no pod was made between work and answer"


@given(st.lists(st.floats(0, 100), min_size=1), st.floats(0.01, 1))
def test_a_quantile_was_seen_and_covers_its_share(values, share):
    """No value is made up, and no fewer lie at or below it than said."""
    found = quantile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9


@given(st.lists(st.floats(0.1, 20), min_size=10, max_size=20), st.floats(0.1, 20))
def test_met_means_that_all_but_one_in_twenty_were_in_time(times, within):
    """Whatever the times, MET is said exactly when 95 % of them are within the limit."""
    found = [wake(100.0 * number, took=took) for number, took in enumerate(times)]
    met = judged(*found, within=within).outcome is Outcome.MET
    in_time = sum(took <= within + 1e-9 for took in times)
    surely = sum(took <= within - 1e-9 for took in times)
    assert surely < 0.95 * len(times) or met
    assert in_time >= 0.95 * len(times) or not met


@pytest.mark.parametrize(("asked_for", "outcome"), [(4.9, Outcome.UNKNOWN), (5.0, Outcome.MISSED)])
def test_a_wake_that_was_given_up_before_its_limit_is_not_known_to_be_late(asked_for, outcome):
    """The action's own limit may be shorter than the promise: it might have answered yet."""
    given_up = [*wake(900, ended=False), Event(900 + asked_for, WORK_ENDED, "1")]
    verdict = judged(*(wake(100 * number) for number in range(9)), given_up)
    assert (verdict.outcome, verdict.seen) == (outcome, "not seen")
    assert ("wake 10 was given up after 4.9 s, sooner than 5 s" in verdict.reason) is (
        outcome is Outcome.UNKNOWN
    )


def test_wakes_of_two_services_are_none_of_one():
    other = Event(9999, WATCHED_UNTIL, "application/readings")
    verdict = judged(*ten(), [other])
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.reason.startswith("application/readings and application/forecast were watched")
