"""An objective held over a window: what speaks against believing what was measured."""

import gzip
from dataclasses import replace

import pytest

from slaharness.checks.objective import meets
from slaharness.errors import BadInput
from slaharness.metrics.evidence import Series
from slaharness.model import (
    BASELINE,
    FAULT,
    RECOVERY,
    FaultReport,
    Measurement,
    Objective,
    Op,
    Outcome,
    Scenario,
    SourceType,
    Window,
)
from slaharness.record import bound, collect
from slaharness.record.recorder import RunRecorder
from slaharness.record.run_record import RunRecord
from slaharness.record.saved_run import SavedRun
from slaharness.record.store import RecordStore

HEADER = "intended,sent,finished,name,operation,key,value,outcome,status"
ANSWERS = Objective("answers", "", "api", SourceType.RATIO, "total", 0.9, Op.AT_LEAST, good="good", floor=10)
LOST = Objective("lost", "", "db", SourceType.LEDGER, "lost", 0, Op.AT_MOST, floor=1)
WINDOWS = {
    one.phase: one for one in (Window(BASELINE, 0, 20), Window(FAULT, 22, 52), Window(RECOVERY, 52, 72))
}


def lines(*rows):
    return gzip.compress("\n".join([*rows, f"# end,{len(rows) - 1}", ""]).encode())


def write(key):
    return f"1,1,2,post,write,{key},run-01|1000|12.5,ok,201"


def read(key):
    return f"run-01,1000,{key},12.5"


@pytest.fixture
def record(tmp_path):
    """A finished run that wrote three keys, and read back those named."""

    def make(*back, calm=100.0, good=100.0):
        store = RecordStore.create(tmp_path, "kill")
        recorder = RunRecorder(store, RunRecord(Scenario("kill", "l", "kill"), "r1"))
        for window in WINDOWS.values():
            recorder.window(window)
        recorder.fault(FaultReport("kill", "completed", 22, 24, ("a",), ("a",)))
        store.save_objectives({one.name: one for one in (ANSWERS, LOST)})
        store.ledger.write_bytes(lines(HEADER, *map(write, "abc")))
        store.readback.write_bytes(lines("station,at,id,temperature", *map(read, back)))
        ratios = (
            Measurement("answers", phase, count / 100, good=count, total=100.0, window=WINDOWS[phase])
            for phase, count in ((BASELINE, calm), (FAULT, good), (RECOVERY, 100.0))
        )
        store.save_measurements((*ratios, *collect._of_ledger([LOST], store)))
        store.save_series(())
        recorder.finish()
        return store

    return make


def verdict(store, name="lost", over=RECOVERY):
    return meets(SavedRun(RecordStore.open(store.folder)), name, over)


def test_a_figure_of_the_ledger_is_judged_from_its_own_record(record):
    assert verdict(record("a", "b", "c")).outcome is Outcome.MET
    assert verdict(record("a", "b")).outcome is Outcome.MISSED


def test_a_figure_of_another_runs_ledger_is_not_believed(record):
    """However good: this run's ledger and read-back lie beside it and are others."""
    lossy, other = record("a", "b"), record("a", "b", "c")
    lossy.save_measurements(other.measurements())
    found = verdict(lossy)
    assert found.outcome is Outcome.UNKNOWN
    assert found.reason.startswith("it was not measured from this record's")
    assert found.reason.endswith("readback.csv.gz")


@pytest.mark.parametrize("name", ["ledger", "readback"])
def test_a_ledger_that_was_changed_or_is_gone_proves_nothing(record, name):
    """What was measured from it can no longer be seen to be so."""
    store = record("a", "b", "c")
    file = getattr(store, name)
    file.write_bytes(b"")
    assert verdict(store).outcome is Outcome.UNKNOWN
    file.unlink()
    found = verdict(store)
    assert found.outcome is Outcome.UNKNOWN
    assert file.name in found.reason


def test_samples_of_another_run_prove_nothing(record):
    """A record keeps what its files were. One of older days does not tell, and is believed."""
    store = record("a", "b", "c")
    assert verdict(store, "answers", FAULT).outcome is Outcome.MET
    store.save_series([Series({"__name__": "x"}, ((1.0, 2.0),))])
    found = verdict(store, "answers", FAULT)
    assert (found.outcome, "series.json.gz is not what" in found.reason) == (Outcome.UNKNOWN, True)
    store.save_record(replace(store.record(), files={}))
    assert "series.json.gz was put there after the run" in verdict(store, "answers", FAULT).reason
    store.save_record(replace(store.record(), files={}, version=2))
    assert verdict(store, "answers", FAULT).outcome is Outcome.MET


def test_asked_anew_a_record_without_figures_of_its_ledger_is_bound_to_it_all_the_same(record):
    """What was measured on its day is not needed to see that another run's ledger lies there."""
    store = record("a", "b", "c")
    store.save_measurements(())
    anew = list(collect._of_ledger([LOST], store))
    assert meets(SavedRun(store, {"lost": LOST}, anew), "lost", RECOVERY).outcome is Outcome.MET
    store.ledger.write_bytes(lines(HEADER, *map(write, "ab")))
    store.readback.write_bytes(lines("station,at,id,temperature", *map(read, "ab")))
    anew = list(collect._of_ledger([LOST], store))
    found = meets(SavedRun(store, {"lost": LOST}, anew), "lost", RECOVERY)
    assert found.outcome is Outcome.UNKNOWN
    assert "asked anew, and" in found.reason


