"""Growing with work and shrinking after it, from stamps and samples whose truth is known."""

import pytest

from slaharness.checks.autoscaling import judge_in, judge_out
from slaharness.checks.scale_to_zero import REPLICAS
from slaharness.errors import RecordTrouble
from slaharness.events import PODS_READY, WATCHED_UNTIL, WORK_BEGAN, WORK_ENDED
from slaharness.metrics.evidence import Series
from slaharness.model import Event, Outcome

BEGAN, ENDED, UNTIL = 1000.0, 1045.0, 1105.0
LABELS = {"__name__": REPLICAS, "namespace": "application", "deployment": "forecast"}


def told(*ready, until=UNTIL):
    """Work from BEGAN to ENDED; ``ready`` are (when, how many pods)."""
    return [
        Event(BEGAN, WORK_BEGAN),
        *(Event(at, PODS_READY, str(count)) for at, count in ready),
        Event(ENDED, WORK_ENDED, "1100"),
        Event(until, WATCHED_UNTIL, "application/forecast"),
    ]


def pods(*, most=3, gone=1065.0, until=1110):
    """``most`` pods from 1008 on, none from ``gone`` on."""
    counts = [(float(at), 1.0 if at < 1008 else most * float(at < gone)) for at in range(990, until)]
    return [Series(LABELS, tuple(counts))]


GROWN = told((1006, 2), (1009, 3))


def without(name):
    return [one for one in GROWN if one.name != name]


def test_grown_in_time_is_met():
    """Three ready after nine seconds, and scraped."""
    verdict = judge_out(GROWN, pods(), to=3, within=30, interval=1.0)
    assert (verdict.objective, verdict.target) == ("scaled-out", "3 in 30 s")
    assert (verdict.outcome, verdict.seen) == (Outcome.MET, "9.0 s")
    assert verdict.reason == "3 pods ready after 9.0 s of work; 1100 answered, 0 refused"


@pytest.mark.parametrize(
    ("events", "series", "outcome", "reason"),
    [
        (told((1006, 2)), pods(most=2), Outcome.MISSED, "2 pods ready at most in 45 s of work"),
        (
            told((1040, 3)),
            pods(),
            Outcome.MISSED,
            "3 pods ready after 40.0 s of work; 1100 answered, 0 refused",
        ),
        (GROWN, pods(most=2), Outcome.UNKNOWN, "3 pods ready by the API, but Prometheus saw 2 at most"),
        (GROWN, [], Outcome.UNKNOWN, "3 pods ready by the API, but Prometheus saw 0 at most"),
        (without(WORK_BEGAN), pods(), Outcome.UNKNOWN, "no work was done"),
        (without(WORK_ENDED), pods(), Outcome.UNKNOWN, "no work was done"),
        (without(WATCHED_UNTIL), pods(), Outcome.UNKNOWN, "no work was done"),
    ],
    ids=["never", "late", "witnesses differ", "no samples", "no work", "no end of it", "no watch"],
)
def test_not_grown_or_not_known(events, series, outcome, reason):
    """Fewer pods or later ones are a miss; what one witness says alone is nothing."""
    verdict = judge_out(events, series, to=3, within=30, interval=1.0)
    assert (verdict.outcome, verdict.reason) == (outcome, reason)


def test_a_number_of_pods_that_is_none_is_said_in_a_line():
    """Whoever changed the record: an error that names the event."""
    with pytest.raises(RecordTrouble, match="event 'pods ready': 'many' is no number of pods"):
        judge_out(told((1006, "many")), pods(), to=3, within=30, interval=1.0)


def test_work_shorter_than_the_limit_proves_nothing():
    """It might have grown yet."""
    assert judge_out(told((1006, 2)), pods(most=2), to=3, within=60, interval=1.0).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("series", "outcome", "reason"),
    [
        (pods(), Outcome.MET, "0 pods at most, 45 s after the work, by 15 samples"),
        (pods(gone=1095), Outcome.MISSED, "3 pods at most, 45 s after the work, by 15 samples"),
        (pods(until=1092), Outcome.UNKNOWN, "promised samples"),
        ([], Outcome.UNKNOWN, "promised samples"),
    ],
    ids=["in time", "late", "few samples", "none"],
)
def test_shrunk_is_what_was_scraped_to_the_end(series, outcome, reason):
    """No sample is not zero."""
    shrunk = told((1006, 2), (1009, 3), (1064, 0))
    verdict = judge_in(shrunk, series, to=0, within=45, interval=1.0)
    assert (verdict.objective, verdict.target, verdict.outcome) == ("scaled-in", "≤ 0 in 45 s", outcome)
    assert verdict.seen == ("none" if outcome is Outcome.UNKNOWN else verdict.reason[0])
    assert reason in verdict.reason


