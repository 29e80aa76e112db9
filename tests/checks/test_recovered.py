"""``run.recovered``: the record's ledger and series are heard before its slices are."""

import csv
import gzip
from dataclasses import replace

import pytest
from loads import TOTAL, WELL, load, machine, scraped, users

from slaharness.events import POD_NOT_READY, POD_READY
from slaharness.ledger.ledger import HEADER
from slaharness.model import (
    BASELINE,
    CONTROL,
    FAULT,
    RECOVERY,
    Event,
    FaultReport,
    Outcome,
    Scenario,
    Strike,
    Window,
)
from slaharness.record.recorder import RunRecorder
from slaharness.record.run_record import VERSION, RunRecord
from slaharness.record.store import RecordStore
from slaharness.result import RunResult

MET, MISSED, UNKNOWN = Outcome
KILL = Strike("kill", 120.0, 121.0, proven=True)
WINDOWS = (Window(BASELINE, 104, 118), Window(FAULT, 120, 150), Window(RECOVERY, 150, 175))


def outage(due):
    """Nobody is answered for three seconds, beginning two seconds after the strike."""
    return (0.0005, 0.02, "fail") if 122 <= due < 125 else WELL


@pytest.fixture
def recovered(tmp_path):
    """What is said of a run whose requests fared so, and whose series ``change`` leaves behind."""

    def ask(
        fate=outage, change=lambda series: series, *,
        within="10s", over=RECOVERY, interval=1.0, stack=1.0, windows=WINDOWS, strike=KILL, events=(),
        version=VERSION,
    ):  # fmt: skip
        store = RecordStore.create(tmp_path, "kill")
        of = {one.phase: one.seconds for one in windows}
        asked = Scenario("kill", "l", "kill", baseline=of.get(BASELINE, 20), recovery=of.get(RECOVERY, 20))
        told = RunRecord(asked, "r1", interval=stack, load_interval=interval, control=strike is None)
        recorder = RunRecorder(store, told)
        for window in windows:
            recorder.window(window)
        if strike:
            report = FaultReport("kill", "completed", 120.0, 121.0, ("a",), ("a",), strikes=(strike,))
            recorder.fault(report)
        recorder.events(events)
        requests = load(fate)
        with gzip.open(store.ledger, "wt", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([HEADER, *requests, ("# end", len(requests))])
        store.save_objectives({})
        store.save_measurements(())
        store.save_series(change(scraped(requests)))
        recorder.finish()
        store.save_record(replace(store.record(), version=version))
        return RunResult(RecordStore.open(store.folder)).recovered(within=within, over=over)

    return ask


def without(*spans, names=(TOTAL,)):
    """The series of these names without what was scraped in those spans."""

    def change(series):
        return [
            replace(one, samples=tuple(s for s in one.samples if not any(a < s[0] < b for a, b in spans)))
            if one.name in names
            else one
            for one in series
        ]

    return change


def test_what_both_witnesses_saw_is_judged(recovered):
    """From the injection on, held to its limit; the calm before is what was as ever."""
    found = recovered()
    assert (found.outcome, found.seen, found.phase) == (MET, "5.0 s", RECOVERY)
    assert found.target == "≤ 10 s"
    assert recovered(within=4).outcome is MISSED


def test_what_became_of_the_pods_is_told(recovered):
    """From the strike on; it decides nothing."""
    events = [
        Event(118.0, POD_READY, "a/b"),
        Event(120.5, POD_NOT_READY, "a/b"),
        Event(123.0, POD_READY, "a/b"),
    ]
    assert "pods Ready after 3.0 s" in recovered(events=events).reason
    assert "1 fewer pods Ready" in recovered(events=events[:-1]).reason


def test_a_strike_as_fault_ends_is_watched_to_the_end_of_the_run(recovered):
    """It is the only one: no next one cuts what was seen of it."""
    late = replace(KILL, at=150.0, ended=150.0)

    def down(due):
        return (0.0005, 0.02, "fail") if 151 <= due < 154 else WELL

    for over in (FAULT, RECOVERY):
        found = recovered(down, strike=late, over=over)
        assert (found.outcome, found.seen) == (MISSED, "34.0 s")


def test_requests_that_are_never_answered_at_the_end_are_no_recovery(recovered):
    """Nothing else struck that they could have suffered from."""

    def hangs(due):
        return (0.0005, 5.0, "unknown") if 172 <= due < 175 else WELL

    assert recovered(hangs).outcome is MISSED


def test_without_requests_in_the_calm_nobody_knows_what_slow_is(recovered):
    found = recovered(windows=[Window(BASELINE, 80, 98), *WINDOWS[1:]])
    assert (found.outcome, found.seen) == (UNKNOWN, "5.0 s")
    assert found.reason == "the baseline's latency is not known, so neither is what steady means"


def test_slow_is_told_from_the_calm(recovered):
    """Answers of 250 ms are as ever where they always took that long."""

    def slow(due):
        return (0.0005, 0.25, "ok")

    assert recovered(slow).outcome is MET
    assert recovered(lambda due: slow(due) if due > 120 else WELL).outcome is MISSED


@pytest.mark.parametrize(
    ("spans", "outcome", "said"),
    [
        ([(130.0, 133.0)], MET, ""),
        ([(130.0, 134.0)], MET, ""),
        ([(130.0, 136.0)], UNKNOWN, "more than 5 s from 9.4 s after the fault on: one witness only"),
        ([(117.0, 123.0)], UNKNOWN, "more than 5 s from 0.0 s after the fault on: one witness only"),
        ([(169.0, 999.0)], UNKNOWN, "more than 5 s from 48.4 s after the fault on: one witness only"),
        ([(0.0, 125.0)], UNKNOWN, "more than 5 s at the fault: one witness only"),
        ([(0.0, 117.0)], MET, ""),
        ([(100.0, 999.0)], UNKNOWN, "one witness only"),
    ],
    ids=[
        "three scrapes",
        "five seconds",
        "six",
        "around the fault",
        "to the end",
        "from the start",
        "long before",
        "all",
    ],
)
def test_a_prometheus_that_was_silent_agrees_with_nobody(recovered, spans, outcome, said):
    """For more than five seconds: what it counted meanwhile is known, not when."""
    found = recovered(lambda _: WELL, without(*spans))
    assert found.outcome is outcome
    assert said in found.reason


@pytest.mark.parametrize("interval", [14.0, 1e9])
def test_a_load_that_is_scraped_too_seldom_is_watched_by_one_witness_only(recovered, interval):
    """However seldom is promised: four scrapes tell something of the time after the fault."""
    found = recovered(lambda _: WELL, without((121.0, 174.0)), interval=interval)
    assert found.outcome is UNKNOWN
    assert "too short to measure" in found.reason


def test_how_seldom_the_stack_is_scraped_says_nothing_of_the_load(recovered):
    """It has a Prometheus of its own, each second."""
    assert recovered(lambda _: WELL, without((130.0, 139.0)), stack=15.0).outcome is UNKNOWN


def test_a_stack_that_is_scraped_seldom_may_be_silent_for_two_scrapes(recovered):
    seldom = without((130.0, 136.0))
    assert recovered(lambda _: WELL, seldom, interval=4.0).outcome is MET
    assert recovered(lambda _: WELL, without((130.0, 139.0)), interval=4.0).outcome is UNKNOWN


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda series: [one for one in series if one.name != TOTAL], "Prometheus has no sample of the load"),
        (lambda series: [one for one in series if "scrape" not in one.name], "when the load was scraped is"),
        (
            lambda series: [
                replace(one, samples=tuple((at, 0.0) for at, _ in one.samples))
                if one.labels.get("outcome") == "fail"
                else one
                for one in series
            ],
            "by Prometheus no request failed, by the ledger 60 did",
        ),
        (
            lambda series: [
                replace(one, samples=tuple((at, 2 * value) for at, value in one.samples))
                if "offered" in one.name
                else one
                for one in series
            ],
            "the load began only",
        ),
    ],
    ids=["no counters", "no scrapes", "failures that it did not see", "a load that fell behind"],
)
def test_what_speaks_against_a_witness_makes_it_unknown(recovered, change, said):
    found = recovered(change=change)
    assert (found.outcome, found.seen) == (UNKNOWN, "none")
    assert said in found.reason


