"""What the ledger's objectives are held against."""

import gzip

import pytest

from slaharness.model import (
    BASELINE,
    RECOVERY,
    Columns,
    ColumnType,
    Event,
    Objective,
    Op,
    Scenario,
    SourceType,
    Timeline,
    Window,
)
from slaharness.record import collect
from slaharness.record.run_record import RunRecord
from slaharness.record.store import RecordStore

LEDGER = """intended,sent,finished,name,operation,key,value,outcome,status
1,1,2,post reading,write,a,run-01|1000|12.5,ok,201
1,1,2,post reading,write,b,run-01|1001|12.5,ok,201
3,3,4,withdraw reading,delete,b,,ok,200
# end,3
"""
READ = """station,at,id,temperature
run-01,1000,a,12.5
# end,1
"""


class Nobody:
    """A Prometheus that is asked for nothing."""

    def measure_all(self, objectives, _windows):
        assert not list(objectives)
        return ()


def measured(folder, figure, ledger=LEDGER, read=READ):
    """What there is to say of a figure."""
    store = RecordStore.create(folder, "kill")
    store.save_record(RunRecord(Scenario("kill", "steady-mix", "kill"), "r1"))
    store.ledger.write_bytes(gzip.compress(ledger.encode()))
    store.readback.write_bytes(gzip.compress(read.encode()))
    asked = Objective("none", "", "cassandra", SourceType.LEDGER, figure, 0, Op.AT_MOST)
    (found,) = collect.measured({"none": asked}, (), Nobody(), store)
    return found


@pytest.mark.parametrize(
    ("figure", "total"), [("lost", 1), ("altered", 1), ("resurrected", 1), ("unexpected", 1)]
)
def test_each_figure_is_held_against_what_could_have_been_so(tmp_path, figure, total):
    """Only what had to be there can be lost, only what was read altered, only what was deleted come back."""
    found = measured(tmp_path, figure)
    assert (found.phase, found.value, found.total, found.problems) == (RECOVERY, 0.0, total, ())


def kept(folder, **words):
    """A store with that ledger and readback, and what the record says of the stack."""
    store = RecordStore.create(folder, "kill")
    store.save_record(RunRecord(Scenario("kill", "", "kill"), "r1", **words))
    store.ledger.write_bytes(gzip.compress(LEDGER.encode()))
    return store


LOST = Objective("none", "", "shop", SourceType.LEDGER, "lost", 0, Op.AT_MOST)


def test_rows_are_read_by_the_columns_that_the_stack_says(tmp_path):
    """Not by what the file seems to hold: one that holds something else proves nothing."""
    columns = Columns({"id": ColumnType.TEXT, "amount": ColumnType.INTEGER}, key="id", run="")
    store = kept(tmp_path, columns=columns)
    store.readback.write_bytes(gzip.compress(READ.encode()))
    (found,) = collect.measured({"none": LOST}, (), Nobody(), store)
    assert found.value is None
    assert "a write whose value is not amount" in found.problems[0]


def test_why_nothing_was_read_back_is_the_reason(tmp_path):
    """Whoever reads UNKNOWN wants to know what to do, not that a file is missing."""
    why = Event(1.0, "no readback", "the stack shop does not say how its rows are read back")
    store = kept(tmp_path, timeline=Timeline((), (why,)))
    (found,) = collect.measured({"none": LOST}, (), Nobody(), store)
    assert (found.value, found.problems) == (None, (why.detail,))


NOTHING = "station,at,id,temperature\n# end,0\n"
UNANSWERED = LEDGER.replace("# end,3", "4,4,9,withdraw reading,delete,a,,unknown,0\n# end,4")
REFUSED = LEDGER.replace("# end,3", "4,4,9,withdraw reading,delete,a,,fail,404\n# end,4")
KEYLESS = LEDGER.replace("# end,3", "4,4,5,set limits,write,,,ok,204\n# end,4")
UNSOUGHT = "1 acknowledged write or delete has no key, so nobody looked for them"


