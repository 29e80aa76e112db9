"""What the ledger's objectives are held against."""

import gzip

import pytest

from slaharness.model import RECOVERY, Objective, Op, SourceType
from slaharness.record import collect as measurements
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


@pytest.mark.parametrize(("figure", "total"), [("lost", 2), ("altered", 2), ("resurrected", 1)])
def test_what_came_back_is_held_against_what_was_deleted(tmp_path, figure, total):
    """All else against what was acknowledged: a load that deletes nothing proves nothing of deletes."""
    store = RecordStore.create(tmp_path, "kill")
    store.ledger.write_bytes(gzip.compress(LEDGER.encode()))
    store.readback.write_bytes(gzip.compress(READ.encode()))
    asked = Objective("none", "", "cassandra", SourceType.LEDGER, figure, 0, Op.AT_MOST)
    (found,) = measurements.measured({"none": asked}, (), Nobody(), store)
    assert (found.phase, found.value, found.total, found.problems) == (RECOVERY, 0.0, total, ())
