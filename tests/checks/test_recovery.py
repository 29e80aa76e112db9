"""Recovery, found in slices of a ledger whose truth is known."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaharness.checks.recovery import Readiness, Recovery, judge_recovery, readiness, recovery
from slaharness.events import POD_NOT_READY, POD_READY
from slaharness.ledger.witness.steady_state import Steady
from slaharness.model import Event, LatencyBin, Outcome, Phase

INJECTED = 1000.0
WIDTH = 0.2
STEADY = Steady(baseline_p95=0.04)


def slices(seconds: float, *, down=(), slow=(), silent=()) -> list[LatencyBin]:
    """Slices from a second before the injection on; each trouble is a span (from, to) since the injection."""

    def inside(at, spans):
        return any(start - 1e-6 <= at < end - 1e-6 for start, end in spans)

    pieces = []
    for number in range(-5, round(seconds / WIDTH)):
        since = number * WIDTH
        p95 = 0.9 if inside(since, slow) else 0.04
        piece = LatencyBin(INJECTED + since, ok=10, fail=0, unknown=0, p95=p95)
        if inside(since, down):
            piece = replace(piece, ok=0, fail=8, unknown=2, p95=5.0)
        if not inside(since, silent):
            pieces.append(piece)
    return pieces


def judged(pieces, *, until=60.0, within=30.0):
    return judge_recovery(
        pieces,
        injected=INJECTED,
        observed_until=INJECTED + until,
        within=within,
        steady=Steady(baseline_p95=0.04),
    )


def test_an_outage_is_told_in_its_parts():
    """Users noticed after 0.4 s, got an answer after 20.4 s, and had slow answers until 25 s."""
    pieces = slices(60, down=[(0.4, 20.4)], slow=[(20.4, 25)])
    found = recovery(pieces, injected=INJECTED, steady=STEADY)
    assert found.detected == pytest.approx(0.4)
    assert found.answered == pytest.approx(20.4)
    assert found.steady == pytest.approx(25.0)
    verdict = judged(pieces)
    assert verdict.outcome is Outcome.MET
    assert verdict.reason == "first failure after 0.4 s, first answer after 20.4 s, steady after 25.0 s"
    assert (verdict.objective, verdict.phase, verdict.target) == ("recovery", Phase.RECOVERY, "≤ 30 s")
    assert (verdict.seen, verdict.requests) == ("25.0 s", 3000)


def test_pods_are_told_apart_from_what_users_see():
    """Ready is when as many pods are there as before, for the last time; it decides nothing."""
    events = [
        Event(INJECTED - 5, POD_NOT_READY, "a/before"),
        Event(INJECTED + 0.3, POD_NOT_READY, "a/one"),
        Event(INJECTED + 0.4, POD_NOT_READY, "a/two"),
        Event(INJECTED + 9.0, POD_READY, "a/one"),
        Event(INJECTED + 21.5, POD_READY, "a/another"),
    ]
    back = readiness(events, injected=INJECTED)
    assert back == Readiness(0, pytest.approx(21.5))
    assert readiness(events[:-1], injected=INJECTED) == Readiness(1, None)
    assert readiness([], injected=INJECTED) == Readiness(0, None)
    relapse = [
        *events,
        Event(INJECTED + 30, POD_NOT_READY, "a/one"),
        Event(INJECTED + 31, POD_READY, "a/one"),
    ]
    assert readiness(relapse, injected=INJECTED).ready == pytest.approx(31)
    assert readiness(relapse[:-1], injected=INJECTED) == Readiness(1, None)

    def told(pods):
        return judge_recovery(
            slices(60, down=[(0.4, 20.4)]), injected=INJECTED, observed_until=INJECTED + 60, within=30,
            steady=STEADY, pods=pods,
        )  # fmt: skip

    words = "first failure after 0.4 s, first answer after 20.4 s, {}, steady after 20.4 s"
    assert told(back).reason == words.format("pods Ready after 21.5 s")
    assert told(back).figures["ready (s)"] == pytest.approx(21.5)
    assert told(back).figures["answered (s)"] == pytest.approx(20.4)
    assert told(Readiness(2, None)).reason == words.format("2 fewer pods Ready")
    assert {told(pods).outcome for pods in (back, Readiness(2, None), Readiness(0, None))} == {Outcome.MET}


def test_pods_that_came_before_any_went_make_up_for_nothing():
    """One more than before, one fewer, one more: they were never fewer than when it struck."""
    times = (POD_READY, POD_NOT_READY, POD_READY)
    events = [Event(INJECTED + at, name, "a/one") for at, name in enumerate(times)]
    assert readiness(events, injected=INJECTED) == Readiness(0, None)
    assert readiness(events[1:], injected=INJECTED) == Readiness(0, 2.0)
    at_once = [Event(INJECTED, POD_NOT_READY, "a/one")]
    assert readiness(at_once, injected=INJECTED) == Readiness(1, None)


def test_what_failed_until_the_injection_is_none_of_it():
    """A slice that ends with it; one that goes on through it counts from the injection on."""
    assert judged(slices(60, down=[(-1, 0)])).reason == "no request failed, steady after 0.0 s"
    assert recovery(slices(60, down=[(-1, 0)]), injected=INJECTED, steady=STEADY).detected is None
    moved = [replace(piece, start=piece.start - 0.1) for piece in slices(60, down=[(0, 5)])]
    found = recovery(moved, injected=INJECTED, steady=STEADY)
    assert found.detected == 0.0
    assert found.answered == pytest.approx(4.9)


def test_an_answer_beside_a_failure_is_not_the_first_one():
    """Within one slice nobody knows which came first."""
    mixed = [replace(piece, ok=2) if piece.fail else piece for piece in slices(60, down=[(1, 3)])]
    found = recovery(mixed, injected=INJECTED, steady=STEADY)
    assert found.answered == pytest.approx(1.2)


def test_steady_at_exactly_the_limit_is_met():
    """And what is sent at the end of what was observed is not part of it."""
    assert judged(slices(60, down=[(1, 30)])).outcome is Outcome.MET
    assert judged(slices(61)).requests == 3000


@pytest.mark.parametrize(
    ("within", "silent", "outcome"),
    [
        (30, (10, 14.8), Outcome.MET),
        (30, (10, 15.2), Outcome.UNKNOWN),
        (4, (10, 11.8), Outcome.MET),
        (4, (10, 12.4), Outcome.UNKNOWN),
    ],
)
def test_a_silence_may_be_five_seconds_or_half_the_limit(within, silent, outcome):
    """Whichever is shorter: a relapse as long as the limit would be a miss."""
    pieces = slices(60, down=[(0, 1)], silent=[silent])
    assert judged(pieces, within=within).outcome is outcome
    empty = [one for one in slices(60) if one not in pieces and one.start > INJECTED + 1]
    told = sorted([*pieces, *(replace(one, ok=0, p95=None) for one in empty)], key=lambda one: one.start)
    assert judged(told, within=within).outcome is outcome


def quarters(*fates):
    """Slices of a quarter of a second, which floats tell exactly; each of ``fates`` is (seconds, how)."""
    kinds = {"well": (10, 0, 0.04), "slow": (10, 0, 0.9), "down": (0, 10, 5.0), "refused": (0, 10, 0.01)}
    since, pieces = INJECTED, []
    for lasts, how in fates:
        if how in kinds:
            ok, fail, p95 = kinds[how]
            pieces += [LatencyBin(since + at / 4, ok, fail, 0, p95, 0.25) for at in range(round(lasts * 4))]
        since += lasts
    return pieces


@pytest.mark.parametrize(
    ("fates", "within", "outcome"),
    [
        ([(5, "well"), (5, ""), (50, "well")], 30, Outcome.MET),
        ([(5, "well"), (5.25, ""), (49.75, "well")], 30, Outcome.UNKNOWN),
        ([(5, "well"), (2, ""), (53, "well")], 4, Outcome.MET),
        ([(5, "down"), (24, ""), (1, "well"), (0.25, "down"), (20, "well")], 30, Outcome.MISSED),
        ([(5, "down"), (24, ""), (1.25, "well"), (1, "slow"), (20, "well")], 30, Outcome.UNKNOWN),
        ([(1, "down"), (59, "down")], 1, Outcome.MISSED),
        ([(20, "slow"), (8, ""), (2, "well"), (10, "slow"), (20, "well")], 30, Outcome.UNKNOWN),
        ([(8, ""), (20, "refused"), (2, "well"), (6, "slow"), (24, "well")], 30, Outcome.MISSED),
        ([(2, "down"), (10, ""), (16, "down"), (2, "well"), (6, "slow"), (24, "well")], 30, Outcome.MISSED),
        ([(29.75, ""), (10, "slow"), (20, "well")], 30, Outcome.MISSED),
        ([(29.5, ""), (10, "slow"), (20, "well")], 30, Outcome.MISSED),
        ([(28, "slow"), (12, ""), (10, "slow"), (10, "well")], 30, Outcome.MISSED),
        ([(0.5, ""), (28, "down"), (12, ""), (10, "slow"), (9.5, "well")], 30, Outcome.MISSED),
    ],
    ids=[
        "five seconds", "more", "half the limit", "a failure at the limit", "slow after the limit",
        "a limit shorter than a silence", "well before the limit", "refused at once", "down twice",
        "trouble to the very limit", "trouble through it", "a silence through the limit",
        "nobody there at first",
    ],
)  # fmt: skip
def test_a_silence_counts_where_the_opposite_could_have_hidden(fates, within, outcome):
    """After a recovery; or between the last trouble before the limit and the limit."""
    assert judged(quarters(*fates), within=within).outcome is outcome


@pytest.mark.parametrize("trouble", [{"slow": [(8, 31)]}, {"down": [(8, 31)]}])
def test_a_silence_before_the_trouble_hides_no_recovery(trouble):
    """It was not well at the limit, whatever was before."""
    assert judged(slices(60, silent=[(0, 8)], **trouble)).outcome is Outcome.MISSED
    first = slices(60, down=[(8, 20)], slow=[(20, 31)], silent=[(0, 8)])
    assert judged(first).outcome is Outcome.MISSED


def test_a_silence_in_the_outage_hides_no_relapse():
    """It was down before it and after it; well since, and seen to be."""
    assert judged(slices(60, down=[(0, 2), (12, 14)], silent=[(2, 12)])).outcome is Outcome.MET


def test_a_silence_after_a_recovery_at_the_very_limit_proves_nothing():
    assert judged(slices(60, down=[(1, 30)], silent=[(40, 50)])).outcome is Outcome.UNKNOWN


def test_a_silence_between_the_last_trouble_and_the_limit_may_hide_a_recovery():
    for trouble in ({"slow": [(0, 20), (36, 40)]}, {"down": [(0, 20)], "slow": [(36, 40)]}):
        assert judged(slices(60, silent=[(20, 36)], **trouble)).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(("until", "outcome"), [(29.5, Outcome.UNKNOWN), (29.75, Outcome.MISSED)])
def test_all_but_a_slice_of_the_limit_is_enough(until, outcome):
    assert judged(quarters((until, "down")), until=until).outcome is outcome
    assert judged(quarters((1, "down"), (until - 1, "well")), until=until).outcome is Outcome.MET


def test_one_slice_is_not_steady():
    """Nor is it the end of what may be asked of one."""
    verdict = judged(quarters((0.25, "down")), until=1)
    assert verdict.reason == "not steady when the run ended, 1 s after the fault"


def test_a_fault_that_nobody_notices_recovers_at_once():
    """With no failed and no slow request, there is nothing to recover from."""
    verdict = judged(slices(60))
    assert (verdict.outcome, verdict.seen) == (Outcome.MET, "0.0 s")
    assert verdict.reason == "no request failed, steady after 0.0 s"


def test_recovery_over_the_limit_is_missed():
    """122 s over a limit of 100 s is a miss, not a pass with a remark."""
    verdict = judged(slices(200, down=[(1, 122)]), until=200, within=100)
    assert (verdict.outcome, verdict.seen) == (Outcome.MISSED, "122.0 s")


def test_no_recovery_is_censored_and_missed():
    """Requests that still fail at the limit are a result, not a run to leave out."""
    verdict = judged(slices(60, down=[(1, 60)]))
    assert (verdict.outcome, verdict.seen) == (Outcome.MISSED, "not seen")
    assert verdict.reason == "first failure after 1.0 s, no answer since, still not steady after 60 s"


def test_good_seconds_before_the_failure_are_no_recovery():
    """A fault that takes three seconds to hurt is not over after none."""
    verdict = judged(slices(60, down=[(3, 10)]))
    assert verdict.seen == "10.0 s"


def test_a_relapse_counts():
    """Well for ten seconds and down again is not well until it stays so."""
    assert judged(slices(60, down=[(0, 5), (15, 20)])).seen == "20.0 s"
    assert judged(slices(60, down=[(0, 5), (50, 55)])).outcome is Outcome.MISSED


def test_lasting_slowness_is_a_relapse_and_a_blip_is_none():
    """One slow slice is a handful of requests; a second of them is a system that is not well."""
    assert judged(slices(60, down=[(0, 5)], slow=[(10, 10.4)])).seen == "5.0 s"
    assert judged(slices(60, down=[(0, 5)], slow=[(10, 12)])).seen == "12.0 s"


def test_a_few_answers_between_failures_are_no_steady_state():
    """Four good slices in a row are one too few."""
    assert judged(slices(60, down=[(0, 5), (5.8, 10)])).seen == "10.0 s"


def test_one_slow_slice_does_not_put_off_the_steady_state():
    """A few requests take long on any day; two of five slices are no accident, nor is the first."""
    assert judged(slices(60, down=[(0, 5)], slow=[(5.4, 5.6)])).seen == "5.0 s"
    assert judged(slices(60, down=[(0, 5)], slow=[(5.2, 5.4), (5.6, 5.8)])).seen == "5.4 s"
    assert judged(slices(60, down=[(0, 5)], slow=[(5.0, 5.2)])).seen == "5.2 s"


def test_slow_is_told_from_the_baseline_or_the_floor():
    """Answers of 190 ms are well against a baseline of 40 ms, as nobody notices; 210 ms are not."""
    for p95, outcome in ((0.19, Outcome.MET), (0.21, Outcome.MISSED)):
        pieces = [replace(piece, p95=p95) for piece in slices(60)]
        assert judged(pieces).outcome is outcome
    assert Steady(baseline_p95=0.4).limit == pytest.approx(0.6)


def test_no_load_proves_nothing():
    """Without requests nobody knows whether the system was well."""
    verdict = judged([])
    assert (verdict.outcome, verdict.reason) == (Outcome.UNKNOWN, "no load after the fault")


def test_load_that_dies_in_the_outage_proves_nothing():
    """Requests failed, then there were none: the system may have recovered in time."""
    verdict = judged(slices(60, down=[(1, 10)], silent=[(10, 60)]))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.reason == "no load for 20.0 s, so nobody knows how requests would have fared"


def test_load_that_dies_after_recovery_proves_nothing():
    """A relapse would not have been seen."""
    assert judged(slices(60, down=[(1, 10)], silent=[(20, 60)])).outcome is Outcome.UNKNOWN


def test_load_that_starts_after_the_limit_proves_nothing():
    """The first request a minute late does not show a recovery that took a minute."""
    assert judged(slices(60, silent=[(0, 50)])).outcome is Outcome.UNKNOWN


def test_silence_does_not_excuse_failures_after_the_limit():
    """Whatever was not seen before: requests failed when they should long have been answered."""
    assert judged(slices(60, down=[(1, 5), (40, 41)], silent=[(5, 39)])).outcome is Outcome.MISSED


def test_users_waiting_for_their_timeouts_are_no_silence():
    """Users who all wait send nothing for a while; what they sent before failed, which is evidence."""
    waiting = [(at + 0.4, at + 5.0) for at in range(0, 25, 5)]
    verdict = judged(slices(60, down=[(0, 25)], silent=waiting))
    assert (verdict.outcome, verdict.seen) == (Outcome.MET, "25.0 s")


def test_slices_without_requests_say_nothing():
    """An empty slice is neither good nor bad: users who come seldom do not make a system unsteady."""
    seldom = [
        replace(piece, ok=0, p95=None) if number % 3 and not piece.fail else piece
        for number, piece in enumerate(slices(60, down=[(1, 10)]))
    ]
    assert recovery(seldom, injected=INJECTED, steady=STEADY).steady == pytest.approx(10.0, abs=0.6)
    assert judged(seldom).outcome is Outcome.MET


def test_a_run_that_ended_too_early_proves_nothing():
    """Not recovered after 20 s says nothing about a limit of 30 s."""
    verdict = judged(slices(20, down=[(1, 20)]), until=20)
    assert (verdict.outcome, verdict.reason) == (
        Outcome.UNKNOWN,
        "not steady when the run ended, 20 s after the fault",
    )


def test_the_last_slice_may_be_cut():
    """A run watched to its limit, but for a fraction of a slice, was watched to its limit."""
    assert judged(slices(30, down=[(1, 30)]), until=29.9999).outcome is Outcome.MISSED


@pytest.mark.parametrize("p95", [math.nan, math.inf, 0.0, -1.0])
def test_a_baseline_without_latency_proves_nothing(p95):
    """Without a baseline nobody knows what "as before" means."""
    verdict = judge_recovery(
        slices(60),
        injected=INJECTED,
        observed_until=INJECTED + 60,
        within=30,
        steady=Steady(baseline_p95=p95),
    )
    assert verdict.outcome is Outcome.UNKNOWN
    silent = judge_recovery(
        [], injected=INJECTED, observed_until=INJECTED + 60, within=30, steady=Steady(baseline_p95=p95)
    )
    assert silent.reason == (
        "the baseline's latency is not known, so neither is what steady means; no load after the fault"
    )


def test_what_was_not_seen_is_none():
    """No time is made up for what did not happen."""
    assert recovery([], injected=INJECTED, steady=STEADY) == Recovery(None, None, None)


spans = st.tuples(st.floats(0, 40), st.floats(0.2, 15)).map(lambda span: (span[0], span[0] + span[1]))


@given(outage=spans, slowness=st.floats(0, 10), phase=st.floats(0, WIDTH))
def test_the_truth_is_found_to_a_slice(outage, slowness, phase):
    """For any outage, each instant is found within one slice of the truth, wherever slices begin."""
    start, end = outage
    pieces = [
        replace(piece, start=piece.start - phase)
        for piece in slices(
            80, down=[(start + phase, end + phase)], slow=[(end + phase, end + phase + slowness)]
        )
    ]
    found = recovery(pieces, injected=INJECTED, steady=STEADY)
    assert found.detected == pytest.approx(start, abs=WIDTH + 1e-6)
    assert found.answered == pytest.approx(end, abs=WIDTH + 1e-6)
    if slowness > 2 * WIDTH or slowness == 0:
        assert found.steady == pytest.approx(end + slowness, abs=WIDTH + 1e-6)


@given(outages=st.lists(spans, max_size=3), gone=st.sets(st.integers(0, 299)))
def test_removing_requests_that_were_answered_never_helps(outages, gone):
    """Losing good slices may cost a verdict its certainty, and never turns UNKNOWN or MISSED into MET."""
    whole = slices(60, down=outages)
    left = [piece for number, piece in enumerate(whole) if number not in gone or piece.fail]
    assert judged(whole).outcome is Outcome.MET or judged(left).outcome is not Outcome.MET


def every(period, bad, *, until, since=0.0):
    """Spans of ``bad`` seconds that begin every ``period`` seconds."""
    count = round((until - since) / period)
    return [(since + number * period, since + number * period + bad) for number in range(count)]


def test_a_share_of_slow_slices_is_never_steady():
    """Every third slice is slow for as long as anyone looked: well for moments, and never for good."""
    verdict = judged(slices(60, slow=every(0.6, 0.2, until=60)), within=59.9)
    assert verdict.outcome is not Outcome.MET


def test_a_few_slow_slices_to_the_end_are_as_any_day():
    """One in ten stands for one slow request in a hundred."""
    assert judged(slices(60, down=[(0, 5)], slow=every(2, 0.2, since=6, until=60))).seen == "5.0 s"


def test_well_again_and_again_is_no_recovery():
    """Down for two seconds of every ten: the eight good ones at the end say nothing of the next two."""
    flapping = judged(slices(60, down=every(10, 2, until=60)), within=55)
    assert flapping.outcome is Outcome.UNKNOWN
    assert flapping.reason == (
        "it was well 5 times before, for up to 8.0 s, and fell back each time: 8.0 s at the end prove no more"
    )
    assert judged(slices(90, down=every(10, 2, until=60)), until=90, within=55).seen == "52.0 s"
    down_again = slices(60, down=[*every(10, 2, until=60), (59, 60)])
    assert judged(down_again, within=55).outcome is Outcome.MISSED


def test_a_relapse_at_the_very_end_is_no_recovery():
    """Well again for a second and a half, as it had been for forty before, until it was not."""
    relapse = judged(slices(50, down=[(0, 2), (43, 48.4)]), until=50, within=55)
    assert relapse.outcome is Outcome.UNKNOWN
    assert "well 1 time before, for up to 41.0 s, and fell back each time: 1.6 s at the end" in relapse.reason
    assert judged(slices(54, down=[(0, 2), (43, 48.4)]), until=54, within=55).seen == "48.4 s"


def test_well_again_and_again_after_the_limit_is_too_late():
    """However it goes on, trouble after the limit was trouble."""
    assert judged(slices(60, down=every(10, 2, until=60)), within=45).outcome is Outcome.MISSED


def test_slowness_that_comes_again_and_again_is_flapping_too():
    """No request need fail for it."""
    assert judged(slices(60, slow=every(10, 2, until=60)), within=55).outcome is Outcome.UNKNOWN