def test_what_the_load_sent_late_may_not_decide(recovered):
    """Answered at once when they were sent, two seconds late: nobody knows how it would have been."""

    def stalls(due):
        return (max(0.0005, 172 - due), 0.02, "ok") if 168 <= due < 172 else WELL

    found = recovered(stalls)
    assert found.outcome is UNKNOWN
    assert "the load itself sent" in found.reason


@pytest.mark.parametrize("lacking", [BASELINE, RECOVERY])
def test_a_run_that_lacks_a_window_tells_no_recovery(recovered, lacking):
    """Nor an older one, of which no window was promised."""
    windows = [one for one in WINDOWS if one.phase is not lacking]
    assert recovered(windows=windows).outcome is UNKNOWN
    for over in (RECOVERY, FAULT):
        found = recovered(windows=windows, version=0, over=over)
        assert (found.outcome, found.seen, found.target) == (UNKNOWN, "none", "≤ 10 s")
        assert found.reason == "the run has no fault, or not all of its windows"


def test_a_run_without_a_fault_recovers_from_none(recovered):
    """A control run claims none, whatever windows it has."""
    found = recovered(strike=None, windows=[*WINDOWS, Window(CONTROL, 120, 150)])
    assert (found.outcome, found.reason) == (UNKNOWN, "the run has no fault, or not all of its windows")


