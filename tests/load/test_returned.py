"""What a restore brought back: by example, and against a slow model of it."""

import gzip
from itertools import chain, combinations, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slaharness.load.history import Lapse
from slaharness.load.ledger import Request
from slaharness.load.returned import returned

HEADER = "station,at,id,temperature"
#: The backup begins at 10, the data are lost at 20, the restore begins at 30.
LAPSE, LOST = Lapse(10.0, 30.0), 20.0


def write(key, sent, value=12.5, took=1.0, outcome="ok"):
    text = f"run-01|1000|{value}"
    return Request(sent - 0.5, sent, sent + took, "post reading", "write", key, text, outcome, 201)


def delete(key, sent, took=1.0, outcome="ok"):
    return Request(sent - 0.5, sent, sent + took, "drop reading", "delete", key, "", outcome, 204)


@pytest.fixture(scope="session")
def found(kept, tmp_path_factory):
    """What there is to say of requests when these keys are read with these values."""
    path = tmp_path_factory.mktemp("read") / "readback.csv.gz"

    def find(requests, rows):
        lines = [f"run-01,1000,{key},{value}" for key, value in rows]
        text = "\n".join([HEADER, *lines, f"# end,{len(lines)}", ""])
        path.write_bytes(gzip.compress(text.encode(), compresslevel=1))
        return returned(kept(*requests), path, LAPSE, LOST)

    return find


def test_all_back_and_nothing_gone(found):
    """The backup was made at once, or the storage came back whole."""
    answer = found([write("a", 1), write("b", 12)], [("a", 12.5), ("b", 12.5)])
    assert (answer.due, answer.exposed, answer.gone, answer.oldest) == (1, 1, 0, None)
    assert answer.wrong == {}


def test_the_oldest_that_is_gone_is_told_by_when_it_was_meant(found):
    """Users count from when they pressed the button, and the first one lost was lost longest."""
    requests = [write("a", 1), write("b", 12), write("c", 14), write("d", 16)]
    answer = found(requests, [("a", 12.5), ("b", 12.5)])
    assert (answer.exposed, answer.gone, answer.oldest) == (3, 2, 13.5)
    assert answer.wrong == {}


def test_a_write_from_before_the_backup_that_is_gone_reaches_back_further(found):
    """Then the backup lacks it: wrong, and the recovery point is older than the backup."""
    answer = found([write("a", 1), write("b", 12)], [("b", 12.5)])
    assert (answer.wrong, answer.oldest) == ({"lost": 1}, 0.5)


def test_an_overwrite_that_is_gone_is_seen_by_the_older_value(found):
    """The key is there, and still what was acknowledged last is not."""
    requests = [write("a", 1), write("a", 12, value=-3.5), write("a", 15, value=9.0)]
    assert found(requests, [("a", 12.5)]).oldest == 11.5
    assert found(requests, [("a", -3.5)]).oldest == 14.5
    assert found(requests, [("a", 9.0)]).oldest is None


def test_a_delete_that_is_gone_is_seen_by_the_row(found):
    """What somebody deleted is there again: allowed after the backup, and counted."""
    assert found([write("a", 1), delete("a", 12)], [("a", 12.5)]).oldest == 11.5
    assert found([write("a", 1), delete("a", 12)], []).oldest is None
    assert found([write("a", 12), delete("a", 15)], []).oldest is None


def test_what_was_never_acknowledged_is_never_lost(found):
    """And it may be what left the key as it is, however late."""
    assert found([write("a", 12, outcome="unknown")], []).gone == 0
    assert found([write("a", 2, outcome="unknown"), write("a", 12, value=9.0)], [("a", 12.5)]).gone == 0


def test_writes_after_the_restore_began_do_not_move_the_recovery_point(found):
    """They are wrong to be gone, but no backup could have had them."""
    answer = found([write("a", 31)], [])
    assert (answer.wrong, answer.gone, answer.oldest) == ({"lost": 1}, 0, None)


def test_an_altered_row_says_nothing_of_what_came_before_it(found):
    """A value that nobody wrote is wrong in itself."""
    answer = found([write("a", 1), write("a", 12, value=9.0)], [("a", 1.25)])
    assert (answer.wrong, answer.gone) == ({"altered": 1}, 0)


def orders(operations):
    """Every order in which any of them may have taken effect, as far as the clients can tell."""
    some = chain.from_iterable(combinations(operations, count) for count in range(len(operations) + 1))
    for order in chain.from_iterable(map(permutations, some)):
        if not any(
            later.outcome == "ok" and later.finished < earlier.sent
            for place, earlier in enumerate(order)
            for later in order[place + 1 :]
        ):
            yield order


def gone(operation, operations, value):
    """Whether no order with the operation in it leaves its key holding ``value`` (None: absent)."""
    finals = [order[-1] for order in orders(operations) if operation in order]
    return all((one.value.rpartition("|")[2] or None) != value for one in finals)


keys, values = st.sampled_from("ab"), st.sampled_from([12.5, 9.0, -3.5])
spans, outcomes = (st.integers(0, 40), st.integers(0, 20)), st.sampled_from(["ok", "ok", "unknown"])
writes = st.builds(write, keys, spans[0], values, spans[1], outcomes)
deletes = st.builds(delete, keys, *spans, outcomes)
operations = st.lists(writes | deletes, max_size=5, unique_by=lambda one: one.sent)
rows = st.dictionaries(keys, values)


@settings(max_examples=300)
@given(operations, rows)
def test_what_is_gone_agrees_with_a_naive_model(found, requests, rows):
    """Whatever was written, deleted and read, with every order of effects tried."""
    lost = []
    for one in requests:
        same = [other for other in requests if other.key == one.key]
        value = str(rows[one.key]) if one.key in rows else None
        written = {other.value.rpartition("|")[2] for other in same if other.value}
        foreign = value is not None and value not in written
        if one.outcome == "ok" and one.sent < LAPSE.until and not foreign and gone(one, same, value):
            lost.append(one)
    answer = found(requests, list(rows.items()))
    assert answer.gone == len(lost)
    assert answer.oldest == min((one.intended for one in lost), default=None)