def test_an_older_record_without_digests_is_judged_as_it_was(record):
    store = record("a", "b", "c")
    bare = (replace(one, evidence={}) for one in store.measurements())
    store.save_measurements(tuple(bare))
    assert "does not say from which ledger" in verdict(store).reason
    store.save_record(replace(store.record(), version=0))
    assert verdict(store).outcome is Outcome.MET


def test_a_fault_is_not_blamed_for_what_the_calm_misses_too(record):
    """Also when a record is held against other objectives than those of its day."""
    assert verdict(record(good=80.0), "answers", FAULT).outcome is Outcome.MISSED
    found = verdict(record(good=80.0, calm=80.0), "answers", FAULT)
    assert found.outcome is Outcome.UNKNOWN
    assert found.reason.startswith("before any fault: MISSED: answers over BASELINE")
    assert verdict(record(calm=80.0), "answers", BASELINE).outcome is Outcome.MISSED


def test_a_calm_of_which_nobody_knows_blames_no_fault_either(record):
    store = record(good=80.0)
    store.save_measurements(
        tuple(
            replace(one, problems=("Prometheus restarted",)) if one.phase is BASELINE else one
            for one in store.measurements()
        )
    )
    assert "Prometheus restarted" in verdict(store, "answers", FAULT).reason


def changed(store, name, phase, **fields):
    """The same record, with another measurement in that place; none where nothing is said of it."""
    kept = [one for one in store.measurements() if (one.objective, one.phase) != (name, phase)]
    mine = [one for one in store.measurements() if (one.objective, one.phase) == (name, phase)]
    store.save_measurements((*kept, *(replace(one, **fields) for one in mine if fields)))
    return store


def test_a_name_that_no_objective_has_is_bad_input(record):
    with pytest.raises(BadInput, match="no objective 'answer'; there are: answers, lost"):
        verdict(record(), "answer")


@pytest.mark.parametrize(
    ("phase", "fields", "said"),
    [
        (FAULT, {}, "nothing was measured over FAULT"),
        (FAULT, {"window": Window(FAULT, 22, 53)}, "what was measured over FAULT belongs to another run"),
        (BASELINE, {"window": Window(BASELINE, 1, 20)}, "what was measured over BASELINE belongs to another"),
        (BASELINE, {}, "nothing was measured over BASELINE, so the fault cannot be blamed"),
        (FAULT, {"window": None}, "by Prometheus alone"),
        (BASELINE, {"window": None}, "by Prometheus alone"),
        (RECOVERY, {}, "by Prometheus alone"),
    ],
)
def test_what_was_measured_is_of_this_run_and_of_its_calm(record, phase, fields, said):
    """Also where a record's parts were put together from several; very old ones do not tell."""
    store = changed(record(), "answers", phase, **fields)
    store.save_record(replace(store.record(), version=0))
    found = verdict(store, "answers", FAULT)
    assert said in found.reason
    assert (found.outcome is Outcome.UNKNOWN) is (said != "by Prometheus alone")
    assert found.reason.count(";") == ("alone" in said)
    assert found.seen == ("none" if (phase, fields) == (FAULT, {}) else "100 %")


def test_the_first_doubt_is_told(record):
    """What speaks against the run comes before what speaks against a measurement of it."""
    store = record("a", "b")
    store.save_measurements(record("a", "b", "c").measurements())
    store.save_record(replace(store.record(), problems=("the load died",)))
    for name, phase in (("answers", FAULT), ("lost", RECOVERY)):
        changed(store, name, phase, window=Window(phase, 1, 2))
        found = verdict(store, name, phase)
        assert (found.outcome, found.reason) == (Outcome.UNKNOWN, "the load died")


def test_a_figure_that_is_none_is_said_in_a_line(record):
    """Whoever changed the record."""
    store = record("a", "b", "c")
    (lost,) = (one for one in store.measurements() if one.objective == "lost")
    changed(store, "lost", RECOVERY, evidence={**lost.evidence, "unread": "many"})
    found = verdict(store)
    assert (found.outcome, found.seen, found.requests) == (Outcome.UNKNOWN, "0", 3)
    assert found.reason.startswith("the record cannot be read: ValueError(")


def test_a_record_without_any_calm_is_judged_where_none_was_promised(record):
    """Older records have no window for it, and say so by their version."""
    store = changed(record(), "answers", BASELINE)
    windows = tuple(one for one in store.record().timeline.windows if one.phase is not BASELINE)
    timeline = replace(store.record().timeline, windows=windows)
    store.save_record(replace(store.record(), version=0, timeline=timeline))
    assert verdict(store, "answers", FAULT).outcome is Outcome.MET


