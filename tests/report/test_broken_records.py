"""Records that lost something, or were changed: a clear error or UNKNOWN, never MET, never a traceback."""

import gzip
import json
import math
from dataclasses import replace

import pytest

from slaharness.cost.prices import Prices
from slaharness.errors import RecordTrouble
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
    Timeslice,
    Window,
)
from slaharness.record.recorder import RunRecorder
from slaharness.record.run_record import RunRecord
from slaharness.record.store import RecordStore
from slaharness.result import RunResult

HEADER = "intended,sent,finished,name,operation,key,value,outcome,status\n"
WINDOWS = tuple(
    Window(*one) for one in ((BASELINE, 0.5, 20.5), (FAULT, 22.25, 52.25), (RECOVERY, 52.25, 72.25))
)
ANSWERS = Objective(
    "answers", "", "api", SourceType.RATIO, "total", 0.999, Op.AT_LEAST, good="good", floor=100
)
PRICES = Prices(currency="USD", vcpu_hour=1, gib_hour=0, gib_month=0, gb_traffic=0, engineer_hour=0)
MEASURED, *OTHERS = (
    Measurement("answers", window.phase, 1.0, good=2410.0, total=2410.0, window=window)
    for window in (WINDOWS[1], WINDOWS[0], WINDOWS[2])
)


@pytest.fixture
def store(tmp_path):
    """The record of a run in which all was well."""
    store = RecordStore.create(tmp_path, "kill")
    recorder = RunRecorder(store, RunRecord(Scenario("kill", "steady-mix", "kill"), "r1"))
    for window in WINDOWS:
        recorder.window(window)
    recorder.fault(FaultReport("kill", "completed", 22.25, 24, ("a",), ("a",)))
    store.save_objectives({"answers": ANSWERS})
    store.save_measurements((MEASURED, *OTHERS))
    scraped = {"__name__": "scrape_duration_seconds", "job": "load"}
    store.save_series((Series(scraped, tuple((float(at), 0.01) for at in range(80))),))
    store.ledger.write_bytes(gzip.compress(f"{HEADER}# end,0\n".encode()))
    recorder.finish()
    # Of older days: nothing but a file itself tells that it is broken.
    store.save_record(replace(store.record(), version=2, files={}))
    return store


def verdict(store):
    return RunResult(RecordStore.open(store.folder)).meets("answers", over=FAULT)


def cost(store):
    found = RunResult(RecordStore.open(store.folder)).costs(at_most=9, over=FAULT)
    assert found.outcome is Outcome.UNKNOWN
    return found


def changed(store, name, change):
    path = store.folder / name
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_the_whole_record_is_met(store):
    """So that what follows is refused for what was done to it."""
    assert verdict(store).outcome is Outcome.MET


@pytest.mark.parametrize("name", ["run.json", "objectives.json", "measurements.json"])
def test_a_file_cut_anywhere_is_an_error_that_names_it(store, name):
    """A disk that was full, a copy that broke off: at any byte."""
    path = store.folder / name
    whole = path.read_bytes()
    for length in range(0, len(whole) - 1, 7):
        path.write_bytes(whole[:length])
        with pytest.raises(RecordTrouble, match=f"{name}: cut short or changed"):
            verdict(store)
    path.unlink()
    with pytest.raises(RecordTrouble, match=name):
        verdict(store)


@pytest.mark.parametrize("name", ["ledger.csv.gz", "series.json.gz"])
@pytest.mark.parametrize("cut", [0, 1, 30, None])
def test_recovery_is_not_told_by_half_a_witness(store, name, cut):
    """When requests failed is told by the ledger and the series: without either, nobody knows."""
    path = store.folder / name
    if cut is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:cut])
    found = RunResult(RecordStore.open(store.folder)).recovered(within=10)
    assert found.outcome is Outcome.UNKNOWN
    assert name in found.reason


