"""What several workers say is joined into what one would have said."""

import gzip

import pytest

from slaharness.errors import RecordTrouble
from slaharness.ledger import ledger
from slaharness.load import merge as joined

HEADER = ",".join(ledger.HEADER)


def row(finished, name="read current"):
    return f"1.0,1.0,{finished:.6f},{name},read,,,ok,200"


def part(*rows, end=None):
    return gzip.compress("\n".join([HEADER, *rows, end or f"# end,{len(rows)}", ""]).encode())


def test_ledgers_become_one_in_the_order_in_which_requests_ended(tmp_path):
    """Whole, with one last line, so that nobody after this needs to know of workers."""
    (path := tmp_path / "l.gz").write_bytes(joined.ledger([part(row(2), row(10)), part(row(9)), part()]))
    assert [request.finished for request in ledger.load(path).requests] == [2.0, 9.0, 10.0]


def test_the_ledger_of_one_worker_stays_what_it_was(tmp_path):
    """Values with commas and quotes as well."""
    odd = '1.0,1.0,2.0,"a, ""b""",write,k,"x|1,5",ok,201'
    assert gzip.decompress(joined.ledger([part(odd)])) == gzip.decompress(part(odd))


@pytest.mark.parametrize("broken", [
    part(row(1), end="# end,2"), part(end=row(1)), gzip.compress(b""), part(row(1))[:-9], part(row(1))[:20],
    b"", b"<html>", gzip.compress(bytes([255])),
], ids=[
    "one row less than it says", "no end", "empty", "cut at the end",
    "cut in its head", "nothing", "a page", "no text",
])  # fmt: skip
def test_a_ledger_that_is_not_whole_spoils_the_lot(broken):
    """What one worker sent would be missing, and nobody would see it."""
    with pytest.raises(RecordTrouble, match="cut short"):
        joined.ledger([part(row(1)), broken])


@pytest.mark.parametrize("row", ["now,now,now,a,read,,,ok,200", "1.0"])
def test_a_ledger_of_other_than_requests_is_refused(row):
    """In one line, not in a traceback."""
    with pytest.raises(RecordTrouble, match="no ledger"):
        joined.ledger([part(row)])


def test_ledgers_with_other_columns_are_not_mixed():
    """A worker with another recorder has no place in this load."""
    other = gzip.compress(b"finished,name\n# end,0\n")
    with pytest.raises(RecordTrouble, match="different loads"):
        joined.ledger([part(), other])


def state(**other):
    arrivals = {"offered": 10, "started": 8, "overflowed": 2}
    counts = {"users": 2, "wanted": 2, "requests": 10, "rate": 5.0, "errors": 0}
    return {"at": 100.0, "state": "running", **counts, "arrivals": arrivals, "error": ""} | other


def test_states_are_added_up():
    """Users, requests and arrivals of all, as of the middle of the looks."""
    both = joined.state([state(), state(at=101.0)])
    assert (both["at"], both["users"], both["requests"], both["rate"]) == (100.5, 4, 20, 10.0)
    assert both["arrivals"] == {"offered": 20, "started": 16, "overflowed": 4}


def test_a_load_runs_when_all_its_workers_do_and_fails_when_one_does():
    """One that still spawns, or whose profile failed, is not outvoted."""
    both = joined.state([state(), state(state="spawning", errors=1, error="ValueError: x")])
    assert (both["state"], both["errors"], both["error"]) == ("spawning", 1, "ValueError: x")
