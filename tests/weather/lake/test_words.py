"""What a message says of a reading, which word is the last, and what could not be true."""

import json
from datetime import date
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lake import words
from lake.words import Refused, Word

NOW = 1_795_760_000_000
KEY = "0b5b5f5e-7d1c-4e55-9a55-0123456789ab"
GOOD = {
    "station": "north-07", "at": NOW, "id": KEY, "temperature": 1.5, "written": NOW * 1000, "deleted": False,
}  # fmt: skip


def read(**changed):
    return words.read(json.dumps(GOOD | changed).encode(), NOW)


def word(written=10, temperature=1.5, *, deleted=False, station="north-07", at=NOW):
    return Word(station, at, KEY, None if deleted else temperature, written, deleted)


def test_a_message_is_a_word():
    assert read() == Word("north-07", NOW, KEY, 1.5, NOW * 1000, deleted=False)


def test_a_withdrawal_has_no_temperature_whatever_it_says():
    assert read(deleted=True, temperature=3.0).temperature is None


def test_what_else_a_message_says_is_left_out():
    """Writers may know of more columns than this sink."""
    assert read(humidity=0.5) == read()


def test_a_whole_number_is_a_temperature():
    assert repr(read(temperature=2).temperature) == "2.0"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("station", ""), ("station", "../x"), ("station", "a/b"), ("station", "x" * 65), ("station", 7),
        ("station", "n\n"), ("at", -1), ("at", NOW + 86_400_001), ("at", 10**18), ("at", "1"), ("at", 1.0),
        ("at", True), ("id", "k"), ("id", KEY.upper()), ("id", None), ("temperature", None),
        ("temperature", "1"), ("temperature", True), ("temperature", 10**400), ("written", -1),
        ("written", 2**63), ("written", None),
        ("deleted", None), ("deleted", 0), ("deleted", "no"),
    ],
)  # fmt: skip
def test_what_could_not_be_true_is_refused_by_name(name, value):
    """The reason is what somebody who looks at dead letters has."""
    with pytest.raises(Refused, match=f"^{name}: "):
        read(**{name: value})


@pytest.mark.parametrize("name", GOOD)
def test_what_is_missing_is_told(name):
    said = {key: value for key, value in GOOD.items() if key != name}
    with pytest.raises(Refused, match=f"^{name}: nothing"):
        words.read(json.dumps(said).encode(), NOW)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"{", b"[]", b"7", b"null", b"[" * 100_000, b'{"at": ' + b"9" * 5000 + b"}"],
)
def test_what_is_no_object_is_refused_however_it_is_none(content):
    with pytest.raises(Refused):
        words.read(content, NOW)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_a_temperature_is_finite(value):
    """Python reads words that JSON does not have."""
    content = json.dumps(GOOD).replace("1.5", value).encode()
    with pytest.raises(Refused, match=r"^temperature"):
        words.read(content, NOW)


@given(st.binary(max_size=300))
def test_no_content_ends_in_anything_but_a_refusal(content):
    with pytest.raises(Refused):
        words.read(content, NOW)


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists),
    st.sampled_from(sorted(GOOD)),
)
def test_no_value_ends_in_anything_but_a_word_or_a_refusal(value, name):
    """And whatever is a word fits where it is kept."""
    try:
        found = words.read(json.dumps(GOOD | {name: value}).encode(), NOW)
    except Refused:
        return
    assert 0 <= found.written < 2**63
    assert found.station.isascii()


def test_the_last_word_stands_in_whatever_order_words_come():
    """Nodes tell each at its own pace; the write's own instant decides, as it does in the database."""
    said = [word(10), word(30, 9.0), word(20, deleted=True), word(10)]
    for order in permutations(said):
        assert words.last_of(order) == [word(30, 9.0)]


def test_at_one_instant_a_withdrawal_wins():
    for order in permutations([word(), word(deleted=True)]):
        assert words.last_of(order) == [word(deleted=True)]


def test_two_keys_are_two_readings():
    """As in the database, where one id at two stations is two rows."""
    said = [word(), word(station="south-1"), word(at=NOW + 1)]
    assert words.last_of(said) == said


def test_days_are_those_of_utc():
    assert word(at=1_795_737_600_000).day == date(2026, 11, 27)
    assert word(at=1_795_737_599_999).day == date(2026, 11, 26)


@pytest.mark.parametrize(
    ("station", "region"),
    [("north-07", "north"), ("north", "north"), ("northern-1", "elsewhere"), ("r1-north", "elsewhere")],
)
def test_regions_are_those_that_there_are(station, region):
    """However stations call themselves, there are no more partitions than that."""
    assert word(station=station).region(["north", "south"]) == region
