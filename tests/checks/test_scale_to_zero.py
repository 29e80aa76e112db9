"""Sleeping and staying awake, told by two witnesses whose truth is known."""

from dataclasses import replace

import pytest

from slaharness.checks.scale_to_zero import REPLICAS, Looked, judge_awake, judge_scaled_to_zero
from slaharness.errors import RecordTrouble
from slaharness.events import (
    ASLEEP,
    PODS_READY,
    REFUSED,
    SCALER_ACTIVE,
    SENT_TO_SLEEP,
    WATCHED_UNTIL,
    WORK_BEGAN,
    WORK_ENDED,
)
from slaharness.metrics.evidence import Series
from slaharness.model import Event, Outcome

IDLE, UNTIL, FAULT = 1000.0, 1060.0, 1000.0
LABELS = {"__name__": REPLICAS, "namespace": "application", "deployment": "forecast"}


def pods(*, zero_from=1015.0, until=1070, since=990, **labels):
    """One pod until ``zero_from``, then none, scraped every second."""
    samples = tuple((float(at), float(at < zero_from)) for at in range(since, until))
    return [Series({**LABELS, **labels}, samples)]


def events(asleep=1015.0, *more, until=UNTIL):
    """The last work at IDLE, asleep when said, watched until."""
    return [
        Event(IDLE, WORK_ENDED, "1"),
        *([Event(asleep, ASLEEP)] if asleep else []),
        *more,
        Event(until, WATCHED_UNTIL, "application/forecast"),
    ]


def slept(told, series, within=30.0, interval=1.0):
    return judge_scaled_to_zero(told, series, within=within, interval=interval)


def test_asleep_in_time_and_lastingly_is_met():
    """Both witnesses say that no pod was there, from 15 s after the last work to the end."""
    verdict = slept(events(), pods())
    assert (verdict.objective, verdict.target) == ("scaled-to-zero", "≤ 30 s")
    assert (verdict.outcome, verdict.seen) == (Outcome.MET, "15.0 s")
    assert verdict.reason == "no pod for 45 s, by the API and by 42 samples"


@pytest.mark.parametrize(
    ("told", "series", "reason"),
    [
        (events(1040.0), pods(zero_from=1040), "no pod for 20 s"),
        (events(None), pods(zero_from=2000), "1 pod 60 s after the last work"),
        (
            events(1015.0, Event(1030, SCALER_ACTIVE)),
            pods(),
            "woken again 15.0 s after it fell asleep",
        ),
    ],
    ids=["late", "never", "woken by nobody"],
)
def test_late_or_restless_is_missed(told, series, reason):
    """Too late, not at all, or not for long."""
    verdict = slept(told, series)
    assert verdict.outcome is Outcome.MISSED
    assert reason in verdict.reason


def test_what_was_scraped_last_is_what_is_there():
    """Of a service that grew, and of one that went as the watch ended."""
    grown = [
        replace(one, samples=(*one.samples[:-1], (1060.0, 3.0))) for one in pods(zero_from=2000, until=1061)
    ]
    assert slept(events(None), grown).reason == "3 pods 60 s after the last work"
    gone = [replace(one, samples=(*one.samples[:-1], (1060.0, 0.0))) for one in grown]
    assert slept(events(None), gone).outcome is Outcome.UNKNOWN


def test_gone_without_anyone_seeing_it_go_is_unknown():
    """Asleep before the last work ended, by these stamps: they do not fit, and it is not awake."""
    verdict = slept(events(IDLE - 1), pods(zero_from=IDLE - 1))
    assert (verdict.outcome, verdict.reason) == (
        Outcome.UNKNOWN,
        "Prometheus saw no pod in the end, but nobody saw it go",
    )


