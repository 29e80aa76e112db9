import pytest

from slaharness.errors import Inconclusive
from slaharness.model import BASELINE, FAULT, Event, Outcome, Timeline, Verdict, Verdicts, Window


def verdict(outcome):
    return Verdict(
        "api-availability", FAULT, outcome, "≥ 99.9 %", "99 %", 2410, "24 of 2,410 requests failed"
    )


def test_met_is_true_and_missed_is_false():
    """`assert run.meets(…)` reads as it looks."""
    assert verdict(Outcome.MET)
    assert not verdict(Outcome.MISSED)


def test_unknown_is_neither():
    """No code can take an unknown for a pass by forgetting to look: asking it raises."""
    with pytest.raises(Inconclusive, match="24 of 2,410"):
        bool(verdict(Outcome.UNKNOWN))


def test_of_several_answers_a_miss_speaks_first_and_an_unknown_next():
    """One promise that broke is broken, whatever is not known of the others; one not known is no pass."""
    met, missed, unknown = map(verdict, (Outcome.MET, Outcome.MISSED, Outcome.UNKNOWN))
    assert Verdicts((met, met))
    assert not Verdicts((unknown, missed, met))
    with pytest.raises(Inconclusive):
        bool(Verdicts((met, unknown)))


def test_timeline_only_grows():
    """What was told stays told: a longer timeline is a new value."""
    empty = Timeline()
    longer = empty.with_window(Window(BASELINE, 0, 20)).with_event(Event(3, "x"))
    assert empty.windows == ()
    assert longer.window(BASELINE).seconds == 20
    assert longer.window(FAULT) is None


def test_no_answer_at_all_is_no_pass():
    """A check that found nothing to judge has shown nothing."""
    with pytest.raises(Inconclusive):
        bool(Verdicts())