def test_what_changed_and_is_not_read_back_is_told(record):
    """Nobody looked for it; a figure of the ledger says how much that is."""
    store = record("a", "b", "c")
    (lost,) = (one for one in store.measurements() if one.objective == "lost")
    before = verdict(store).reason
    changed(store, "lost", RECOVERY, evidence={**lost.evidence, "unread": 1200})
    found = verdict(store)
    assert found.outcome is Outcome.MET
    told = "; 1,200 more changed what is not read back, and were not looked for"
    assert (before, found.reason) == ("0 of 3 acknowledged writes failed: 0 ≤ 0", f"{before}{told}")


def test_a_figure_of_the_ledger_does_not_hang_on_the_calm(record):
    """What is lost is lost, whatever was before."""
    store = changed(record("a", "b", "c", calm=80.0), "answers", BASELINE, problems=("stale",))
    assert verdict(store).outcome is Outcome.MET


def arrivals(offered, started):
    """What grew from the beginning of FAULT to its end."""
    return [
        Series({"__name__": f"loadgen_arrivals_{kind}_total"}, ((21.5, 0.0), (51.5, float(grown))))
        for kind, grown in (("offered", offered), ("started", started))
    ]


def test_a_load_that_fell_behind_is_no_evidence_by_prometheus_alone_either(record):
    """Whatever an objective counts: half of what was to be asked was not."""
    store = record()
    for started, outcome in ((1000, Outcome.MET), (500, Outcome.UNKNOWN)):
        store.save_series(arrivals(1000, started))
        store.save_record(replace(store.record(), files=bound.files(store)))
        found = verdict(store, "answers", FAULT)
        assert found.outcome is outcome
    assert found.reason.startswith("the load began only 500 of 1,000 arrivals that were due")


def test_a_record_that_is_asked_anew_answers_from_its_own_ledger(record):
    """Other objectives are measured from what lies there now: which is not what lay there on its day."""
    lossy, other = record("a", "b"), record("a", "b", "c")

    def again(store):
        measured = tuple(collect._of_ledger([LOST], store))
        return meets(SavedRun(RecordStore.open(store.folder), {LOST.name: LOST}, measured), "lost", RECOVERY)

    assert again(lossy).outcome is Outcome.MISSED
    lossy.readback.write_bytes(other.readback.read_bytes())
    assert "asked anew, and" in again(lossy).reason
    lossy.save_record(replace(lossy.record(), version=2))
    found = again(lossy)
    assert (found.outcome, found.reason) == (
        Outcome.UNKNOWN, "asked anew, and it was not measured from this record's readback.csv.gz",
    )  # fmt: skip
    (lossy.folder / "measurements.json").unlink()
    assert again(lossy).outcome is Outcome.MET, "an old record that has none"


def test_nothing_to_count_is_no_miss_where_the_load_asked(record):
    """A counter of the stack's own that goes by another name now: its file calls no data a miss."""
    store = record()
    strict = replace(ANSWERS, no_data_misses=True)
    store.save_objectives({"answers": strict, "lost": LOST})
    silent = (
        replace(one, good=None, total=None, value=None, no_data=True) if one.phase is FAULT else one
        for one in store.measurements()
    )
    store.save_measurements(tuple(silent))
    assert verdict(store, "answers", FAULT).outcome is Outcome.MISSED  # nobody asked anything in FAULT
    store = record()
    store.save_objectives({"answers": strict, "lost": LOST})
    silent = [
        replace(one, good=None, total=None, value=None, no_data=one.objective == "answers")
        for one in store.measurements()
    ]
    store.save_measurements(tuple(silent))
    found = verdict(store, "answers", BASELINE)
    assert (found.outcome, found.reason) == (
        Outcome.UNKNOWN,
        "Prometheus has nothing to count, and by the load's ledger 3 requests were due",
    )


def of_the_load(record, good):
    """A run with requests of which a tenth failed, and its answer to an objective about them."""
    total = "sum(loadgen_requests_total @ $end) - sum(loadgen_requests_total @ $start)"
    store = record()
    asked = replace(ANSWERS, total=total, good=total.replace("_total", f"_total{good}"))
    store.save_objectives({"answers": asked, "lost": LOST})
    store.save_series(
        [
            Series(
                {"__name__": "loadgen_requests_total", "name": "post", "outcome": outcome},
                ((1.0, 0.0), (21.5, 0.0), (51.5, ended), (71.5, ended)),
            )
            for outcome, ended in (("ok", 90.0), ("fail", 10.0), ("unknown", 0.0))
        ]
    )
    store.save_record(replace(store.record(), files=bound.files(store)))
    return verdict(store, "answers", FAULT)


def test_good_requests_that_are_all_of_them_are_no_evidence(record):
    """Of a label that the load's counters have not: "0 of 100 requests failed" would be untrue."""
    found = of_the_load(record, '{code!~"5.."}')
    assert found.outcome is Outcome.UNKNOWN
    assert found.reason == (
        "`good` and `total` count the same requests of the load, whatever became of them: it holds whatever "
        'fails; those that went well have the label outcome="ok"'
    )
