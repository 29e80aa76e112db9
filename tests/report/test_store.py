import pytest

from slaharness.errors import RecordTrouble
from slaharness.model import BASELINE, FaultReport, Measurement, Scenario, Window
from slaharness.report.store import Chronicle, Store, Story

SCENARIO = Scenario("kill", "steady-mix", "kill-one")


@pytest.fixture
def store(tmp_path):
    return Store.create(tmp_path, "kill")


def test_each_thing_told_is_on_disk_at_once(store):
    """A run that dies half-way leaves a record of what it had done."""
    chronicle = Chronicle(store, Story(SCENARIO, "r1"))
    chronicle.window(Window(BASELINE, 1.25, 21.5))
    chronicle.fault(FaultReport("kill-one", "completed", 22, 23, problems=("matched nothing",)))
    told = Store.open(store.folder).story()
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


def test_a_folder_that_is_no_record_is_refused(tmp_path):
    """A wrong path is named."""
    with pytest.raises(RecordTrouble, match="is no run record"):
        Store.open(tmp_path)


def test_a_record_cut_short_is_refused(store):
    """Half a file is an error that names it, never half an answer."""
    store.save_story(Story(SCENARIO, "r1"))
    path = store.folder / "run.json"
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(RecordTrouble, match=r"run\.json: cut short or changed"):
        store.story()


def test_a_missing_part_is_named(store):
    """Judging without measurements says which file is not there."""
    with pytest.raises(RecordTrouble, match=r"measurements\.json: the record is incomplete"):
        store.measurements()
