"""A schedule of faults has a window for each: what is asked over one of them is of that fault alone."""

import csv
import gzip
from dataclasses import replace

import pytest
from loads import WELL, availability, load, measured, scraped

from slaharness.errors import BadInput
from slaharness.events import CLOCKS_APART, POD_GONE
from slaharness.ledger.ledger import HEADER
from slaharness.model import (
    BASELINE,
    FAULT,
    RECOVERY,
    Event,
    FaultReport,
    Outcome,
    Phase,
    Scenario,
    Strike,
    Window,
)
from slaharness.record.recorder import RunRecorder
from slaharness.record.run_record import RunRecord
from slaharness.record.store import RecordStore
from slaharness.result import RunResult

MET, MISSED, UNKNOWN = Outcome
#: The API dies at 120, the database at 135; the load runs from 100 to 180.
API, DATABASE = (
    Strike("kill api", 120.0, 121.0, proven=True),
    Strike("kill database", 135.0, 136.0, proven=True),
)


def down(since, until):
    """Nobody is answered from ``since`` to ``until``."""
    return lambda due: (0.0005, 0.02, "fail") if since <= due < until else WELL


@pytest.fixture
def run(tmp_path):
    """A finished run of two faults, whose requests fared as ``fate`` says."""

    def make(fate=lambda _: WELL, strikes=(API, DATABASE), events=(), drop=(), silent=lambda _: False):
        store = RecordStore.create(tmp_path, "two")
        recorder = RunRecorder(store, RunRecord(Scenario("two", "l", "two", 14, 30, 25), "r1"))
        hit = tuple(one.action for one in strikes if one.proven)
        fault = FaultReport("two", "completed", 120.0, 136.0, hit, hit, strikes=tuple(strikes))
        whole = Window(FAULT, 120.0, 150.0)
        windows = [Window(BASELINE, 104, 118), whole, *fault.windows(whole), Window(RECOVERY, 150, 175)]
        for window in windows:
            if window.phase not in drop:
                recorder.window(window)
        recorder.fault(fault)
        recorder.events(events)
        requests = [one for one in load(fate) if not silent(one.intended)]
        series = scraped(requests)
        with gzip.open(store.ledger, "wt", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([HEADER, *requests, ("# end", len(requests))])
        store.save_objectives({"a": replace(availability(), target=0.95)})
        store.save_measurements(tuple(measured(series, window) for window in windows))
        store.save_series(series)
        recorder.finish()
        return RunResult(RecordStore.open(store.folder))

    return make


def availabilities(run):
    overs = (run.fault("kill api"), run.fault("kill database"), FAULT)
    return [run.meets("a", over=over).outcome for over in overs]


def test_each_window_reaches_from_its_strike_to_the_next_one(run):
    """The last one to the end of FAULT, which stays the whole."""
    windows = {one.phase: (one.start, one.end) for one in run().record.timeline.windows}
    assert windows[Phase.of_fault("kill api")] == (120.0, 135.0)
    assert windows[Phase.of_fault("kill database")] == (135.0, 150.0)
    assert windows[FAULT] == (120.0, 150.0)


@pytest.mark.parametrize(
    ("fate", "outcomes"),
    [
        (lambda _: WELL, [MET, MET, MET]),
        (down(122.0, 125.0), [MISSED, MET, MISSED]),
        (down(140.0, 143.0), [MET, MISSED, MISSED]),
    ],
    ids=["none", "the first", "the second"],
)
def test_a_fault_is_blamed_for_its_own_window(run, fate, outcomes):
    """The other one is not, and the whole holds both."""
    finished = run(fate)
    assert availabilities(finished) == outcomes
    assert finished.verdicts[0].phase == "FAULT of kill api"


def test_recovery_is_asked_of_one_fault(run):
    """Within so long of its own strike, until the next one; the last one until the end."""
    finished = run(down(122.0, 125.0))
    api, database = finished.fault("kill api"), finished.fault("kill database")
    found = finished.recovered(within=6, over=api)
    assert (found.outcome, found.phase) == (MET, "FAULT of kill api")
    assert finished.recovered(within=4, over=api).outcome is MISSED
    assert finished.recovered(within=4, over=database).outcome is MET
    assert finished.recovered(within=4).outcome is MISSED
    late = run(down(160.0, 163.0))
    assert late.recovered(within=4, over=database).outcome is MISSED
    assert late.recovered(within=4, over=api).outcome is MET
    with pytest.raises(BadInput, match="a recovery is not over BASELINE"):
        late.recovered(within=4, over=BASELINE)


def test_requests_under_way_at_the_next_strike_are_not_the_first_ones(run):
    """Those 20 were sent before it and never answered: it may have been either."""

    def hangs(due):
        return (0.0005, 5.0, "unknown") if 134.0 <= due < 135.0 else WELL

    found = run(hangs).meets("a", over=Phase.of_fault("kill api"))
    assert found.outcome is UNKNOWN
    assert "still under way when the next fault struck" in found.reason
    assert run(hangs).recovered(within=4, over=Phase.of_fault("kill api")).outcome is UNKNOWN


def test_a_fault_that_struck_what_was_still_unwell_is_not_blamed(run):
    """The outage of the first goes on into the second's window; the whole stays MISSED."""
    finished = run(down(125.0, 140.0))
    api, database = finished.fault("kill api"), finished.fault("kill database")
    assert availabilities(finished) == [MISSED, UNKNOWN, MISSED]
    for found in (finished.meets("a", over=database), finished.recovered(within=4, over=database)):
        assert found.outcome is UNKNOWN
        assert found.reason.startswith("requests were not seen to be well again after the fault before")
    assert finished.meets("a", over=database).seen == "62.667 %"
    assert finished.recovered(within=8, over=api).outcome is MISSED
    assert finished.recovered(within=8).outcome is MISSED


def test_a_fault_that_made_nothing_worse_is_well_whatever_was_before(run):
    """Requests were unwell from the first one as it struck, and well again within its own time."""
    finished = run(down(125.0, 136.0))
    assert finished.recovered(within=4, over=finished.fault("kill database")).outcome is MET


def test_a_fault_before_which_every_request_hung_is_not_blamed(run):
    """All of them were under way as it struck, since the one before: nobody saw them well again."""
    finished = run(lambda due: (0.0005, 60.0, "unknown") if 120.0 <= due < 150.0 else WELL)
    assert finished.recovered(within=4, over=finished.fault("kill database")).outcome is UNKNOWN


def test_a_fault_on_the_heels_of_another_is_not_blamed(run):
    """Half a second shows nobody well again, however well they were before that."""
    heel = replace(API, action="kill edge", at=134.5, ended=134.6)
    finished = run(down(137.0, 142.0), strikes=(API, heel, DATABASE))
    assert finished.recovered(within=4, over=finished.fault("kill database")).outcome is UNKNOWN
    earlier = run(down(137.0, 142.0), strikes=(API, replace(heel, at=130.0, ended=130.1), DATABASE))
    assert earlier.recovered(within=4, over=earlier.fault("kill database")).outcome is MISSED


def test_users_who_come_seldom_are_well_all_the_same(run):
    """Nobody asked for five seconds before the second strike; before that they were answered."""
    finished = run(down(137.0, 142.0), silent=lambda due: 130.0 <= due < 135.0)
    assert finished.recovered(within=4, over=finished.fault("kill database")).outcome is MISSED


def test_requests_under_way_as_the_last_window_ends_are_of_its_fault(run):
    """No other one struck then."""

    def hangs(due):
        return (0.0005, 5.0, "unknown") if 149.0 <= due < 150.0 else WELL

    found = run(hangs).meets("a", over=Phase.of_fault("kill database"))
    assert found.outcome is MISSED


def test_requests_under_way_as_the_only_fault_strikes_are_its_own(run):
    """Also where it struck as FAULT ended: there is no other."""

    def hangs(due):
        return (0.0005, 5.0, "unknown") if 147.0 <= due < 150.0 else WELL

    found = run(hangs, strikes=(replace(API, at=150.0, ended=150.0),)).meets("a", over=FAULT)
    assert found.outcome is MISSED


def test_a_ledger_that_is_not_whole_is_no_second_witness(run):
    """What Prometheus said is shown; nobody else says so."""
    finished = run(down(140.0, 143.0))
    finished.store.ledger.write_bytes(b"")
    found = RunResult(finished.store).meets("a", over=FAULT)
    assert (found.outcome, found.seen) == (UNKNOWN, "90 %")
    assert "ledger.csv.gz" in found.reason


def test_a_fault_that_struck_what_was_well_again_is_blamed(run):
    """Also for requests that it caught under way, which were due before it."""

    def fate(due):
        caught = (0.0005, 5.0, "unknown") if 134.8 <= due < 140.0 else WELL
        return (0.0005, 0.02, "fail") if 122.0 <= due < 125.0 else caught

    finished = run(fate)
    database = finished.fault("kill database")
    assert finished.meets("a", over=database).outcome is MISSED
    assert finished.recovered(within=4, over=database).outcome is MISSED


@pytest.mark.parametrize(
    ("strikes", "said"),
    [
        ((replace(API, ended=140.0), DATABASE), "action 'kill api' was still under way"),
        ((replace(API, proven=False), DATABASE), "action 'kill api': no effect was seen"),
    ],
    ids=["overlapping", "an effect that came later"],
)
def test_a_fault_that_is_not_of_its_window_alone_is_unknown_there(run, strikes, said):
    """What both did together is asked over FAULT."""
    finished = run(strikes=strikes, events=[Event(121.0, POD_GONE, "x/y")] if "under way" in said else [])
    over = finished.fault("kill api")
    for found in (finished.meets("a", over=over), finished.costs(at_most=1, over=over)):
        assert found.outcome is UNKNOWN
        assert said in found.reason


def test_a_strike_outside_its_own_window_makes_the_run_unknown(run):
    """Also where it is in FAULT still: the record contradicts itself."""
    finished = run()
    store = finished.store
    record = store.record()
    moved = [
        replace(one, start=125.0) if one.phase == "FAULT of kill api" else one
        for one in record.timeline.windows
    ]
    store.save_record(replace(record, timeline=replace(record.timeline, windows=tuple(moved))))
    assert availabilities(RunResult(store)) == [UNKNOWN] * 3
    assert "struck -5.0 s from where its own window begins" in RunResult(store).saved.doubts


def test_a_fault_whose_own_window_is_gone_makes_the_run_unknown(run):
    finished = run(drop=[Phase.of_fault("kill api")])
    assert "kill api: the record has no window of its own" in finished.meets("a", over=FAULT).reason


def test_an_older_record_of_two_faults_has_the_whole_only(run):
    """It is judged over FAULT as it was; of each fault nothing was measured."""
    store = run(drop=[Phase.of_fault("kill api"), Phase.of_fault("kill database")]).store
    store.save_record(replace(store.record(), version=0))
    assert availabilities(RunResult(store)) == [UNKNOWN, UNKNOWN, MET]


def test_names_are_those_of_the_actions(run):
    """The second of one name is told apart; a name that nothing had is bad input; an only one is FAULT."""
    twice = run(strikes=(API, replace(DATABASE, action="kill api")))
    assert twice.fault("kill api (2)") is Phase.of_fault("kill api (2)")
    with pytest.raises(BadInput, match=r"no fault 'kill'; there are: kill api, kill api \(2\)"):
        twice.fault("kill")
    assert run(strikes=(API,)).fault("kill api") is FAULT


def test_of_a_run_that_tells_of_no_action_or_is_in_doubt_no_name_is_a_slip(run):
    """What is asked over its window is UNKNOWN, with the reason."""
    assert run(strikes=()).fault("kill api") is Phase.of_fault("kill api")
    store = run().store
    store.save_record(replace(store.record(), problems=("the load died",)))
    finished = RunResult(store)
    found = finished.meets("a", over=finished.fault("kill"))
    assert (found.outcome, found.reason) == (UNKNOWN, "the load died")


def test_an_api_server_whose_clock_is_not_ours_makes_times_unknown(run):
    """A window is told by ours: what happened in it, by another clock, is not known."""
    told = "the API server's clock is 3.0 s ahead of the harness's"
    finished = run(events=[Event(101.0, CLOCKS_APART, told)])
    for verdict in (finished.meets("a", over=FAULT), finished.recovered(within=4)):
        assert (verdict.outcome, verdict.reason) == (UNKNOWN, told)


def test_costs_are_told_of_one_fault_too(run):
    """Whatever check says over which window; no window is bad input."""
    finished = run()
    assert finished.costs(at_most=1, over=finished.fault("kill api")).phase == "FAULT of kill api"
    there = "BASELINE, BACKUP, FAULT, RECOVERY, CONTROL"
    with pytest.raises(BadInput, match=f"no window 'FAULTS'; there are: {there}$"):
        finished.costs(at_most=1, over="FAULTS")
