"""A record of a restore, judged without a cluster: a good one, and spoilt in one way each."""

import gzip
import json

import pytest

from slaharness.errors import BadInput
from slaharness.metrics.evidence import Series
from slaharness.model import (
    BASELINE,
    FAULT,
    RECOVERY,
    Event,
    FaultReport,
    Measurement,
    Outcome,
    Scenario,
    Timeline,
    Window,
)
from slaharness.record import bound
from slaharness.record.run_record import RunRecord
from slaharness.record.store import RecordStore
from slaharness.result import RunResult

MET, MISSED, UNKNOWN = Outcome
LEDGER = "intended,sent,finished,name,operation,key,value,outcome,status"
READBACK = "station,at,id,temperature"
TABLES = ["weather.current", "weather.limits", "weather.readings"]
#: A write every 0.2 s: from 50 s before the backup to 30 s after it, when all is lost; from 70 s on again.
BEFORE, BETWEEN, AFTER = (range(a * 5, b * 5) for a, b in ((0, 50), (50, 80), (120, 140)))


def event(at, name, detail=""):
    return Event(at, name, detail if isinstance(detail, str) else json.dumps(detail))


STORY = (
    event(50, "backup began", "b1"),
    event(54, "backup finished", {"name": "b1", "bytes": 9000, "objects": 9, "tables": TABLES}),
    event(80, "storage lost", {
        "claims": {"data-0": "old"}, "volumes": {"pvc-0": "v"}, "directories": ["/data/0"], "left": [],
    }),
    event(85, "restore began", "b1"),
    event(115, "restore finished", {
        "name": "b1", "bytes": 9000, "tables": TABLES, "claims": {"data-0": "n"},
    }),
    event(116, "first verified read"),
)  # fmt: skip


def written(number):
    at = number / 5 + 0.02
    return f"{at},{at},{at + 0.01},post reading,write,k{number},run-00|{number}|{number / 10},ok,201"


def read(number):
    return f"run-00,{number},k{number},{number / 10}"


def lines(path, header, rows):
    path.write_bytes(gzip.compress("\n".join([header, *rows, f"# end,{len(rows)}", ""]).encode()))


def counted(numbers, ahead):
    """What Prometheus scraped of the load each second, by a clock that the load's is ``ahead`` of."""
    ended = [number / 5 + 0.03 - ahead for number in numbers]
    told = [(at + 0.37, float(sum(one <= at + 0.37 for one in ended))) for at in range(150)]
    took = [(at, 0.01) for at, _ in told]
    of = {"job": "load", "instance": "a", "outcome": "ok"}
    return [
        Series({"__name__": name, **of}, tuple(samples))
        for name, samples in (("loadgen_requests_total", told), ("scrape_duration_seconds", took))
    ]


@pytest.fixture
def record(tmp_path):
    """The record of a run that restored ``rows`` and told ``events``."""

    def make(rows=None, events=STORY, *, problems=(), ahead=0.0):
        store = RecordStore.create(tmp_path, "restore")
        numbers = [*BEFORE, *BETWEEN, *AFTER]
        lines(store.ledger, LEDGER, [written(number) for number in numbers])
        lines(store.readback, READBACK, rows or [read(number) for number in (*BEFORE, *AFTER)])
        store.save_series(counted(numbers, ahead))
        store.save_objectives({})
        store.save_measurements(())
        spans = ((BASELINE, 20, 40), (FAULT, 80, 120), (RECOVERY, 120, 140))
        store.save_record(RunRecord(
            Scenario("restore", "steady-mix", "lose"), "r1",
            Timeline(tuple(Window(*span) for span in spans), tuple(events)),
            FaultReport("lose", "completed", 80, 120, ("a",), ("a",)),
            problems=tuple(problems), finished=True,
        ))  # fmt: skip
        return store

    return make


def judged(store):
    run = RunResult(RecordStore.open(store.folder))
    verdicts = run.restored(rpo="40s", rto="60s")
    assert run.verdicts == list(verdicts)
    return {one.objective: one for one in verdicts}


