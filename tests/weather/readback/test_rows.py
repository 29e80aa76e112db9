"""What messages come to, for a consumer that knows them by their ids."""

import json
from itertools import permutations

import pytest
from readback.rows import Malformed, Message, folded, lines


def message(key="k", written=10, temperature=1.5, arrived=100, *, deleted=False):
    said = {
        "station": "s", "at": 1, "id": key, "temperature": None if deleted else temperature,
        "written": written, "deleted": deleted,
    }  # fmt: skip
    return Message(json.dumps(said).encode(), arrived)


def test_copies_of_replicas_are_one_row_that_came_with_the_first():
    """Three nodes tell of each write; a killed one tells again."""
    (row,) = folded([message(arrived=100), message(arrived=101), message(arrived=102)])
    assert (row["id"], row["arrived"]) == ("k", 100)


def test_the_last_word_stands_in_whatever_order_words_come():
    """Nodes tell each at its own pace; the write's own instant decides, as it does in the table."""
    words = [message(written=10), message(written=30, temperature=9.0), message(written=20, deleted=True)]
    for order in permutations(words):
        (row,) = folded(order)
        assert row["temperature"] == 9.0


def test_what_was_deleted_last_is_no_row():
    """And at one instant the delete wins, as in the table."""
    for order in permutations([message(written=10), message(written=10, deleted=True)]):
        assert folded(order) == []


def test_rows_end_with_their_number():
    """A text cut short proves nothing."""
    assert list(lines(folded([message(), message("j")]))) == [
        "station,at,id,temperature,arrived\n", "s,1,k,1.5,100\n", "s,1,j,1.5,100\n", "# end,2\n",
    ]  # fmt: skip


@pytest.mark.parametrize("content", [b"", b"not json", b"[]", b"{}", b"7"])
def test_a_message_that_is_none_of_ours_is_not_passed_over(content):
    """A hole would look like a loss."""
    with pytest.raises(Malformed):
        folded([Message(content, 1)])
