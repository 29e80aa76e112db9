"""Work for later, told from stamped events whose truth is known."""

import pytest

from slaharness.checks.backlog import judge_backlog
from slaharness.events import ACCEPTED, DONE, LOOKED, REFUSED
from slaharness.model import Event, Outcome


def judged(*, accepted=20, lost=0, took=3.0, slowest=None, looked=1200.0, refused=0, least=20):
    """Judge so many pieces, one a second from 1000 on, the last never done; the first may be the slowest."""
    pieces = [(1000.0 + number, f"p{number}") for number in range(accepted)]
    events = [
        *(Event(at, ACCEPTED, piece) for at, piece in pieces),
        *(
            Event(at + (slowest if slowest and piece == "p0" else took), DONE, piece)
            for at, piece in pieces[: accepted - lost]
        ),
        *(Event(1000.0, REFUSED, "503") for _ in range(refused)),
        *([Event(looked, LOOKED)] if looked else []),
    ]
    return judge_backlog(events, within=30.0, least=least)


def test_all_done_in_time_is_met():
    """With how long the slowest took, and how many were turned away at the door."""
    verdict = judged(refused=2, slowest=30.0)
    assert (verdict.objective, verdict.target) == ("drained", "all in 30 s")
    assert (verdict.outcome, verdict.seen, verdict.requests) == (Outcome.MET, "30.0 s", 20)
    assert verdict.reason == "20 of 20 accepted pieces of work done, 2 refused"
    assert verdict.figures == {"slowest (s)": 30.0, "lost": 0.0, "refused": 2.0}


def test_work_may_be_done_at_once():
    """Half a second after it was accepted is no other clock."""
    verdict = judged(took=0.5)
    assert (verdict.outcome, verdict.seen) == (Outcome.MET, "0.5 s")


@pytest.mark.parametrize(
    ("truth", "reason"),
    [
        ({"lost": 1}, "1 of 20 accepted pieces of work are lost"),
        ({"lost": 20}, "20 of 20 accepted pieces of work are lost"),
        ({"took": 30.5}, "20 of 20 accepted pieces of work done"),
        ({"slowest": 30.5}, "20 of 20 accepted pieces of work done"),
        ({"accepted": 3, "lost": 1}, "1 of 3 accepted pieces of work are lost"),
    ],
    ids=["one lost", "all lost", "late", "one late", "few, and one lost"],
)
def test_lost_or_late_work_is_missed(truth, reason):
    """However few pieces there were: a loss is a loss."""
    verdict = judged(**truth)
    assert verdict.outcome is Outcome.MISSED
    assert reason in verdict.reason


@pytest.mark.parametrize(
    ("truth", "reason"),
    [
        ({"looked": None}, "nobody looked"),
        ({"lost": 2, "looked": 1047.9}, "2 pieces of work were not looked for long enough"),
        ({"lost": 2, "looked": 1048.5}, "1 piece of work was not looked for long enough"),
        ({"accepted": 0}, "only 0 of 20"),
        ({"accepted": 0, "least": 0}, "only 0 of 0"),
        ({"accepted": 19}, "only 19 of 20"),
    ],
    ids=["never looked", "looked too early", "for one of them", "none", "none wanted", "few"],
)
def test_work_that_nobody_followed_is_unknown(truth, reason):
    """No evidence is never a pass, and a piece that may yet be done is not lost."""
    verdict = judged(**truth)
    assert verdict.outcome is Outcome.UNKNOWN
    assert reason in verdict.reason


def test_work_that_was_done_before_it_was_accepted_is_not_known_to_be_done():
    found = judged(took=-1.0)
    assert (found.outcome, found.reason[:44]) == (
        Outcome.UNKNOWN,
        "20 pieces of work were done before accepted:",
    )


def test_what_was_done_twice_or_by_others_is_told_as_what_it_is():
    """A piece is done when it was first; one that nobody accepted is none of the count."""
    events = [
        Event(1000, ACCEPTED, "a"),
        Event(1003, DONE, "a"),
        Event(1090, DONE, "a"),
        Event(1001, DONE, "x"),
    ]
    found = judge_backlog([*events, Event(1200, LOOKED)], within=30.0, least=1)
    assert (found.outcome, found.seen) == (Outcome.MET, "3.0 s")
    assert found.reason == "1 of 1 accepted pieces of work done, 0 refused"