@pytest.mark.parametrize(
    ("started", "reason"), [(1000.0, "no load after the fault"), (900.0, "began only 900 of 1,000")]
)
def test_recovery_is_not_told_by_a_load_that_was_short_of_breath(store, started, reason):
    """What it sent late was answered late, however well the stack was."""
    grown = {"arrivals_offered": 1000.0, "arrivals_started": started, "requests": 0.0}
    read = [
        Series(
            {"__name__": f"loadgen_{kind}_total", "job": "load", "outcome": "ok"},
            tuple((float(at), number * (at > 40)) for at in range(80)),
        )
        for kind, number in grown.items()
    ]
    store.save_series((*store.series(), *read))
    found = RunResult(RecordStore.open(store.folder)).recovered(within=10)
    assert found.outcome is Outcome.UNKNOWN
    assert reason in found.reason


@pytest.mark.parametrize("name", ["interval", "load_interval"])
@pytest.mark.parametrize("seconds", [0, -1, math.nan])
def test_scrapes_that_cannot_have_been_are_an_error_that_names_the_record(store, name, seconds):
    """All that is asked anew is divided by them."""
    changed(store, "run.json", lambda run: run.update({name: seconds}))
    with pytest.raises(RecordTrouble, match=r"run\.json.* between two scrapes"):
        verdict(store)


def test_counters_that_are_no_counts_do_not_hide_that_the_loads_clock_is_off(store):
    """They cannot tell how far it is off, so nobody knows that it is not."""
    row = "1,1,1,read,read,,,ok,200\n"
    store.ledger.write_bytes(gzip.compress(f"{HEADER}{row}# end,1\n".encode()))
    counter = {"__name__": "loadgen_requests_total", "job": "load", "outcome": "ok"}
    store.save_series((*store.series(), Series(counter, ((0.0, math.nan), (1.5, 1.0)))))
    assert RunResult(RecordStore.open(store.folder)).saved.witnesses.clock


