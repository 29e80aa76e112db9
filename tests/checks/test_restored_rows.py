"""What a restore brought back: by example, and against a slow model of it."""

import gzip
from itertools import chain, combinations, permutations
from types import SimpleNamespace as Thing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import READINGS

from slaharness.checks.restore.rows import restored_rows
from slaharness.errors import RecordTrouble
from slaharness.ledger.ledger import Request

HEADER = "station,at,id,temperature"
#: The backup begins at 10, the data are lost at 20, the restore begins at 30; and once more at 50, 60, 70.
ONCE = Thing(began=10.0, lost=20.0, restoring=30.0)
AGAIN = Thing(began=50.0, lost=60.0, restoring=70.0)


def write(key, sent, value=12.5, took=1.0, outcome="ok"):
    text = f"run-01|1000|{value}"
    return Request(sent - 0.5, sent, sent + took, "post reading", "write", key, text, outcome, 201)


def delete(key, sent, took=1.0, outcome="ok"):
    return Request(sent - 0.5, sent, sent + took, "drop reading", "delete", key, "", outcome, 204)


@pytest.fixture(scope="session")
def found(kept, tmp_path_factory):
    """What there is to say of requests when these keys are read with these values."""
    path = tmp_path_factory.mktemp("read") / "readback.csv.gz"

    def find(requests, rows, restores=(ONCE,), *, apart=0.0, untold="", columns=READINGS):
        lines = [f"run-01,1000,{key},{value}" for key, value in rows]
        text = "\n".join([HEADER, *lines, f"# end,{len(lines)}", ""])
        path.write_bytes(gzip.compress(text.encode(), compresslevel=1))
        return restored_rows(kept(*requests, columns=columns), path, restores, apart, untold)

    return find


def test_all_back_and_nothing_gone(found):
    """The backup was made at once, or the storage came back whole."""
    answer = found([write("a", 1), write("b", 12)], [("a", 12.5), ("b", 12.5)])
    assert (answer.due, answer.exposed, answer.gone, answer.behind) == (1, 1, 0, None)
    assert answer.wrong == {}


def test_the_oldest_that_is_gone_is_told_by_when_it_was_meant(found):
    """Users count from when they pressed the button, and the first one lost was lost longest."""
    requests = [write("a", 1), write("b", 12), write("c", 14), write("d", 16)]
    answer = found(requests, [("a", 12.5), ("b", 12.5)])
    assert (answer.exposed, answer.gone, answer.behind) == (3, 2, 6.5)
    assert answer.wrong == {}


def test_a_write_from_before_the_backup_that_is_gone_reaches_back_further(found):
    """Then the backup lacks it: wrong, and the recovery point is older than the backup."""
    answer = found([write("a", 1), write("b", 12)], [("b", 12.5)])
    assert (answer.wrong, answer.behind) == ({"lost": 1}, 19.5)


def test_an_overwrite_that_is_gone_is_seen_by_the_older_value(found):
    """The key is there, and still what was acknowledged last is not."""
    requests = [write("a", 1), write("a", 12, value=-3.5), write("a", 15, value=9.0)]
    assert found(requests, [("a", 12.5)]).behind == 8.5
    assert found(requests, [("a", -3.5)]).behind == 5.5
    assert found(requests, [("a", 9.0)]).behind is None


def test_a_delete_that_is_gone_is_seen_by_the_row(found):
    """What somebody deleted is there again: allowed after the backup, and counted."""
    assert found([write("a", 1), delete("a", 12)], [("a", 12.5)]).behind == 8.5
    assert found([write("a", 1), delete("a", 12)], []).behind is None
    assert found([write("a", 12), delete("a", 15)], []).behind is None


def test_what_was_never_acknowledged_is_never_lost(found):
    """And it may be what left the key as it is, however late."""
    assert found([write("a", 12, outcome="unknown")], []).gone == 0
    assert found([write("a", 2, outcome="unknown"), write("a", 12, value=9.0)], [("a", 12.5)]).gone == 0


@pytest.mark.parametrize("sent", [30, 31])
def test_writes_after_the_restore_began_do_not_move_the_recovery_point(found, sent):
    """They are wrong to be gone, but no backup could have had them."""
    answer = found([write("a", sent)], [])
    assert (answer.wrong, answer.due, answer.gone, answer.behind) == ({"lost": 1}, 0, 0, None)
    assert answer.examples == {"lost": ("a",)}