@pytest.mark.parametrize(
    ("figure", "files", "said"),
    [
        ("altered", (LEDGER, NOTHING), "nothing that was written was read back"),
        ("duplicated", (LEDGER, NOTHING), "nothing that was written was read back"),
        ("unexpected", (LEDGER, NOTHING), "no row was read back"),
        ("lost", (UNANSWERED, NOTHING), "no key had to be there"),
        ("lost", (REFUSED, NOTHING), "no key had to be there"),
        ("resurrected", (LEDGER.replace("b,,ok", "b,,unknown"), READ), "nothing was deleted for good"),
        ("lost", (KEYLESS, READ), UNSOUGHT),
        ("altered", (KEYLESS, READ), UNSOUGHT),
        ("duplicated", (KEYLESS, READ), UNSOUGHT),
        ("resurrected", (KEYLESS, READ), UNSOUGHT),
    ],
)  # fmt: skip
def test_a_population_that_proves_nothing_is_no_good_news(tmp_path, figure, files, said):
    """Zero of nothing: what was not there, or not looked for, could not be lost, altered or brought back."""
    found = measured(tmp_path, figure, *files)
    assert found.value == 0
    assert said in " ".join(found.problems)


def test_what_is_lost_is_lost_beside_writes_that_nobody_looked_for(tmp_path):
    """Those may be lost, too; that cannot make it better."""
    found = measured(tmp_path, "lost", KEYLESS, NOTHING)
    assert (found.value, found.total, found.problems) == (1.0, 1.0, ())


ALTERED = READ.replace("12.5", "13.5")
BACK = READ.replace("# end,1", "run-01,1001,b,12.5\n# end,2")
STRAY = READ.replace("# end,1", "run-01,1002,c,12.5\n# end,2")
DELETED = KEYLESS.replace("limits,write", "limits,delete")


@pytest.mark.parametrize(
    ("figure", "ledger", "read", "known"),
    [
        ("altered", LEDGER, ALTERED, True),
        ("altered", KEYLESS, ALTERED, False),
        ("altered", DELETED, ALTERED, True),
        ("unexpected", LEDGER, STRAY, True),
        ("unexpected", KEYLESS, STRAY, False),
        ("unexpected", KEYLESS.replace("ok,204", "unknown,0"), STRAY, False),
        ("resurrected", LEDGER, BACK, True),
        ("resurrected", KEYLESS, BACK, False),
        ("lost", DELETED, NOTHING, False),
        ("lost", KEYLESS, NOTHING, True),
        ("unexpected", KEYLESS, READ, True),
    ],
)
def test_what_a_write_without_a_key_may_have_done_is_nobodys_fault(tmp_path, figure, ledger, read, known):
    """A value, a row or a hole that it explains is neither a miss nor none; more than it explains is."""
    found = measured(tmp_path, figure, ledger, read)
    assert (found.problems == ()) is known
    if not known:
        assert "no key and may have been of those" in found.problems[0]


def test_what_a_profile_says_is_not_read_back_is_counted_apart(tmp_path):
    """So that the verdict can tell of it."""
    found = measured(tmp_path, "lost", KEYLESS.replace("limits,write", "limits,other"))
    assert (found.problems, found.evidence["unread"]) == ((), 1)


class Asked(Nobody):
    """A Prometheus that keeps in mind from when to when it was asked for series."""

    def series(self, _objectives, *span):
        self.span = span
        return []


@pytest.mark.parametrize(
    ("interval", "load_interval", "margin"), [(1.0, 1.0, 5.0), (15.0, 1.0, 30.0), (1.0, 4.0, 8.0)]
)
def test_a_record_keeps_what_measuring_looked_at(tmp_path, interval, load_interval, margin):
    """Two scrapes beyond its windows, however seldom they are: else it answers otherwise than on its day."""
    store, prometheus = RecordStore.create(tmp_path, "kill"), Asked()
    run = RunRecord(Scenario("kill", "l", "kill"), "r1", interval=interval, load_interval=load_interval)
    store.save_record(run)
    windows = (Window(BASELINE, 100.0, 120.0), Window(RECOVERY, 150.0, 170.0))
    assert collect.keep({}, windows, prometheus, store) == ""
    assert prometheus.span == (100.0 - margin, 170.0 + margin)
