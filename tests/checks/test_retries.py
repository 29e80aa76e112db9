"""Backups and restores that were struck under way: known good, known bad, and known to prove nothing."""

import pytest

from slaharness.checks.retries import judge_retry
from slaharness.events import STRUCK
from slaharness.model import FAULT, Event, Outcome, Timeline

MET, MISSED, UNKNOWN = Outcome
BEGAN, RUNS, FAILED, FINISHED = "backup began", "backup under way", "backup failed", "backup finished"


def judged(*events, what="backup"):
    return judge_retry(Timeline(events=tuple(Event(*one) for one in events)), what)


def struck(at):
    return (at, STRUCK, "objectstore/objectstore-0 on n0")


def test_a_try_that_fails_with_a_reason_and_another_that_works_are_met():
    verdict = judged((10, BEGAN), struck(13), (15, FAILED, "n1: the store is away"), (31.5, FINISHED))
    assert (verdict.objective, verdict.phase, verdict.target) == ("backup-retried", FAULT, "ends well")
    assert (verdict.outcome, verdict.seen) == (MET, "1 failed, 1 ended well")
    assert verdict.reason == (
        "objectstore/objectstore-0 on n0 was struck; a try failed: n1: the store is away; "
        "well 18.5 s after the strike"
    )
    assert verdict.figures == {"failed": 1.0, "until well (s)": 18.5}


def test_a_try_that_outlives_the_strike_is_met():
    """It was struck and came to its end: whether all is there, the content says."""
    verdict = judged((10, BEGAN), (12, RUNS), struck(13), (15, FINISHED))
    assert (verdict.outcome, verdict.seen) == (MET, "0 failed, 1 ended well")
    assert "no try failed" in verdict.reason


def test_no_other_try_that_works_is_missed():
    told = (
        (10, BEGAN),
        struck(13),
        (15, FAILED, "first"),
        (20, FAILED, "x"),
        (40, FAILED, "the store is away"),
    )
    verdict = judged(*told)
    assert (verdict.outcome, verdict.seen) == (MISSED, "3 failed, 0 ended well")
    assert verdict.reason == "no other try worked: the store is away"
    assert verdict.figures == {"failed": 3.0, "until well (s)": None}
    another = ((50, BEGAN), struck(53), (55, FAILED, "busy"), (60, FINISHED))
    assert judged(*told, *another).reason == "no other try worked: the store is away"


@pytest.mark.parametrize("at", [9, 11, 16])
def test_what_nothing_struck_under_way_proves_nothing(at):
    """Too soon, before anything of it ran, or too late: the question was not put."""
    verdict = judged((10, BEGAN), (12, RUNS), (15, FINISHED), struck(at))
    assert (verdict.outcome, verdict.seen) == (UNKNOWN, "none")
    assert verdict.reason == "nothing struck while a backup was under way"


def test_a_backup_of_which_no_end_is_told_proves_nothing():
    """Whatever struck it: it may have ended well yet."""
    assert judged((10, BEGAN), (12, RUNS), struck(13)).outcome is UNKNOWN


def test_a_failure_without_a_word_is_no_clear_failure():
    """Nor does a word on another one explain it."""
    assert judged((10, BEGAN), struck(13), (15, FAILED), (30, FINISHED)).outcome is UNKNOWN
    verdict = judged((10, BEGAN), struck(13), (15, FAILED), (17, FAILED, "away"), (30, FINISHED))
    assert (verdict.outcome, verdict.seen) == (UNKNOWN, "2 failed, 1 ended well")
    assert verdict.reason == "a try failed without a word on why"


def test_one_strike_or_one_failure_of_several_is_enough_to_be_met_by_it():
    """One before it ran and one while it did; a failure before the strike and one after it."""
    assert judged((10, BEGAN), struck(11), (12, RUNS), struck(13), (15, FINISHED)).outcome is MET
    failures = ((10.5, FAILED, "busy"), struck(11), (13, FAILED, "away"))
    assert judged((10, BEGAN), *failures, (30, FINISHED)).outcome is MET
    assert judged((10, BEGAN), struck(11), (13, FAILED, "x"), struck(20), (30, FINISHED)).outcome is MET
    assert judged((10, BEGAN), (11, FAILED, "x"), struck(12), (15, FAILED, "away")).outcome is MISSED
    assert judged((10, BEGAN), (11, RUNS), struck(12), (13, RUNS), (15, FINISHED)).outcome is MET