def outcomes(store):
    return [one.outcome for one in judged(store).values()]


def test_a_good_restore_is_met(record):
    """So that what follows is told apart by what was done to it."""
    found = judged(record())
    assert [one.outcome for one in found.values()] == [MET] * 4
    # The first write after the backup began was meant for 50.02 s: 29.98 s before the loss.
    assert (found["rpo"].seen, found["rto"].seen) == ("30.0 s", "36.0 s")
    assert found["restored-content"].requests == len(BEFORE)


def test_the_ledger_and_the_read_back_are_those_that_were_measured(record):
    """Both of another run in which all was well: the digests of the day tell, where figures were measured."""
    store = record(BACK[1:])
    told = Measurement("lost", RECOVERY, 1.0, total=700.0, evidence=bound.evidence(store))
    store.save_measurements((told,))
    assert judged(store)["restored-content"].outcome is MISSED
    own = store.readback.read_bytes()
    lines(store.readback, READBACK, BACK)
    content, point, *_ = judged(store).values()
    assert (content.outcome, point.outcome) == (UNKNOWN, UNKNOWN)
    assert content.reason.endswith("readback.csv.gz is not what the run's figures were measured from")
    store.readback.write_bytes(own)
    lines(store.ledger, LEDGER, [written(number) for number in (*BEFORE, *BETWEEN, *AFTER) if number])
    content, *_ = judged(store).values()
    assert content.outcome is UNKNOWN
    assert content.reason.endswith("ledger.csv.gz is not what the run's figures were measured from")


BACK = [read(number) for number in (*BEFORE, *AFTER)]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (BACK[1:], "1 lost, for example k0"),
        (BACK[:-1], "1 lost, for example k699"),
        ([read(0).replace(",0.0", ",0.5"), *BACK[1:]], "1 altered, for example k0"),
        ([*BACK, read(7000)], "1 unexpected, for example k7000"),
        ([*BACK, read(0)], "1 duplicated, for example k0"),
    ],
    ids=["lost", "lost after the restore", "altered", "extra", "twice"],
)
def test_one_row_that_is_wrong_is_missed_by_its_name(record, rows, said):
    """Whatever the tool says, the rows are compared."""
    content = judged(record(rows))["restored-content"]
    assert content.outcome is MISSED
    assert said in content.reason


def test_a_keyspace_that_is_missing_is_missed(record):
    """The restore says done, and reading finds nothing at all of before."""
    found = judged(record([read(number) for number in AFTER]))
    assert found["restored-content"].seen == f"{len(BEFORE)} lost"
    assert (found["rpo"].outcome, found["rpo"].seen) == (MISSED, "80.0 s")


def test_a_table_that_is_missing_is_missed(record):
    """Also one whose rows the ledger does not know."""
    back = STORY[4].detail.replace('"weather.limits", ', "")
    story = [*STORY[:4], event(115, "restore finished", back), STORY[5]]
    content = judged(record(events=story))["restored-content"]
    assert (content.outcome, content.seen) == (MISSED, "1 table missing")


def test_a_restore_that_failed_is_missed(record):
    """As its last word; and MET is what it was before it."""
    assert outcomes(record(events=(*STORY, event(119, "restore failed", "checksum")))) == [
        MISSED, MISSED, MISSED, UNKNOWN,
    ]  # fmt: skip


def test_storage_that_never_went_is_unknown(record):
    """The claims are the same ones: whatever is there was never away."""
    story = [event(e.at, e.name, e.detail.replace('"n"', '"old"')) for e in STORY]
    assert outcomes(record(events=story)) == [UNKNOWN] * 4


@pytest.mark.parametrize("name", ["ledger", "readback"])
@pytest.mark.parametrize("cut", [0, 30, -9, None])
def test_half_a_witness_says_nothing_of_the_content(record, name, cut):
    """Neither that all is back, nor that anything is lost."""
    store = record()
    path = getattr(store, name)
    if cut is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:cut])
    found = judged(store)
    assert [one.outcome for one in found.values()] == [UNKNOWN, UNKNOWN, MET, MET]
    assert path.name in found["rpo"].reason


