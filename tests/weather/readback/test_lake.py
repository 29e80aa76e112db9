"""What a reader of the lake's table sees, of a real table that the sink itself has made."""

import time

import pytest
from lake.table import Table
from lake.words import Word
from readback import lake
from readback.errors import Trouble

AT = 1_795_760_000_000


def word(number, written=10, temperature=1.5, *, deleted=False):
    key = f"0b5b5f5e-7d1c-4e55-9a55-{number:012d}"
    return Word("north-07", AT + number, key, None if deleted else temperature, written, deleted)


@pytest.fixture
def url(tmp_path):
    return str(tmp_path / "readings")


def test_a_reader_sees_the_last_word_and_nothing_that_was_withdrawn(url):
    table = Table(url, {}, [])
    table.keep([word(1), word(2), word(3)], 7)
    table.keep([word(2, 20, 9.0), word(3, 20, deleted=True)], 8)
    rows = sorted(lake.readings(url, {}), key=lambda row: row["id"])
    assert [(row["station"], row["at"], row["temperature"]) for row in rows] == [
        ("north-07", AT + 1, 1.5), ("north-07", AT + 2, 9.0),
    ]  # fmt: skip


def test_a_row_came_when_the_log_said_so_not_when_the_sink_began(url):
    """Until then nobody could read it; small files that become one change nothing about that."""
    table, began = Table(url, {}, []), time.time() * 1000
    table.keep([word(1)], 1)
    ended = time.time() * 1000
    table.keep([word(2)], 2)
    table.compact()
    (row,) = (row for row in lake.readings(url, {}) if row["at"] == AT + 1)
    assert began - 1 <= row["arrived"] <= ended + 1


def test_a_row_that_the_log_no_longer_tells_of_came_when_the_sink_says(url, monkeypatch):
    """Of days ago, when a second more or less is nothing."""
    monkeypatch.setattr(lake, "COMMITS", 1)
    table = Table(url, {}, [])
    table.keep([word(1)], 7)
    table.keep([word(2)], 8)
    (row,) = (row for row in lake.readings(url, {}) if row["at"] == AT + 1)
    assert row["arrived"] == 7


def test_a_table_that_is_not_there_yet_is_told_in_one_line(url):
    with pytest.raises(Trouble, match=f"^reading {url}: ") as caught:
        lake.readings(url, {})
    assert not set("\n\x1b↳") & set(str(caught.value))
