"""Requests belong to the window in which they were due; what was not sent in time decides nothing."""

from dataclasses import replace

import pytest
from loads import TOTAL, WELL, WINDOW, availability, load, measured, scraped

from slaharness.ledger.asked import asked
from slaharness.ledger.witness import crosscheck, load_clock
from slaharness.ledger.witness.crosscheck import Witnesses
from slaharness.model import RECOVERY, Op, Outcome, Timeslice, Window

MET, MISSED, UNKNOWN = Outcome
#: A client waits as long for an answer.
TIMEOUT = 5.0


@pytest.fixture
def judged(kept):
    """Judge a load of known truth."""

    def judge(requests, *, window=WINDOW, planned=True, objective=None, measurement=None, series=None):
        series = series or scraped(requests, planned=planned)
        objective, measurement = objective or availability(), measurement or measured(series, window)
        held = kept(*requests)
        clock = load_clock.offset(held, series)
        both = Witnesses(held, series, clock.doubt if clock else "")
        return crosscheck.judged(objective, measurement, window, asked(objective, series), both)

    return judge


@pytest.mark.parametrize("seconds", [0.5, 3.0, 4.9])
def test_an_outage_at_the_end_of_a_window_is_its_own(judged, seconds):
    """Requests that hang until after the window are counted by nobody in it, and were due in it."""

    def hangs(due):
        return (0.0005, TIMEOUT, "unknown") if WINDOW.end - seconds <= due < WINDOW.end else WELL

    requests = load(hangs)
    found = judged(requests)
    assert found.outcome is MISSED
    assert f"{seconds * 20:.0f} of 600 requests failed" in found.reason
    assert "read current without an answer" in found.reason
    after = Window(RECOVERY, WINDOW.end, WINDOW.end + 20)
    assert judged(requests, window=after).outcome is MET, "nobody who was due in it went unanswered"


def test_what_was_due_before_the_window_is_not_held_against_it(judged):
    """They end in the window, and both witnesses count them there."""

    def hangs(due):
        return (0.0005, TIMEOUT, "unknown") if 116 <= due < 120 else WELL

    found = judged(load(hangs))
    assert (found.outcome, found.requests) == (MET, 600)
    assert "80 of 66" in found.reason


def test_slices_are_of_what_was_due(judged):
    """The last slice of three held the outage whose requests ended after it."""

    def hangs(due):
        return (0.0005, TIMEOUT, "unknown") if 146 <= due < 150 else WELL

    requests = load(hangs)
    objective = replace(availability(), timeslice=Timeslice(10.0, 0.99), target=0.9)
    measurement = replace(measured(scraped(requests)), slices=((200.0, 200.0),) * 2 + ((132.0, 132.0),))
    found = judged(requests, objective=objective, measurement=measurement)
    assert found.outcome is MISSED
    assert "1 of 3 slices" in found.reason


def test_a_few_failures_of_a_good_run_are_counted_and_not_complained_of(judged):
    """What was wrong with them is of interest where the objective is missed."""
    found = judged(load(lambda due: (0.0005, 0.02, "fail") if 130 <= due < 130.1 else WELL))
    assert found.outcome is MET
    assert found.reason == "2 of 600 requests failed: 99.667 % ≥ 99 %; by the ledger 2 of 598 to 602"


def test_each_slice_is_of_what_was_due_in_it(judged):
    """Two outages in two of three slices, of which the last ended after the window."""
    outages = (124, 128), (146, 150)

    def hangs(due):
        return (0.0005, TIMEOUT, "unknown") if any(a <= due < b for a, b in outages) else WELL

    requests = load(hangs)
    seen = measured(scraped(requests))
    measurement = replace(seen, slices=((seen.good / 3, seen.total / 3),) * 3)
    objective = replace(availability(), timeslice=Timeslice(10.0, 0.8), target=0.9)
    found = judged(requests, objective=objective, measurement=measurement)
    assert found.outcome is MISSED
    assert found.reason.startswith("2 of 3 slices of 10 s had under 80 % good")


def test_slices_that_nobody_asked_for_decide_nothing(judged):
    """An objective that was changed since, held over an older record."""
    requests = load(lambda _: WELL)
    measurement = replace(measured(scraped(requests)), slices=((1.0, 1.0),))
    assert judged(requests, measurement=measurement).outcome is MET


def stalls(due):
    """The load's own process stands still for 3 s, and then sends what was due; each is answered in 20 ms."""
    return (max(0.0005, 134 - due), 0.02, "ok") if 131 <= due < 134 else WELL