ODD = (Window(BASELINE, 104, 118), Window(FAULT, 120, 150), Window(RECOVERY, 150, 175.15))


def test_the_last_moment_is_watched_too(recovered):
    """However short what is left of the time after its last whole slice."""

    def fails(due):
        return (0.0005, 0.02, "fail") if 175.0 <= due < 175.15 else WELL

    assert recovered(lambda _: WELL, windows=ODD).outcome is MET
    found = recovered(fails, windows=ODD)
    assert (found.outcome, found.seen) == (MISSED, "not seen")


def test_slowness_that_a_busy_machine_explains_is_no_lack_of_recovery(recovered):
    """Requests that failed, or were slow on a machine at its ease, are."""

    def slow(due):
        return (0.0005, 0.6, "ok") if due >= 123 else WELL

    def beside(short):
        return lambda series: [*series, *machine(short)]

    found = recovered(slow, beside(lambda at: at > 122))
    assert found.outcome is UNKNOWN
    assert found.reason.startswith("the machine was short of processor time while")
    assert found.reason.endswith("still not steady after 55 s")
    assert recovered(slow, beside(lambda at: at < 115)).outcome is MISSED
    assert recovered(outage, beside(lambda _: True), within=4).outcome is MISSED
    assert recovered(outage, beside(lambda _: True)).outcome is MET


def hung(due):
    """One in three users waits for an answer for four seconds, without a plan; the others are well."""
    waits = round(due * 20) % 3 == 0
    if not waits:
        return WELL
    return (0.0, 4.0, "ok") if 125.0 <= due < 125.2 else (0.0, 0.02, "ok")


@pytest.mark.parametrize(("there", "outcome"), [(1, MET), (2, UNKNOWN)])
def test_users_that_wait_beside_planned_arrivals_are_heard(recovered, there, outcome):
    """While they waited they asked nothing, and nobody knows how that would have gone."""
    found = recovered(hung, lambda series: [*series, users(there)], within="2s")
    assert found.outcome is outcome
    assert ("its users waited for answers" in found.reason) is (outcome is UNKNOWN)


def test_counts_of_another_life_of_the_load_do_not_tell_its_clock(recovered):
    """All of them are beyond what the ledger has: how far its times are off nobody knows."""

    def later(series):
        return [
            replace(one, samples=tuple((at, value + 1e6) for at, value in one.samples))
            if one.name == TOTAL
            else one
            for one in series
        ]

    found = recovered(lambda _: WELL, later)
    assert (found.outcome, found.reason) == (
        UNKNOWN,
        "its counters do not tell how far the load's clock is off",
    )


def test_a_limit_as_near_as_the_clocks_may_be_apart_is_neither_kept_nor_missed(recovered):
    """They are known to a tenth of a second or so: how soon it was well, no finer."""
    assert recovered(within=4.8).outcome is MISSED
    for within in (4.95, 5.05):
        found = recovered(within=within)
        assert found.outcome is UNKNOWN
        assert found.reason.startswith("steady after 5.0 s; the load's clock may be 0.")
    assert recovered(within=5.2).outcome is MET


def test_a_fault_is_not_blamed_for_requests_that_failed_before_it_too(recovered):
    """Nor for slow ones: what they were like as the calm ended is what they are like for ever."""

    def every_tenth(since):
        return lambda due: (0.0005, 0.02, "fail") if due > since and round(due * 20) % 10 == 0 else WELL

    found = recovered(every_tenth(0))
    assert found.outcome is UNKNOWN
    assert found.reason.startswith("before any fault requests were not well either")
    assert recovered(every_tenth(120)).outcome is MISSED
    calmed = recovered(lambda due: WELL if 110 < due < 120 else every_tenth(0)(due))
    assert calmed.outcome is MISSED


def test_arrivals_of_which_no_end_is_told_may_not_have_recovered(recovered):
    """They were offered, and stand in no ledger."""

    def more(series):
        return [
            replace(one, samples=tuple((at, value + max(0.0, at - 130)) for at, value in one.samples))
            if "arrivals" in one.name
            else one
            for one in series
        ]

    found = recovered(lambda _: WELL, more)
    assert found.outcome is UNKNOWN
    assert "arrivals were due that the ledger tells no end of" in found.reason