@pytest.mark.parametrize(
    ("sent", "due", "wrong", "perhaps"),
    [
        (6, 1, {"lost": 1}, 0),
        (7, 0, {}, 1),
        (8, 0, {}, 1),
        (12, 0, {}, 0),
        (31, 0, {}, 1),
        (32, 0, {"lost": 1}, 0),
        (33, 0, {"lost": 1}, 0),
    ],
)
def test_what_lies_as_near_as_the_clocks_are_apart_may_have_been_undone(found, sent, due, wrong, perhaps):
    """Two seconds around 10 and 30: what is not there may be wrong, and may be excused; told as that."""
    answer = found([write("a", sent)], [], apart=2.0)
    assert (answer.due, answer.wrong, answer.perhaps) == (due, wrong, perhaps)
    assert (answer.apart, answer.untold) == (2.0, "")


def test_clocks_of_which_nothing_is_told_excuse_whatever_may_have_been_undone(found):
    """Nothing is due; what nobody ever wrote is wrong by any clock."""
    answer = found([write("a", 1), write("b", 1)], [("b", 9.0)], apart=2.0, untold="nobody knows")
    assert (answer.due, answer.wrong, answer.perhaps) == (0, {"altered": 1}, 0)
    assert answer.untold == "nobody knows"


@pytest.mark.parametrize(("sent", "exposed"), [(8.5, 0), (9, 1), (19.5, 1), (20, 0)])
def test_what_ended_as_the_backup_began_was_at_stake_and_what_was_sent_at_the_loss_was_not(
    found, sent, exposed
):
    assert found([write("a", sent)], [("a", 12.5)]).exposed == exposed


def test_only_writes_and_deletes_of_a_key_can_be_gone(found):
    """A read changes nothing; of a write without a key nobody knows where it should be."""
    read = write("a", 12)._replace(operation="read", value="")
    answer = found([read, write("", 12)], [])
    assert (answer.exposed, answer.gone) == (0, 0)


def test_without_any_write_nothing_is_gone(found):
    answer = found([], [])
    assert (answer.due, answer.exposed, answer.gone, answer.behind) == (0, 0, 0, None)


def test_of_two_writes_at_one_instant_either_may_have_been_last(found):
    """The one was sent as the other ended."""
    assert found([write("a", 11), write("a", 12, value=9.0)], [("a", 12.5)]).gone == 0
    assert found([write("a", 11), write("a", 12.1, value=9.0)], [("a", 12.5)]).gone == 1


def test_a_ledger_without_columns_is_not_compared(found):
    with pytest.raises(RecordTrouble, match="the columns of what was written are not known"):
        found([write("a", 1)], [], columns=None)


def test_one_that_is_gone_from_after_the_loss_moves_nothing(found):
    """No backup could have had it."""
    assert found([write("a", 25)], []).behind == 0.0


def test_each_of_two_restores_may_undo_what_came_after_its_own_backup(found):
    """Seen on a ring restored into another, and that into a third: what the first undid is not lost."""
    requests = [write("a", 1), write("b", 12), write("c", 40), write("d", 55)]
    answer = found(requests, [("a", 12.5), ("c", 12.5)], (ONCE, AGAIN))
    assert answer.wrong == {}
    assert (answer.due, answer.exposed, answer.gone) == (2, 2, 2)
    assert answer.behind == 8.5, "b, before the loss that took it; not before the next one"
    assert found(requests, [("a", 12.5), ("b", 12.5)], (ONCE, AGAIN)).wrong == {"lost": 1}
    assert found([write("a", 30)], [], (ONCE, AGAIN)).behind == 30.5, (
        "sent as the first began: the next one's"
    )


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
        if one.outcome == "ok" and one.sent < ONCE.restoring and not foreign and gone(one, same, value):
            lost.append(one)
    answer = found(requests, list(rows.items()))
    assert answer.gone == len(lost)
    oldest = min((one.intended for one in lost), default=None)
    assert answer.behind == (None if oldest is None else max(0.0, ONCE.lost - oldest))
