"""A load that fell behind its own plan is no evidence against the stack."""

import pytest

from slaharness.ledger.load_shortfall import shortfall
from slaharness.metrics.evidence import Series
from slaharness.model import FAULT, Window

WINDOW = Window(FAULT, 10.0, 20.0)


def arrivals(*, offered: float, started: float, overflowed: float = 0.0) -> list[Series]:
    """Two workers' counters, which grew by half of these numbers each; 70 of each were there before."""
    return [
        Series(
            {"__name__": f"loadgen_arrivals_{kind}_total", "job": "load", "instance": worker},
            ((9.5, 70.0), (19.5, 70.0 + grown / 2), (20.5, 9999.0)),
        )
        for kind, grown in (("offered", offered), ("started", started), ("overflowed", overflowed))
        for worker in ("one", "two")
    ]


@pytest.mark.parametrize(
    ("started", "overflowed", "said"),
    [(1000, 0, False), (990, 0, False), (988, 0, True), (600, 400, False), (0, 0, True)],
    ids=["all", "just enough", "too few", "no room is no fault of the load", "none"],
)
def test_what_was_not_begun_is_told(started, overflowed, said):
    """Below 99 of 100 the reason names both numbers; arrivals without room have failed, not lacked."""
    found = shortfall(arrivals(offered=1000, started=started, overflowed=overflowed), WINDOW)
    assert bool(found) is said
    assert not said or f"only {started:,} of 1,000 arrivals" in found


def test_a_load_that_waits_for_answers_has_no_plan():
    """Closed-loop profiles offer nothing by themselves, so there is nothing to fall short of."""
    assert shortfall((), WINDOW) == ""


def test_a_plan_that_is_not_in_the_record_is_no_plan_that_was_kept():
    """What was begun is there, and nobody knows of how many: that is no load that kept its pace."""
    without = [one for one in arrivals(offered=1000, started=600) if "offered" not in one.name]
    assert "not in the record" in shortfall(without, WINDOW)