@pytest.mark.parametrize("cut", [0, 1, 30, None])
def test_cost_is_not_told_by_half_a_record(store, cut):
    """Nor by one without prices, nor of a run in doubt: neither cheap nor dear."""
    assert cost(store).reason == "the project has no scenarios/prices.yaml"
    store.save_prices(PRICES)
    assert "matches no series" in cost(store).reason
    path = store.folder / "series.json.gz"
    if cut is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:cut])
    assert "series.json.gz" in cost(store).reason
    changed(store, "run.json", lambda r: r.update(problems=["the fault matched nothing"]))
    assert cost(store).reason == "the fault matched nothing"


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("measurements.json", lambda m: m.clear(), "measured of answers over BASELINE, FAULT, RECOVERY"),
        ("measurements.json", lambda m: m[0].update(objective="other"), "measured of answers over FAULT"),
        ("measurements.json", lambda m: m[0].update(phase="CONTROL"), "measured of answers over FAULT"),
        ("measurements.json", lambda m: m.pop(1), "measured of answers over BASELINE"),
        ("measurements.json", lambda m: m[0].update(good=None), "requests were not counted"),
        ("measurements.json", lambda m: m[0].update(good=math.nan), "the answer is nan"),
        ("measurements.json", lambda m: m[0].update(total=math.inf), "the answer is inf"),
        ("measurements.json", lambda m: m[0].update(total=2000.0), "2,410 of 2,000 requests cannot be"),
        ("measurements.json", lambda m: m[0]["window"].update(start=22.5), "belongs to another run"),
        ("objectives.json", lambda o: o["answers"].update(name="other"), "this is a measurement of answers"),
        ("objectives.json", lambda o: o["answers"].update(target=math.nan), "the target is nan"),
        (
            "objectives.json",
            lambda o: o["answers"].update(timeslice={"seconds": 5, "target": 0.9}),
            "no slices were counted",
        ),
        ("objectives.json", lambda o: o["answers"].update(total="sum("), ""),
        ("objectives.json", lambda o: o["answers"].update(good="", total=""), ""),
        ("run.json", lambda r: r["timeline"].update(windows=[]), "no window BASELINE, FAULT, RECOVERY"),
        ("run.json", lambda r: r.update(fault=None), "no fault was injected"),
        ("run.json", lambda r: r.update(finished=False), "did not come to its end"),
    ],
)
def test_parts_that_do_not_fit_are_unknown(store, name, change, said):
    """Each file whole by itself, but not of one run, or not what a run leaves."""
    changed(store, name, change)
    found = verdict(store)
    assert found.outcome is Outcome.UNKNOWN
    assert said in found.reason


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("measurements.json", lambda m: m.append(m[0]), "answers is there twice over FAULT"),
        ("measurements.json", lambda m: m[0].update(good="many"), "0.good"),
        ("measurements.json", lambda m: m[0].update(phase="LUNCH"), "0.phase"),
        ("measurements.json", lambda m: m[0].pop("objective"), "0.objective"),
        ("objectives.json", lambda o: o["answers"].update(op="about"), "answers.op"),
        ("objectives.json", lambda o: o["answers"].update(target=None), "answers.target"),
        ("run.json", lambda r: r["timeline"]["windows"][0].pop("end"), r"timeline.windows.0.end"),
        ("run.json", lambda r: r["timeline"]["windows"][0].update(end=0.5), "window BASELINE cannot be"),
        ("run.json", lambda r: r["timeline"]["windows"][0].update(end=-9), "window BASELINE cannot be"),
        ("run.json", lambda r: r["timeline"]["windows"][1].update(end=math.inf), "window FAULT cannot be"),
        ("run.json", lambda r: r["timeline"]["windows"][2].update(end=1e9), "window RECOVERY cannot be"),
        ("run.json", lambda r: r["timeline"]["windows"][1].update(start=math.nan), "window FAULT cannot be"),
        ("run.json", lambda r: r["fault"].update(started=math.inf), "the fault's beginning cannot be"),
        (
            "run.json",
            lambda r: r["fault"].update(
                strikes=[{"action": "kill", "at": 10.0, "ended": math.nan, "proven": True}]
            ),
            "the end of 'kill' cannot be",
        ),
        (
            "run.json",
            lambda r: r["timeline"]["events"].append({"at": math.nan, "name": "struck"}),
            "event 'struck' cannot be",
        ),
    ],
)
def test_parts_that_are_none_are_named(store, name, change, said):
    """The file and the field are said, so that a person finds the place."""
    changed(store, name, change)
    with pytest.raises(RecordTrouble, match=said) as refusal:
        verdict(store)
    assert name in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_slices_survive_the_round_trip(store):
    """What a sliced objective was measured by is judged again from the record as it was."""
    sliced = Measurement(
        "answers", FAULT, 0.95, 19.0, 20.0, slices=((9.0, 10.0), (10.0, 10.0)), window=WINDOWS[1]
    )
    objective = Objective(**{**vars(ANSWERS), "timeslice": Timeslice(15.0, 0.95), "floor": 10})
    calm = [replace(one, good=20.0, total=20.0, slices=((10.0, 10.0), (10.0, 10.0))) for one in OTHERS]
    store.save_measurements((sliced, *calm))
    store.save_objectives({"answers": objective})
    assert store.measurements() == (sliced, *calm)
    assert store.objectives() == {"answers": objective}
    assert verdict(store).outcome is Outcome.MISSED


@pytest.mark.parametrize("labels", [None, [], "x", {"namespace": None}, {"job": ["load"]}])
def test_series_whose_labels_are_none_are_told(store, labels):
    """Each check asks them by name."""
    kept = [{"labels": dict(one.labels), "samples": one.samples} for one in store.series()]
    text = json.dumps([*kept, {"labels": labels, "samples": []}])
    (store.folder / "series.json.gz").write_bytes(gzip.compress(text.encode()))
    with pytest.raises(RecordTrouble, match=r"series\.json\.gz: cut short or changed: labels that are none"):
        store.series()


def test_series_that_are_nested_too_deeply_are_told(store):
    """As other files that cannot be read."""
    (store.folder / "series.json.gz").write_bytes(gzip.compress(b"[" * 100_000 + b"]" * 100_000))
    with pytest.raises(RecordTrouble, match=r"series\.json\.gz: cut short or changed"):
        store.series()


@pytest.mark.parametrize("sample", ["1", "[1]", "[1, null]", f"[{'9' * 400}, 1]", '[1, "x"]', "[1, 2, 3]"])
def test_samples_that_are_none_are_told(store, sample):
    """Also numbers that are too large to be one."""
    text = f'[{{"labels": {{}}, "samples": [{sample}]}}]'
    (store.folder / "series.json.gz").write_bytes(gzip.compress(text.encode()))
    with pytest.raises(RecordTrouble, match=r"series\.json\.gz: cut short or changed"):
        store.series()