@pytest.mark.parametrize("name", [WORK_ENDED, WATCHED_UNTIL])
def test_shrinking_begins_with_the_end_of_work_and_ends_with_the_watch(name):
    verdict = judge_in(without(name), pods(), to=0, within=45, interval=1.0)
    assert (verdict.outcome, verdict.seen) == (Outcome.UNKNOWN, "none")
    assert verdict.reason == "nobody saw the work end"


@pytest.mark.parametrize("strange", [float("nan"), float("inf"), -2.0])
def test_samples_that_no_number_of_pods_can_be_are_no_witness(strange):
    """Neither of three pods nor of at most one."""
    many = [Series(LABELS, tuple((at, strange if at == 1080 else count) for at, count in pods()[0].samples))]
    grown, shrunk = (
        judge_out(GROWN, many, to=3, within=30, interval=1.0),
        judge_in(GROWN, many, to=1, within=30, interval=1.0),
    )
    for found in (grown, shrunk):
        assert found.outcome is Outcome.UNKNOWN
        assert found.reason.endswith(f"that is {strange:g}")


def test_a_service_that_shrank_by_one_witness_only_is_not_known_to_have():
    """By the watch on the API it still has three."""
    still = told((1006, 2), (1009, 3))
    found = judge_in(still, pods(gone=1050), to=1, within=30, interval=1.0)
    assert (found.outcome, found.reason) == (
        Outcome.UNKNOWN,
        "3 pods ready by the API, but Prometheus saw 0 at most",
    )
    gone = told((1006, 2), (1009, 3), (1049, 0))
    assert judge_in(gone, pods(gone=1050), to=1, within=30, interval=1.0).outcome is Outcome.MET
    at_the_end = told((1006, 1), (UNTIL - 2.0, 3))
    assert judge_in(at_the_end, pods(gone=1050), to=1, within=30, interval=1.0).outcome is Outcome.MET


@pytest.mark.parametrize(
    ("before", "series", "outcome", "reason"),
    [
        ([(999, 3)], pods(), Outcome.UNKNOWN, "3 pods were ready as the work began, so nobody saw it grow"),
        (
            [],
            pods(),
            Outcome.UNKNOWN,
            "Prometheus saw 3 pods, and nobody told how many were ready as the work b",
        ),
        ([(999, 2)], pods(most=2), Outcome.MISSED, "2 pods ready at most in 45 s of work"),
        ([(999, 3), (1001, 1)], pods(), Outcome.MISSED, "1 pod ready at most in 45 s of work"),
    ],
    ids=["there already", "nobody told", "too few all the while", "fewer once it began"],
)
def test_a_service_that_had_its_pods_already_was_not_seen_to_grow(before, series, outcome, reason):
    """It may be well, or never have been asked to grow: that none became ready is no miss."""
    verdict = judge_out(told(*before), series, to=3, within=30, interval=1.0)
    assert verdict.outcome is outcome
    assert verdict.reason.startswith(reason)


def test_a_service_of_whose_pods_nobody_told_shrank_by_one_witness_only():
    """The watch on the API says how many were ready as it began, so silence since is a number too."""
    found = judge_in(told(), pods(gone=1050), to=1, within=30, interval=1.0)
    assert found.outcome is Outcome.UNKNOWN
    assert found.reason == "Prometheus saw 0 pods at most, and nobody told how many were ready"
    assert judge_in(told((999, 1)), pods(gone=1050), to=1, within=30, interval=1.0).outcome is Outcome.MET


def test_of_two_services_that_were_watched_nobody_knows_which_is_meant():
    """One that grew, or shrank, is no word on the other."""
    both = [*GROWN, Event(1110, WATCHED_UNTIL, "application/other")]
    for found in (
        judge_out(both, pods(), to=3, within=30, interval=1.0),
        judge_in(both, pods(), to=0, within=30, interval=1.0),
    ):
        assert found.outcome is Outcome.UNKNOWN
        assert found.reason.startswith("application/forecast and application/other were watched")