@pytest.mark.parametrize(
    ("told", "series", "reason"),
    [
        (events(), [], "Prometheus has 0 of 42 promised samples"),
        (events(), pods(until=1040), "Prometheus has 21 of 42 promised samples"),
        (events(), pods(deployment="readings"), "Prometheus has 0 of 42"),
        (events(), pods(zero_from=1050), "the API has no pod, but Prometheus saw 1"),
        (events(until=1019.0), pods(), "it was looked at for 1.0 s only"),
        (events(None, until=1020.0), pods(zero_from=2000), "watched for 20 s after the last work only"),
        (events(None), [], "Prometheus has 0 of 60"),
        ([Event(UNTIL, WATCHED_UNTIL, "application/forecast")], pods(), "nobody saw the work end"),
        (events()[:-1], pods(), "nobody saw the work end"),
        (events(), [replace(pods()[0], labels={**LABELS, "__name__": "kube_deployment_spec_replicas"})],
         "Prometheus has 0 of 42"),
    ],
    ids=["no samples", "few samples", "of another", "witnesses differ", "too short", "not to the limit",
         "never, by one", "no work", "no watch", "what is wanted"],
)  # fmt: skip
def test_one_witness_alone_proves_nothing(told, series, reason):
    """Zero must be seen by both, for long enough; no sample is not zero."""
    verdict = slept(told, series)
    assert verdict.outcome is Outcome.UNKNOWN
    assert reason in verdict.reason


def busy(*more, answered="300", ended=1060.0, watched=1061.0):
    return [
        Event(980, WORK_BEGAN),
        *more,
        Event(ended, WORK_ENDED, answered),
        Event(watched, WATCHED_UNTIL, "application/forecast"),
    ]


REFUSALS = tuple(Event(1000.0 + number, REFUSED, "503") for number in range(55))


def awake(told, series, fault=FAULT):
    return judge_awake(told, series, fault=fault, interval=1.0)


def test_busy_service_that_kept_its_pods_is_met():
    """Nobody sent it to sleep, Prometheus was back for long, requests were answered throughout."""
    verdict = awake(busy(), pods(since=1012, zero_from=2000))
    assert (verdict.objective, verdict.target) == ("stayed-awake", "always")
    assert (verdict.outcome, verdict.seen, verdict.requests) == (Outcome.MET, "always", 300)
    assert verdict.reason == "it had a pod for all of 80 s of work; 0 requests refused"


def test_busy_service_sent_to_sleep_is_missed():
    """Even when it is woken again at once, and whatever Prometheus saw of it."""
    down = Event(1014.5, SENT_TO_SLEEP)
    verdict = awake(busy(down, Event(1016, SCALER_ACTIVE)), [])
    assert (verdict.outcome, verdict.seen, verdict.requests) == (Outcome.MISSED, "asleep", 300)
    assert verdict.reason == "sent to sleep 14.5 s after the fault, while work went on"


@pytest.mark.parametrize(
    ("told", "series", "fault", "reason"),
    [
        (
            busy(),
            pods(since=1050, zero_from=2000),
            FAULT,
            "Prometheus was not back for the last 20 s of work: Prometheus has 11 of 20 promised",
        ),
        (busy(), [], FAULT, "Prometheus was not back"),
        (busy(), pods(), 1062.0, "the fault did not strike while work went on"),
        (busy(answered="0"), pods(), FAULT, "no request was answered"),
        (busy(answered=""), pods(), FAULT, "no request was answered"),
        (busy(*REFUSALS, answered="1"), pods(zero_from=2000), FAULT, "only 1 of 56 requests were answered"),
        (busy(), pods(zero_from=1030), FAULT, "Prometheus saw no pod in 31 samples"),
        (busy(), pods(zero_from=0), FAULT, "the API told of no sleep, but Prometheus saw no pod"),
        (busy(watched=1030.0), pods(), FAULT, "nobody watched to the end of the work"),
        (busy()[:-1], pods(), FAULT, "nobody watched to the end of the work"),
        (
            busy(watched=1030.0),
            pods(),
            1062.0,
            "the fault did not strike while work went on; nobody watched to the end of the work",
        ),
    ],
)
def test_service_that_was_not_tempted_proves_nothing(told, series, fault, reason):
    """Without work, fault, watch or a Prometheus that came back, staying awake is no merit."""
    verdict = awake(told, series, fault)
    assert (verdict.outcome, verdict.seen) == (Outcome.UNKNOWN, "none")
    assert reason in verdict.reason


