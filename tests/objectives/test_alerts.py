"""What is asked of alerts: good, bad and not known, as the objectives of the scenarios' own folder say."""

from pathlib import Path

import pytest

from slaharness.ledger.asked import asked
from slaharness.metrics.evidence import Series
from slaharness.model import RECOVERY, Measurement, Outcome
from slaharness.objectives.judge import judge
from slaharness.objectives.openslo.load import load

OBJECTIVES = Path(__file__).parents[2] / "scenarios/objectives"
MET, MISSED, UNKNOWN = Outcome


@pytest.mark.parametrize(
    ("good", "total", "outcome"),
    [(95, 100, MET), (94, 100, MISSED), (99, 99, UNKNOWN), (0, 0, UNKNOWN), (0, 100, MISSED)],
)
def test_of_a_hundred_alerts_five_may_be_late(good, total, outcome):
    """Of fewer than a hundred nothing is concluded."""
    objective = load(OBJECTIVES / "alert-latency.yaml")
    share = good / total if total else None
    measured = Measurement(objective.name, RECOVERY, share, good=float(good), total=float(total))
    assert judge(objective, measured).outcome is outcome


def test_the_ledger_is_asked_for_the_same_alerts():
    """Those that were heard in order, within five seconds of the instant that their reading was meant for."""
    series = [
        Series(
            {"__name__": f"loadgen_{what}", "job": "load", "name": name, "outcome": outcome} | bound,
            ((1.0, 1.0),),
        )
        for name in ("hear alert", "post reading")
        for outcome in ("ok", "fail", "unknown")
        for what, bound in (
            ("requests_total", {}),
            ("request_duration_seconds_bucket", {"le": "5.0"}),
            ("request_duration_seconds_bucket", {"le": "3.0"}),
        )
    ]
    seen = asked(load(OBJECTIVES / "alert-latency.yaml"), series)
    assert seen
    assert (seen.threshold, seen.names) == (5.0, {"hear alert"})


@pytest.mark.parametrize(("value", "outcome"), [(0.0, MET), (20.0, MET), (21.0, MISSED), (None, UNKNOWN)])
def test_a_letter_more_than_was_sent_is_missed(value, outcome):
    """A number that nobody has is no number of letters."""
    objective = load(OBJECTIVES / "only-poison-put-aside.yaml")
    assert judge(objective, Measurement(objective.name, RECOVERY, value, total=value)).outcome is outcome
