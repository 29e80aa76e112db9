"""Time slices: how a window is cut, and that what nobody saw is never good."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaharness.model import Measurement, Objective, Op, Outcome, Phase, SourceType, Timeslice, Window
from slaharness.objectives.judge import judge
from slaharness.objectives.timeslices import cut, tally

SLICE = Timeslice(seconds=5.0, target=0.9)
OBJECTIVE = Objective(
    "answers", "", "edge", SourceType.RATIO, "total", 0.8, Op.AT_LEAST, good="good", floor=10, timeslice=SLICE
)
GOOD, BAD, EMPTY = (100.0, 100.0), (50.0, 100.0), (0.0, 0.0)


def measured(*slices: tuple[float, float]) -> Measurement:
    good, total = (sum(column) for column in zip(*slices, strict=True)) if slices else (100, 100)
    return Measurement("answers", Phase.FAULT, None, good, total, slices=slices)


@pytest.mark.parametrize(
    ("seconds", "lengths"),
    [
        (4.999, []),
        (5.0, [5]),
        (9.999, [5, 4.999]),
        (60.0, [5] * 12),
        (63.0, [5] * 11 + [8]),
        (64.0, [5] * 12 + [4]),
    ],
)
def test_a_window_is_cut_from_its_start_to_its_end(seconds, lengths):
    """What is left over is judged too: alone, or with the last slice where it is too short to measure."""
    slices = cut(Window(Phase.FAULT, 1000.4, 1000.4 + seconds), SLICE, 4.0)
    assert [one.seconds for one in slices] == pytest.approx(lengths)
    assert all(one.phase is Phase.FAULT for one in slices)


def test_a_window_that_divides_evenly_leaves_nothing_over():
    """However short a slice may be, none of no length is made."""
    slices = cut(Window(Phase.FAULT, 1000.0, 1060.0), SLICE, 0.0)
    assert [one.seconds for one in slices] == [5.0] * 12


@given(
    start=st.floats(1, 4e9),
    seconds=st.integers(1, 3_600_000).map(lambda ms: ms / 1000),
    width=st.integers(100, 60_000).map(lambda ms: ms / 1000),
    least=st.integers(0, 10_000).map(lambda ms: ms / 1000),
)
def test_slices_cover_the_window_without_gap_or_overlap(start, seconds, width, least):
    """Each slice begins where the one before ended, and the last one ends with the window."""
    window = Window(Phase.FAULT, start, start + seconds)
    slices = cut(window, Timeslice(width, 0.9), least)
    ends = [window.start, *(one.end for one in slices)]
    assert [one.start for one in slices] == ends[:-1]
    assert ends[-1] == window.end if slices else seconds < width + 0.001
    assert all(one.seconds > min(least, width) - 0.002 for one in slices)


def test_slices_that_leave_requests_out_are_unknown():
    """A window whose last seconds are in no slice, as old records have it, is not judged by the others."""
    verdict = judge(OBJECTIVE, replace(measured(GOOD), good=100, total=170))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.reason == "100 of 100 requests were good in the slices, 100 of 170 in the window"


def test_slices_of_endless_requests_are_unknown():
    """Infinity is no count."""
    verdict = judge(OBJECTIVE, replace(measured(GOOD), slices=(GOOD, (10.0, float("inf")))))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "10 of inf requests in a slice cannot be" in verdict.reason


@pytest.mark.parametrize("missing", ["good", "total"])
def test_slices_do_not_make_up_for_the_window_s_own_count(missing):
    """What the whole window had was not counted: that is the one reason."""
    verdict = judge(OBJECTIVE, replace(measured(GOOD, GOOD), **{missing: None}))
    assert (verdict.outcome, verdict.reason) == (Outcome.UNKNOWN, "requests were not counted")


@pytest.mark.parametrize(
    ("more", "outcome"), [(0.5, Outcome.MET), (0.6, Outcome.UNKNOWN), (1.0, Outcome.UNKNOWN)]
)
def test_slices_add_up_to_the_window_but_for_rounding(more, outcome):
    """Sums of differences may be off by half a request, and by no whole one."""
    for good, total in ((200.0, 200.0 + more), (200.0 - more, 200.0)):
        found = judge(OBJECTIVE, replace(measured(GOOD, GOOD), good=good, total=total))
        assert found.outcome is outcome


@pytest.mark.parametrize(
    ("slices", "target", "outcome", "reason"),
    [
        ([GOOD, BAD], 0.75, Outcome.MET, "mean of 2 slices of 5 s: 75 % ≥ 75 %"),
        ([GOOD, BAD, BAD], 0.7, Outcome.MISSED, "mean of 3 slices of 5 s: 66.667 % < 70 %"),
        ([GOOD, EMPTY], 0.6, Outcome.UNKNOWN, "1 of 2 slices had no requests"),
        ([(1000.0, 1000.0), (0.0, 10.0)], 0.9, Outcome.MISSED, "mean of 2 slices of 5 s: 50 % < 90 %"),
    ],
)
def test_the_mean_of_slices_is_judged(slices, target, outcome, reason):
    """RatioTimeslices: each slice counts with its own share, however many requests it had."""
    mean = replace(OBJECTIVE, timeslice=Timeslice(5.0, None), target=target)
    verdict = judge(mean, measured(*slices))
    assert verdict.outcome is outcome
    assert reason in verdict.reason


@pytest.mark.parametrize(
    ("slices", "outcome", "reason"),
    [
        ([GOOD] * 5, Outcome.MET, "0 of 5 slices of 5 s had under 90 % good: 100 % ≥ 80 %"),
        ([GOOD] * 4 + [BAD], Outcome.MET, "1 of 5 slices of 5 s had under 90 % good: 80 % ≥ 80 %"),
        ([GOOD] * 3 + [BAD] * 2, Outcome.MISSED, "2 of 5 slices of 5 s had under 90 % good: 60 % < 80 %"),
        ([GOOD] * 4 + [EMPTY], Outcome.MET, "under 90 % good, 1 had no requests: 80 % ≥ 80 %"),
        (
            [GOOD] * 2 + [BAD] * 2 + [EMPTY],
            Outcome.MISSED,
            "2 of 5 slices of 5 s had under 90 % good, 1 had no requests: 40 % < 80 %",
        ),
        (
            [GOOD] * 3 + [EMPTY] * 2,
            Outcome.UNKNOWN,
            "2 of 5 slices had no requests: nobody knows whether they were good",
        ),
        (
            [GOOD] * 3 + [BAD, EMPTY],
            Outcome.UNKNOWN,
            "1 of 5 slices had no requests: nobody knows whether they were good",
        ),
        ([], Outcome.UNKNOWN, "no slices were counted"),
        ([GOOD, (101.0, 100.0)], Outcome.UNKNOWN, "101 of 100 requests in a slice cannot be"),
        ([(1.0, 1.0)] * 5, Outcome.UNKNOWN, "only 5 requests; nothing is concluded below 10"),
    ],
)  # fmt: skip
def test_slices_are_judged(slices, outcome, reason):
    """The share of good slices is held to the target; silent slices decide nothing, and are never good."""
    verdict = judge(OBJECTIVE, measured(*slices))
    assert outcome is verdict.outcome
    assert reason in verdict.reason


def test_a_slice_is_good_at_exactly_its_target():
    """90 of 100 is 90 %."""
    assert tally([(90, 100), (89, 100)], SLICE).good == 1


def test_many_good_slices_do_not_hide_an_outage():
    """One slice of many requests all lost: occurrences may forgive it, slices count it."""
    slices = [(1000.0, 1000.0)] * 3 + [(0.0, 10.0)] * 2
    assert judge(replace(OBJECTIVE, timeslice=None), measured(*slices)).outcome is Outcome.MET
    assert judge(OBJECTIVE, measured(*slices)).outcome is Outcome.MISSED


counts = st.tuples(st.integers(0, 50), st.integers(0, 50)).map(
    lambda pair: (float(pair[0]), float(sum(pair)))
)


@given(slices=st.lists(counts, min_size=1, max_size=12), silent=st.sets(st.integers(0, 11)))
def test_requests_that_are_lost_from_sight_never_help(slices, silent):
    """Slices that lose all their requests turn nothing into MET, and no MISSED into anything but UNKNOWN."""
    objective = replace(OBJECTIVE, floor=1)
    left = [EMPTY if at in silent else one for at, one in enumerate(slices)]
    before, after = (judge(objective, measured(*some)).outcome for some in (slices, left))
    assert before is Outcome.MET or after is not Outcome.MET