def test_a_run_in_doubt_is_unknown(record):
    """What speaks against the run speaks against each of its answers; so does a story half told."""
    assert outcomes(record(problems=["the fault matched nothing"])) == [UNKNOWN] * 4
    assert outcomes(record(events=STORY[1:])) == [UNKNOWN] * 4


def test_a_backup_that_was_struck_and_tried_again_is_told(record):
    """By the run's own stamps; a run with doubts concludes nothing; other words are refused."""
    again = (
        event(81, "backup began", "b2"),
        event(82, "struck", "a/b on n1"),
        event(83, "backup failed", "n1 broke off"),
        event(84, "backup finished"),
    )
    assert RunResult(record(events=(*STORY, *again))).retried("backup").outcome is MET
    assert RunResult(record()).retried("backup").outcome is UNKNOWN
    doubted = RunResult(record(events=(*STORY, *again), problems=("its victims did not die",)))
    verdict = doubted.retried("backup")
    assert (verdict.outcome, verdict.reason) == (UNKNOWN, "its victims did not die")
    with pytest.raises(BadInput, match="'backup' or 'restore'"):
        doubted.retried("backups")


@pytest.mark.parametrize("ahead", [4.5, -4.5, 8.5])
def test_a_load_whose_clock_is_not_the_harnesss_says_nothing_of_the_content(record, ahead):
    """Which writes came before the backup, two clocks tell; how soon it was readable, one does."""
    found = judged(record(ahead=ahead))
    assert [one.outcome for one in found.values()] == [UNKNOWN, UNKNOWN, MET, MET]
    assert "the load's clock is" in found["rpo"].reason


def test_a_record_that_does_not_tell_of_the_clocks_says_nothing_of_the_content(record):
    """Nobody knows that they agree."""
    store = record()
    store.save_series([])
    found = judged(store)
    assert (found["restored-content"].outcome, found["rpo"].outcome) == (UNKNOWN, UNKNOWN)


@pytest.mark.parametrize(("rpo", "outcome"), [("31s", MET), ("30s", UNKNOWN), ("29s", MISSED)])
def test_a_limit_as_near_as_the_clocks_are_apart_is_unknown(record, rpo, outcome):
    """29.98 s were lost, by clocks that may be a tenth of a second apart."""
    verdicts = RunResult(record()).restored(rpo=rpo, rto="60s")
    assert verdicts[1].outcome is outcome


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [
        ([read(0).replace(",0.0", ",0.5"), *BACK[1:]], MISSED),
        ([*BACK, read(7000)], MISSED),
        ([*BACK, read(0)], MISSED),
        (BACK[1:], UNKNOWN),
        (BACK, UNKNOWN),
    ],
    ids=["altered", "extra", "twice", "lost", "as it was"],
)
@pytest.mark.parametrize("series", ["none", "gone", "apart"])
def test_what_is_wrong_by_any_clock_is_missed_without_one(record, rows, outcome, series):
    """What came before the backup, clocks tell; that nobody wrote a row, or that value, needs none."""
    store = record(rows, ahead=4.5 if series == "apart" else 0.0)
    if series == "none":
        store.save_series([])
    elif series == "gone":
        (store.folder / "series.json.gz").unlink()
    found = judged(store)
    assert (found["restored-content"].outcome, found["rpo"].outcome) == (outcome, UNKNOWN)


@pytest.mark.parametrize(("began", "outcome"), [(49.85, UNKNOWN), (50.0, MISSED), (49.8, MET)])
def test_a_row_as_near_the_backups_beginning_as_the_clocks_are_apart_is_unknown(record, began, outcome):
    """The last write before it, at 49.83 s, is gone: it may have come after it, by clocks a tenth apart."""
    story = (event(began, "backup began", "b1"), *STORY[1:])
    kept = [one for one in BACK if one != read(BEFORE[-1])]
    content = judged(record(kept, events=story))["restored-content"]
    assert content.outcome is outcome
    assert ("the load's clock is known to 0." in content.reason) is (outcome is UNKNOWN)