def test_one_of_several_that_was_struck_and_failed_is_enough():
    """A good one before it does not make up for it; one that nothing struck is not asked about."""
    good = ((10, BEGAN), (10.5, RUNS), struck(11), (15, FINISHED))
    assert judged(*good, (20, BEGAN), struck(21), (25, FAILED, "away")).outcome is MISSED
    assert judged(*good, (20, BEGAN), (25, FAILED, "away")).outcome is MET


def test_a_try_that_dies_of_a_strike_before_it_ran_was_met_by_it():
    """What it needed was away when it came to need it."""
    assert judged((10, BEGAN), struck(11), (12, RUNS), (13, FAILED, "away"), (30, FINISHED)).outcome is MET
    early = judged((10, BEGAN), (10.5, FAILED, "away"), struck(11), (12, RUNS), (30, FINISHED))
    assert early.outcome is UNKNOWN


@pytest.mark.parametrize(
    "events",
    [
        [(10, BEGAN), struck(13), (13, FAILED, "away"), (30, FINISHED)],
        [(10, BEGAN), (12, RUNS), struck(12), (15, FINISHED)],
        [(10, BEGAN), (12, RUNS), struck(15), (15, FINISHED)],
        [(10, BEGAN), struck(10), (12, FAILED, "away"), (30, FINISHED)],
        [(1, BEGAN), (2, RUNS), (3, FINISHED), (10, BEGAN), struck(10), (12, FAILED, "x"), (30, FINISHED)],
    ],
    ids=["as it fails", "as it begins to run", "as it ends", "as it begins", "as the second begins"],
)
def test_a_strike_at_the_very_instant_met_it(events):
    """Stamps are as fine as clocks are; of two at once either may have been first."""
    assert judged(*events).outcome is MET


def test_what_strikes_as_the_next_one_begins_is_of_the_next_one():
    """And what fails then, too: the first one failed before, by itself."""
    first = ((1, BEGAN), (2, RUNS), (3, FAILED, "full"))
    found = judged(*first, (10, BEGAN), struck(10), (10, FAILED, "away"), (30, FINISHED))
    assert (found.outcome, found.seen) == (MET, "1 failed, 1 ended well")


def test_the_slowest_of_several_is_told():
    """And the first strike of each counts, of a strike that is told again."""
    first = ((10, BEGAN), struck(11), struck(12), (13, FAILED, "away"), (20, FINISHED))
    second = ((30, BEGAN), struck(31), (33, FAILED, "gone"), (60, FINISHED))
    found = judged(*first, *second)
    assert found.figures == {"failed": 2.0, "until well (s)": 29.0}
    assert found.seen == "2 failed, 2 ended well"
    assert found.reason.endswith("a try failed: away; well 29.0 s after the strike")
    assert (
        judged((10, BEGAN), struck(11), struck(12), (13, FAILED, "x"), (20, FINISHED)).figures[
            "until well (s)"
        ]
        == 9.0
    )


def test_restores_are_asked_about_by_their_own_events():
    told = ((10, "restore began"), struck(13), (15, "restore failed", "away"), (30, "restore finished"))
    assert judged(*told, what="restore").outcome is MET
    assert judged(*told).outcome is UNKNOWN


def test_a_try_that_failed_long_after_a_strike_did_not_fail_of_it():
    """It was not under way yet when it was struck, and a minute later something else was."""
    for failed, outcome in ((73, MET), (73.5, UNKNOWN)):
        told = ((10, BEGAN), struck(13), (70, RUNS), (failed, FAILED, "the disk is full"), (90, FINISHED))
        assert judged(*told).outcome is outcome
