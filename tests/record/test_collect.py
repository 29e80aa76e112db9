"""What the ledger's objectives are held against."""

import gzip

import pytest

from slaharness.model import (
    RECOVERY,
    Columns,
    ColumnType,
    Event,
    Objective,
    Op,
    Scenario,
    SourceType,
    Timeline,
)
from slaharness.record import collect as measurements
from slaharness.record.store import RecordStore, RunRecord

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


@pytest.mark.parametrize(("figure", "total"), [("lost", 2), ("altered", 2), ("resurrected", 1)])
def test_what_came_back_is_held_against_what_was_deleted(tmp_path, figure, total):
    """All else against what was acknowledged: a load that deletes nothing proves nothing of deletes."""
    store = RecordStore.create(tmp_path, "kill")
    store.save_record(RunRecord(Scenario("kill", "", "kill"), "r1"))
    store.ledger.write_bytes(gzip.compress(LEDGER.encode()))
    store.readback.write_bytes(gzip.compress(READ.encode()))
    asked = Objective("none", "", "cassandra", SourceType.LEDGER, figure, 0, Op.AT_MOST)
    (found,) = measurements.measured({"none": asked}, (), Nobody(), store)
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
    (found,) = measurements.measured({"none": LOST}, (), Nobody(), store)
    assert found.value is None
    assert "a write whose value is not amount" in found.problems[0]


def test_why_nothing_was_read_back_is_the_reason(tmp_path):
    """Whoever reads UNKNOWN wants to know what to do, not that a file is missing."""
    why = Event(1.0, "no readback", "the stack shop does not say how its rows are read back")
    store = kept(tmp_path, timeline=Timeline((), (why,)))
    (found,) = measurements.measured({"none": LOST}, (), Nobody(), store)
    assert (found.value, found.problems) == (None, (why.detail,))
