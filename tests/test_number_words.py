"""Numbers as readers see them: never an exponent, never "1 runs"."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaharness.model.words import counted, number, share_of


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (159.2, "159"), (15_873.2, "15,873"), (45.71, "45.7"), (0.0567, "0.0567"), (0.00001234, "0.0000123"),
        (99.97, "100"), (999.7, "1,000"), (0, "0"), (-4.204, "-4.2"), (float("inf"), "inf"),
    ],
)  # fmt: skip
def test_a_number_has_three_digits_that_count(value, said):
    """And its whole part in full."""
    assert number(value) == said


@given(st.floats(1e-9, 1e9))
def test_a_number_is_never_written_with_an_exponent(value):
    """Whoever reads "1.59e+04 %" does not know how bad it was; and what is said is as much as there is."""
    said = number(value)
    assert "e" not in said
    assert float(said.replace(",", "")) == pytest.approx(value, rel=0.006)


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (159.4, "159 times the budget"), (2.0, "2 times the budget"), (1.5, "150 % of the budget"),
        (0.00567, "0.567 % of the budget"), (0.00001, "less than 0.01 % of the budget"),
        (0, "0 % of the budget"),
    ],
)  # fmt: skip
def test_a_share_is_told_as_people_tell_it(share, said):
    """A multiple of a budget as so many times it; next to nothing as that."""
    assert share_of(share, "the budget") == said


@pytest.mark.parametrize(
    ("count", "words", "said"),
    [
        (1, ["run"], "1 run"), (2_410, ["run"], "2,410 runs"), (0, ["run"], "0 runs"),
        (28.0, ["day"], "28 days"),
        (1_234_567, ["try", "tries"], "1,234,567 tries"), (1, ["try", "tries"], "1 try"),
    ],
)  # fmt: skip
def test_one_thing_is_not_several(count, words, said):
    """Also where several are more than an s."""
    assert counted(count, *words) == said
