"""The verdict on cost: cheap enough, too dear, or not known."""

from dataclasses import replace

import pytest

from slaharness.cost.bill import Bill, Line
from slaharness.cost.cost_report import CostReport
from slaharness.cost.judge import judge_cost
from slaharness.model import BASELINE, FAULT, Outcome, Phase, Window

from .conftest import WINDOWS

MET, MISSED, UNKNOWN = Outcome
BILL = Bill(
    Window(FAULT, 0, 30), "USD", {"application": Line(0.1, 0.02), "persistence": Line(0.3, 0.06, 0.02)},
    workloads={"application/edge": Line(0.04)},
    known=frozenset({"application", "persistence", "jobs", "application/edge", "application/forecast"}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("limit", "of", "outcome"),
    [
        (0.5, "", MET), (0.4999, "", MISSED), (0.13, "application", MET), (0.11, "application", MISSED),
        (0.0, "jobs", MET), (0.05, "application/edge", MET), (0.03, "application/edge", MISSED),
        (0.0, "application/forecast", MET),
    ],
)  # fmt: skip
def test_a_bill_is_held_to_its_limit(limit, of, outcome):
    """All of it, one namespace, one workload; one that sleeps costs nothing at all."""
    assert judge_cost(BILL, at_most=limit, of=of).outcome is outcome


def test_the_verdict_says_what_costs_how_much():
    """An hour, a month, and the parts."""
    whole, one = judge_cost(BILL, at_most=1), judge_cost(BILL, at_most=1, of="persistence")
    assert (whole.objective, whole.target, whole.seen) == ("cost", "≤ 1 USD/h", "0.5000 USD/h")
    assert whole.reason == "365.00 USD a month: application 0.1200/h, persistence 0.3800/h"
    assert one.objective == "cost of persistence"
    assert "processors 0.3000/h, memory 0.0600/h, storage 0.0200/h, traffic 0.0000/h" in one.reason


@pytest.mark.parametrize(
    ("bill", "limit", "of", "said"),
    [
        (replace(BILL, problems=("usage: nothing",)), 1, "", "usage: nothing"),
        (replace(BILL, known=frozenset()), 1, "", "no pod was ever seen"),
        (BILL, 1, "aplication", "nothing was ever seen of 'aplication'"),
        (BILL, float("nan"), "", "the limit is nan"),
    ],
)
def test_what_is_not_known_is_neither_cheap_nor_dear(bill, limit, of, said):
    """A misspelt name costs nothing, too; that is no evidence."""
    verdict = judge_cost(bill, at_most=limit, of=of)
    assert verdict.outcome is UNKNOWN
    assert said in verdict.reason


def test_books_answer_for_each_window(stack, prices):
    """By the record's own series; without prices, or of a window that was not, nobody knows."""
    report = CostReport(prices, stack, WINDOWS)
    assert report.judge(BASELINE, at_most=4.41).outcome is MET
    assert report.judge(BASELINE, at_most=4.39).outcome is MISSED
    assert report.judge(Phase.BACKUP, at_most=9).outcome is UNKNOWN
    assert CostReport(None, stack, WINDOWS).judge(BASELINE, at_most=9).outcome is UNKNOWN
    assert CostReport(prices, (), WINDOWS).judge(BASELINE, at_most=9).outcome is UNKNOWN
