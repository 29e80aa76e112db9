"""What is steady, slice by slice: answered as asked, and as quickly as before."""

import pytest

from slaharness.ledger.witness.steady_state import Steady, failed, flapping, held_from
from slaharness.model import LatencyBin


def steady(baseline_p95: float = 0.04) -> Steady:
    return Steady(baseline_p95)


def pieces(marks: str) -> list[LatencyBin]:
    """One slice of a second a mark: ``.`` good, ``s`` slow, ``f`` failing, ``u`` without an answer."""
    return [
        LatencyBin(
            start=float(at),
            ok=10,
            fail=int(mark == "f"),
            unknown=int(mark == "u"),
            p95=0.9 if mark == "s" else 0.04,
            seconds=1.0,
        )
        for at, mark in enumerate(marks)
    ]


@pytest.mark.parametrize(
    ("marks", "since"),
    [
        ("....", None),
        (".....", 0),
        ("f.....", 1),
        ("u.....", 1),
        ("f....f.....", 6),
        ("f..s..", 1),
        ("f.s.s..", None),
        ("f.s.s......", 3),
        ("fs.....", 2),
        (".....f", None),
        (".....f....", None),
        ("..........sssss", None),
        ("." * 16 + "ssss.", 0),
        ("." * 15 + "ssss.", 0),
        ("." * 14 + "ssss.", None),
        ("..........sssss.....", 15),
        ("f" + "s.." * 12, None),
        ("....." + "sss." * 3 + "." * 20, 12),
        (".s....s.", 2),
        ("ss....s.", 2),
        ("sss.s...", 3),
        ("..s...s.", 3),
        ("....s.s..s..", None),
    ],
)
def test_a_steady_state_begins_with_five_good_slices(marks, since):
    """One of them may be slow, not the first; one failure ends it, slowness when it lasts as long."""
    assert held_from(pieces(marks), steady()) == since


def test_slow_is_what_takes_longer_than_the_limit():
    """Exactly the limit is not; a slice of which nothing is known is."""
    (piece,) = pieces(".")
    for p95, slow in ((0.2, False), (0.200001, True), (None, True), (float("nan"), True)):
        assert steady().slow(LatencyBin(0.0, 10, 0, 0, p95)) is slow
    assert steady(0.4).limit == pytest.approx(0.6)
    assert steady(0.1).limit == 0.2
    assert not failed(piece)
    assert [failed(one) for one in pieces("fu")] == [True, True]


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        ("f.....f.....f.....", "well 2 times before, for up to 5.0 s, and fell back each time: 5.0 s at"),
        ("f.....f......f.....", "well 2 times before, for up to 6.0 s"),
        ("f.....f.......f......", "well 2 times before, for up to 7.0 s"),
        ("f.....f.....f......", ""),
        ("f.....f.....", ""),
        (".....f.....f.....", ""),
        (".....f.....f.....f.....", "well 2 times before"),
        ("fffff", ""),
        ("f.....f...s.s.s....", "well 2 times before, for up to 6.0 s"),
        ("f.....fs....s", ""),
    ],
    ids=[
        "as long",
        "shorter",
        "between",
        "longer at the end",
        "once",
        "once since it was struck",
        "twice since",
        "never",
        "until it was too often slow",
        "a slow slice begins nothing",
    ],
)
def test_well_again_and_again_proves_little(marks, said):
    """Unless it lasts longer than ever before; how it was when it was struck is none of these times."""
    found = flapping(pieces(marks), steady())
    assert said in found
    assert bool(said) is bool(found)
