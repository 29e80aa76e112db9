"""Error budgets: a share of what may fail, or nothing."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaharness.model import BurnAlert, Measurement, Objective, Op, Phase, SourceType, Timeslice, Window
from slaharness.objectives.budget import burn, spent
from slaharness.objectives.judge import judge

SHARE = Objective("share", "Answers", "edge", SourceType.RATIO, total="hits", target=0.99, op=Op.AT_LEAST)


def measured(good, total, **others):
    return Measurement("availability", Phase.FAULT, value=None, good=good, total=total, **others)


@pytest.mark.parametrize(
    ("good", "total", "spent"), [(1000, 1000, 0), (999, 1000, 1), (990, 1000, 10), (0, 1000, 1000)]
)
def test_a_burn_of_one_is_all_that_the_objective_allows(availability, good, total, spent):
    """At 99.9 %, one of a thousand may fail."""
    assert burn(availability, measured(good, total)) == pytest.approx(spent)


def test_an_objective_that_allows_nothing_has_no_budget(availability):
    """Nothing can be a share of nothing."""
    assert burn(replace(availability, target=1.0), measured(999, 1000)) is None


@pytest.mark.parametrize(
    ("good", "total"),
    [(None, 1000), (1, None), (0, 0), (11, 10), (-1, 10), (math.nan, 10), (1, math.nan), (1, math.inf)],
)
def test_without_counts_that_can_be_there_is_no_burn(availability, good, total):
    """A missing or impossible number is no number, and never a zero."""
    assert burn(availability, measured(good, total)) is None


def test_a_measurement_that_is_not_trusted_has_no_burn(availability):
    """What the judge does not believe, the budget does not either."""
    assert burn(availability, measured(999, 1000, problems=("scrapes are missing",))) is None


def test_only_shares_to_be_reached_have_budgets(availability, replicas, nothing_lost):
    """A number of replicas or of lost readings spends nothing, nor does a share that must stay low."""
    for objective in (
        replicas,
        nothing_lost,
        replace(availability, op=Op.AT_MOST),
        replace(replicas, op=Op.AT_LEAST, target=0.5),
    ):
        assert burn(objective, measured(999, 1000)) is None


@given(st.integers(1, 10**6), st.data())
def test_more_failures_never_spend_less(total, data):
    """The burn grows with the failures, from 0."""
    fewer, more = sorted(data.draw(st.integers(0, total)) for _ in range(2))
    less = burn(SHARE, measured(total - fewer, total))
    assert 0 <= less <= burn(SHARE, measured(total - more, total))


MONTHLY = replace(
    SHARE, period=30 * 86400.0, alerts=(BurnAlert("page", 14.4, 3600.0), BurnAlert("now", 2, 30.0))
)
MINUTE = Window(Phase.FAULT, 1000.0, 1060.0)


def test_what_a_window_means_to_the_month_is_said():
    """A minute at twenty times what is allowed, of a month's budget and of two alerts."""
    found = replace(measured(800, 1000, window=MINUTE), objective="share")
    verdict = judge(MONTHLY, found)
    assert spent(MONTHLY, found) == pytest.approx(20 * 60 / (30 * 86400))
    assert verdict.figures["budget spent"] == spent(MONTHLY, found)
    assert verdict.reason == (
        "200 of 1,000 requests failed: 80 % < 99 %; 0.0463 % of the error budget of 30 days"
        "; alert page at a burn of 14.4 does not fire: over 60 min this window alone brings 0.333"
        "; alert now at a burn of 2 fires: over 0.5 min this window alone brings 20"
    )


def test_a_window_without_failures_has_nothing_to_say_of_the_month():
    """Nothing burnt, nothing said; and without a period or a window there is no share of a budget."""
    assert judge(MONTHLY, replace(measured(1000, 1000, window=MINUTE), objective="share")).reason.endswith(
        "99 %"
    )
    assert spent(SHARE, measured(800, 1000, window=MINUTE)) is None
    assert spent(MONTHLY, measured(800, 1000)) is None
    assert spent(MONTHLY, measured(None, 1000, window=MINUTE)) is None
    unseen = judge(MONTHLY, replace(measured(800, 1000), objective="share"))
    assert unseen.reason == "200 of 1,000 requests failed: 80 % < 99 %"


def test_an_alert_fires_at_exactly_its_burn():
    """Half of what may fail did, and half is what the alert is about."""
    objective = replace(SHARE, target=0.5, alerts=(BurnAlert("half", 0.5, 60.0),))
    verdict = judge(objective, replace(measured(750, 1000, window=MINUTE), objective="share"))
    assert "alert half at a burn of 0.5 fires" in verdict.reason


def test_of_slices_the_budget_is_one_of_slices(availability):
    """Two of five were bad, though hardly a request failed: that is what its target speaks of."""
    slices = ((999.0, 1000.0), (1000.0, 1000.0), (990.0, 1000.0), (1000.0, 1000.0), (1000.0, 1000.0))
    found = measured(4989, 5000, slices=slices)
    sliced = replace(availability, target=0.5, timeslice=Timeslice(6.0, 0.9995))
    assert burn(sliced, found) == pytest.approx(0.4 / 0.5)
    mean = replace(availability, target=0.99, timeslice=Timeslice(6.0, None))
    assert burn(mean, found) == pytest.approx((0.001 + 0.01) / 5 / 0.01)
    assert burn(sliced, replace(found, slices=())) is None


@pytest.mark.parametrize(
    ("seconds", "lookback", "said"),
    [(60, 60, "does not fire"), (61, 60, "may have fired for a part of it"), (30, 60, "does not fire")],
)
def test_an_alert_that_looks_back_for_less_than_the_window_may_have_fired_inside_it(
    availability, seconds, lookback, said
):
    """The mean of the window hides its worst part."""
    alerted = replace(availability, alerts=(BurnAlert("page", 14.0, lookback),))
    found = judge(alerted, measured(999, 1000, window=Window(Phase.FAULT, 0.0, float(seconds))))
    assert f"alert page at a burn of 14 {said}:" in found.reason
