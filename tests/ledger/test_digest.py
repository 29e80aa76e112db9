"""Digests: what stands for ten million texts in their place."""

import numpy as np
import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from slaharness.ledger import digest


def words(*numbers: int) -> digest.Digests:
    return np.array(numbers, np.uint64)


def test_digests_are_mixed_as_splitmix64_mixes():
    """Whose chance of a clash is known: these are its first three numbers."""
    mixed = digest.fold(words(1, 2, 3), words(0, 0, 0))
    assert mixed.tolist() == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def test_no_text_has_the_digest_that_stands_for_none():
    """What would be mixed to 0 is 1 instead; only of an empty text it is 0."""
    assert digest.fold(words(0), words(0)).tolist() == [1]
    assert digest.of_texts(pa.array(["", "a", ""]))[::2].tolist() == [0, 0]


def one_by_one(text: str) -> int:
    """The length, and then eight bytes at a time."""
    raw = text.encode()
    found = words(len(raw))
    for at in range(0, len(raw), 8):
        found = digest.fold(found, words(int.from_bytes(raw[at : at + 8], "little")))
    return int(found[0])


texts, long_texts = (st.text("ab|ä", min_size=least, max_size=30) for least in (0, 8))


@given(st.lists(texts, max_size=8) | st.lists(long_texts, max_size=8), st.integers(0, 8))
@example(["a"], 0)
@example(["sixteen bytes or", "a few more than sixteen"], 0)
def test_a_text_has_its_digest_whatever_stands_beside_it(texts, skipped):
    """All of a column are digested together, also of one that is a part of another."""
    some = texts[skipped:]
    assert digest.of_texts(pa.array(texts, pa.utf8())[skipped:]).tolist() == [one_by_one(one) for one in some]