@pytest.mark.parametrize("told", [busy()[1:], [busy()[0], busy()[-1]]], ids=["no beginning", "no end"])
def test_staying_awake_is_for_as_long_as_work_went_on(told):
    verdict = awake(told, pods(since=970, zero_from=2000))
    assert (verdict.outcome, verdict.seen, verdict.requests) == (Outcome.UNKNOWN, "none", 0)
    assert verdict.reason == "no work was done"


def test_a_pod_that_was_there_as_work_began_may_be_scraped_three_seconds_later():
    """Prometheus says late what the API said: no pod in its first samples is no sleep."""
    for asleep_until, outcome in ((983, Outcome.MET), (984, Outcome.UNKNOWN)):
        samples = tuple((float(at), float(at > asleep_until)) for at in range(970, 1062))
        verdict = awake(busy(), [Series(LABELS, samples)])
        assert verdict.outcome is outcome
    assert verdict.reason == "the API told of no sleep, but Prometheus saw no pod in 1 sample"


def test_stamps_at_the_very_ends_count():
    """Asleep as the watch ends is too short to tell; woken then is woken; to sleep as work ends is right."""
    assert "looked at for 0.0 s" in slept(events(UNTIL), pods(zero_from=UNTIL)).reason
    assert slept(events(1015.0, Event(UNTIL, SCALER_ACTIVE)), pods()).outcome is Outcome.MISSED
    assert slept(events(1015.0, Event(1015.0, SCALER_ACTIVE)), pods()).outcome is Outcome.MET
    assert slept(events(IDLE), pods(zero_from=IDLE)).outcome is Outcome.MET
    long_enough = slept(events(None, until=1030.0), pods(zero_from=2000))
    assert (long_enough.outcome, long_enough.seen) == (Outcome.MISSED, "not seen")
    for at in (980, 1060):
        calm = awake(busy(Event(at, SENT_TO_SLEEP)), pods(since=970, zero_from=2000))
        assert calm.outcome is Outcome.MET
    for fault in (980.0, 1060.0):
        verdict = awake(busy(), pods(since=970, zero_from=2000), fault)
        assert "the fault did not strike while work went on" in verdict.reason
    assert awake(busy(watched=1060.0), pods(since=970, zero_from=2000)).outcome is Outcome.MET


def test_as_many_refused_as_answered_is_half_awake():
    """One more, and it is none; what was refused before the work began does not count."""
    for answered, outcome in (("55", Outcome.MET), ("54", Outcome.UNKNOWN)):
        verdict = awake(busy(*REFUSALS, answered=answered), pods(since=970, zero_from=2000))
        assert verdict.outcome is outcome
    assert "55 requests refused" in awake(busy(*REFUSALS), pods(since=970, zero_from=2000)).reason
    early = [Event(979.0, REFUSED), Event(980.0, REFUSED)] * 400
    assert awake(busy(*early), pods(since=970, zero_from=2000)).outcome is Outcome.MET


def test_a_number_that_is_none_is_said_in_a_line():
    """Whoever changed the record: an error that names the event."""
    with pytest.raises(RecordTrouble, match="'work ended': 'many' is no number of answers"):
        awake(busy(answered="many"), pods())


