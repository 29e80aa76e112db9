"""A run record: whole, or refused by the name of the file that is not."""

import gzip

import pytest

from slaharness.errors import RecordTrouble
from slaharness.metrics.evidence import Series
from slaharness.model import BASELINE, FaultReport, Measurement, Scenario, Window
from slaharness.record.recorder import RunRecorder
from slaharness.record.run_record import RunRecord
from slaharness.record.store import RecordStore

SCENARIO = Scenario("kill", "steady-mix", "kill-one")


@pytest.fixture
def store(tmp_path):
    return RecordStore.create(tmp_path, "kill")


def test_each_thing_told_is_on_disk_at_once(store):
    """A run that dies half-way leaves a record of what it had done."""
    recorder = RunRecorder(store, RunRecord(SCENARIO, "r1"))
    recorder.window(Window(BASELINE, 1.25, 21.5))
    recorder.fault(FaultReport("kill-one", "completed", 22, 23, problems=("matched nothing",)))
    told = RecordStore.open(store.folder).record()
    assert told.timeline.window(BASELINE) == Window(BASELINE, 1.25, 21.5)
    assert told.problems == ("matched nothing",)
    assert not told.finished


def test_measurements_survive_the_round_trip(store):
    """What is judged again is what was measured, a missing number included."""
    measured = (
        Measurement("a", BASELINE, 0.999, good=999.0, total=1000.0, evidence={"age": 0.3}),
        Measurement("b", BASELINE, None, problems=("nothing came back",)),
    )
    store.save_measurements(measured)
    assert store.measurements() == measured


def test_series_survive_the_round_trip(store):
    """Every sample as it was scraped, to the millisecond; a NaN stays one."""
    kept = (
        Series({"__name__": "up", "job": "load"}, ((1795379067.257, 1.0), (1795379068.257, float("nan")))),
    )
    store.save_series(kept)
    (found,) = store.series()
    assert found.labels == kept[0].labels
    assert repr(found.samples) == repr(kept[0].samples)


def test_series_cut_short_are_refused(store):
    """Also when what is left is a whole gzip file of half a text."""
    store.save_series((Series({}, ((1.0, 1.0),)),))
    path = store.folder / "series.json.gz"
    whole = path.read_bytes()
    for broken in (whole[:-9], gzip.compress(gzip.decompress(whole)[:-9])):
        path.write_bytes(broken)
        with pytest.raises(RecordTrouble, match=r"series\.json\.gz: cut short or changed"):
            store.series()


def test_a_folder_that_is_no_record_is_refused(tmp_path):
    """A wrong path is named."""
    with pytest.raises(RecordTrouble, match="is no run record"):
        RecordStore.open(tmp_path)


def test_a_record_cut_short_is_refused(store):
    """Half a file is an error that names it, never half an answer."""
    store.save_record(RunRecord(SCENARIO, "r1"))
    path = store.folder / "run.json"
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(RecordTrouble, match=r"run\.json: cut short or changed"):
        store.record()


def test_a_missing_part_is_named(store):
    """Judging without measurements says which file is not there."""
    with pytest.raises(RecordTrouble, match=r"measurements\.json: the record is incomplete"):
        store.measurements()