def test_a_load_that_stalled_and_caught_up_proves_nothing(judged):
    """Nobody asked for three seconds: how that would have gone is not known."""
    found = judged(load(stalls))
    assert found.outcome is UNKNOWN
    assert "the load itself sent 50 requests more than 0.5 s late" in found.reason
    assert (found.seen, found.requests) == ("100 %", 600)


def test_an_outage_beside_a_stall_is_still_missed(judged):
    """However the late ones had fared, too many others failed."""
    found = judged(load(lambda due: (0.0005, 0.02, "fail") if 140 <= due < 145 else stalls(due)))
    assert found.outcome is MISSED


def test_users_that_wait_for_answers_ask_less(judged):
    """Closed-loop: all 10 users hang for 15 s, are answered in the end, and asked nothing meanwhile."""
    quiet = load(lambda _: WELL)
    asking = [one for one in quiet if not 130 <= one.intended < 145]
    hanging = [replaced._replace(finished=145.02) for replaced in quiet if 130 <= replaced.intended < 130.5]
    requests = sorted([*asking, *hanging], key=lambda one: one.finished)
    found = judged(requests, planned=False)
    assert found.outcome is UNKNOWN
    assert "its users waited for answers" in found.reason


def test_what_users_did_not_ask_is_counted_as_nothing_that_was_due(judged):
    """It may make a verdict unknown, and a few that waited long do not; those that failed are counted."""
    waits = load(lambda due: (0.0005, 3.0, "ok") if 130 <= due < 130.05 else WELL)
    assert judged(waits, planned=False).outcome is MET
    hangs = load(lambda due: (0.0005, TIMEOUT, "unknown") if 147 <= due < 150 else WELL)
    found = judged(hangs, planned=False)
    assert (found.outcome, found.requests) == (MISSED, 600)


def test_a_share_that_is_too_large_names_no_complaints(judged):
    """All requests are good, which is what is wrong."""
    objective = replace(availability(), op=Op.AT_MOST, target=0.5)
    found = judged(load(lambda _: WELL), objective=objective)
    assert found.outcome is MISSED
    assert found.reason == "0 of 600 requests failed: 100 % > 50 %; by the ledger 0 of 598 to 602"


def test_a_closed_loop_is_told_in_the_verdict(judged):
    """Its latency counts from sending, whatever was due before."""
    found = judged(load(lambda _: WELL), planned=False)
    assert (found.outcome, "closed-loop load" in found.reason) == (MET, True)
    assert "closed-loop" not in judged(load(lambda _: WELL)).reason


def test_clocks_that_are_apart_make_it_unknown(judged):
    """The ledger's window is not Prometheus's, so what was due in it is not known."""
    requests = load(lambda _: WELL)
    shifted = [
        one._replace(intended=one.intended - 2, sent=one.sent - 2, finished=one.finished - 2)
        for one in requests
    ]
    found = judged(shifted, series=scraped(requests))
    assert found.outcome is UNKNOWN
    assert "the load's clock is 1.9 s behind Prometheus's" in found.reason


def test_no_data_is_no_miss_where_the_ledger_had_some(judged):
    """The file calls it a miss that nothing was counted; here something was, and the witnesses differ."""
    requests = load(lambda _: WELL)
    series = [
        replace(one, samples=tuple((at, 7.0) for at, _ in one.samples)) if one.name == TOTAL else one
        for one in scraped(requests)
    ]
    silent = replace(measured(series), no_data=True)
    found = judged(
        requests, objective=replace(availability(), no_data_misses=True), measurement=silent, series=series
    )
    assert found.outcome is UNKNOWN
    assert found.reason.startswith("the two witnesses disagree: by Prometheus 0 of 0 requests failed")
    nobody = load(lambda _: WELL, since=100.0, until=118.0)
    series = scraped(nobody)
    agreed = replace(measured(series), no_data=True)
    assert agreed.total == 0
    found = judged(
        nobody, objective=replace(availability(), no_data_misses=True), measurement=agreed, series=series
    )
    assert found.outcome is MISSED


def test_what_was_due_and_has_no_end_anywhere_is_not_answered(judged):
    """One arrival in five of FAULT stands in no account: nobody knows that it went well."""
    requests = load(lambda _: WELL)
    series = scraped(requests)
    told = [one for n, one in enumerate(requests) if n % 5 or not 120 <= one.intended < 150]
    planned = [one for one in series if "arrivals" in one.name]
    seen = [one for one in scraped(told) if "arrivals" not in one.name]
    found = judged(told, series=[*seen, *planned])
    assert found.outcome is UNKNOWN
    assert "arrivals were due that the ledger tells no end of" in found.reason
    assert judged(requests).outcome is MET