@pytest.mark.parametrize(
    ("end", "count", "thin"),
    [
        (10.0, 9, ""),
        (10.0, 8, "Prometheus has 8 of 10 promised samples"),
        (4.0, 4, ""),
        (3.9, 4, "it was looked at for 3.9 s only"),
        (-1.0, 0, "it was looked at for 0.0 s only"),
    ],
)
def test_nine_of_ten_samples_and_four_are_enough(end, count, thin):
    """Fewer, and a pod may have been there unseen."""
    found = Looked(0.0, end, tuple((float(at), 0.0) for at in range(count)), 1.0).thin
    assert found.startswith(thin)
    assert bool(found) is bool(thin)


def test_a_stack_that_is_scraped_seldom_has_fewer_samples_and_is_still_known():
    """Every five seconds: eight samples are all that was promised."""
    seldom = [replace(one, samples=one.samples[::5]) for one in pods()]
    assert slept(events(), seldom).outcome is Outcome.UNKNOWN
    assert slept(events(), seldom, interval=5.0).outcome is Outcome.MET


def two_targets(since, until):
    return [*pods(since=since, until=until, instance="a"), *pods(since=since, until=until, instance="b")]


def test_two_targets_make_up_for_no_time_that_both_are_silent():
    """Twice as many samples of the first half of the time say nothing of the second."""
    assert slept(events(), two_targets(990, 1070)).outcome is Outcome.MET
    found = slept(events(), two_targets(990, 1040))
    assert (found.outcome, found.reason[:52]) == (
        Outcome.UNKNOWN,
        "the API has no pod, but Prometheus has 22 of 42 prom",
    )


@pytest.mark.parametrize("strange", [float("nan"), float("inf"), -1.0])
def test_a_number_that_no_number_of_pods_can_be_is_no_witness(strange):
    """It is not zero, however it compares."""
    asleep = [
        replace(one, samples=(*one.samples[:60], (1050.5, strange), *one.samples[61:])) for one in pods()
    ]
    assert slept(events(), asleep).outcome is Outcome.UNKNOWN
    assert f"that is {strange:g}" in slept(events(), asleep).reason
    samples = tuple((float(at), strange if at == 1000 else 1.0) for at in range(970, 1062))
    assert f"that is {strange:g}" in awake(busy(), [Series(LABELS, samples)]).reason


def test_a_prometheus_that_answered_once_more_as_it_was_struck_never_came_back():
    """It has to be there while somebody could act on what it says: for the last twenty seconds of work."""
    struck = pods(since=970, until=1002, zero_from=2000)
    found = awake(busy(), struck)
    assert (found.outcome, found.reason[:49]) == (
        Outcome.UNKNOWN,
        "Prometheus was not back for the last 20 s of work",
    )
    back = Series(LABELS, (*struck[0].samples, *((float(at), 1.0) for at in range(1040, 1062))))
    assert awake(busy(), [back]).outcome is Outcome.MET


def test_a_pod_that_was_ready_again_between_two_scrapes_woke_it():
    """The API told of it; that Prometheus looked before and after says nothing."""
    blink = [Event(1030.2, PODS_READY, "1"), Event(1030.6, PODS_READY, "0")]
    found = slept(events(1015.0, Event(1015.0, PODS_READY, "0"), *blink), pods())
    assert (found.outcome, found.reason[:22]) == (Outcome.MISSED, "woken again 15.2 s aft")
    assert slept(events(1015.0, blink[1]), pods()).outcome is Outcome.MET


def test_of_two_services_that_were_watched_nobody_knows_which_slept():
    """The one that was watched last slept, the other never did."""
    other = [Event(900, WORK_ENDED, "1"), Event(960, WATCHED_UNTIL, "application/readings")]
    found = slept([*other, *events()], pods())
    assert found.outcome is Outcome.UNKNOWN
    assert found.reason.startswith("application/readings and application/forecast were watched")
    again = [Event(900, WORK_ENDED, "1"), Event(960, WATCHED_UNTIL, "application/forecast")]
    assert slept([*again, *events()], pods()).outcome is Outcome.MET
    assert awake([*other, *busy()], pods(since=970, zero_from=2000)).outcome is Outcome.UNKNOWN
