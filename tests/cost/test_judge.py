"""The verdict on cost: cheap enough, too dear, or not known."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from slaharness.checks.costs import costs
from slaharness.cost.bill import Bill, Line
from slaharness.cost.cost_report import CostReport
from slaharness.cost.judge import judge_cost, money
from slaharness.cost.usage import ASKED, CLAIMED, MEMORY, PROCESSOR
from slaharness.errors import BadInput
from slaharness.model import BASELINE, FAULT, RECOVERY, Outcome, Phase, Timeline, Window

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
        (
            BILL,
            1,
            "aplication",
            (
                "nothing was ever seen of 'aplication'; there are application, application/edge, "
                "application/forecast, jobs, persistence"
            ),
        ),
        (BILL, float("nan"), "", "the limit is nan"),
    ],
)
def test_what_is_not_known_is_neither_cheap_nor_dear(bill, limit, of, said):
    """A misspelt name costs nothing, too; that is no evidence."""
    verdict = judge_cost(bill, at_most=limit, of=of)
    assert (verdict.outcome, verdict.seen) == (UNKNOWN, "none")
    assert said in verdict.reason


def test_money_is_written_as_finely_as_it_is_small():
    """Four digits below one, two from one on, and never less than nothing."""
    shown = [money(amount) for amount in (0.99994, 1.0, 1234.5, 0.0, -0.00001, 0.00005)]
    assert shown == ["0.9999", "1.00", "1,234.50", "0.0000", "0.0000", "0.0001"]
    assert judge_cost(replace(BILL, problems=("x",), currency=""), at_most=9).target == "≤ 9/h"


def test_what_speaks_against_a_bill_is_said_once():
    found = judge_cost(replace(BILL, problems=("x", "y", "x"), known=frozenset()), at_most=1, of="jobs")
    assert found.reason == "x; y; no pod was ever seen"
    assert judge_cost(BILL, at_most=1, of="jobs").reason == "0.0000 USD a month: nothing was there"


def test_books_answer_for_each_window(stack, prices):
    """By the record's own series; without prices, or of a window that was not, nobody knows."""
    report = CostReport(prices, stack, WINDOWS)
    assert report.judge(BASELINE, at_most=4.41).outcome is MET
    assert report.judge(BASELINE, at_most=4.39).outcome is MISSED
    assert report.judge(Phase.BACKUP, at_most=9).outcome is UNKNOWN
    unpriced = CostReport(None, stack, WINDOWS).judge(BASELINE, at_most=9)
    assert (unpriced.objective, unpriced.outcome, unpriced.target) == ("cost", UNKNOWN, "≤ 9/h")
    assert CostReport(prices, (), WINDOWS).judge(BASELINE, at_most=9).outcome is UNKNOWN


def asked(report, **limits):
    record = SimpleNamespace(timeline=Timeline(), fault=None)
    return costs(SimpleNamespace(cost=report, record=record, doubts=""), **limits)


def test_a_namespace_of_which_nothing_was_ever_seen_is_bad_input(stack, prices):
    """A slip in the test's body; a workload of one that is there may be asleep, or misspelt: not known."""
    report = CostReport(prices, stack, WINDOWS)
    there = "application, application/edge, persistence, persistence/cassandra"
    for of in ("aplication", "aplication/edge"):
        with pytest.raises(BadInput, match=f"'{of}'.: nothing was ever seen of it; there are: {there}$"):
            asked(report, at_most=9, over=BASELINE, of=of)
    assert asked(report, at_most=9, over=BASELINE, of="application/forecast").outcome is UNKNOWN
    assert asked(report, at_most=2.11, over=BASELINE, of="persistence/cassandra").outcome is MET
    assert asked(report, at_most=9, over=BASELINE, of="persistence").outcome is MET
    assert asked(report, at_most=9, over=BASELINE).outcome is MET


def test_of_a_bill_that_may_not_be_believed_no_name_is_a_slip(stack, prices):
    """What was there is not known either."""
    report = CostReport(prices, without(stack, ASKED), WINDOWS)
    assert asked(report, at_most=9, over=BASELINE, of="aplication").outcome is UNKNOWN
    found = asked(CostReport(None, (), WINDOWS), at_most=9, over=BASELINE, of="x")
    assert (found.outcome, found.reason) == (UNKNOWN, "the project has no scenarios/prices.yaml")


def without(series, *names):
    return [one for one in series if one.name not in names]


def relabelled(series, label):
    """All series without that label, which somebody dropped."""
    return [replace(one, labels={k: v for k, v in one.labels.items() if k != label}) for one in series]


def until_1060(series):
    """Every figure ends there, while every target goes on answering."""
    return [
        replace(one, samples=tuple(s for s in one.samples if one.name == "up" or s[0] < 1060))
        for one in series
    ]


@pytest.mark.parametrize(
    ("change", "phase", "said"),
    [
        (
            lambda s: without(s, ASKED),
            BASELINE,
            "requests: 10 of 10 answers held no kube_pod_resource_request",
        ),
        (lambda s: without(s, PROCESSOR, MEMORY), BASELINE, "usage: 10 of 10 answers held no pod_cpu"),
        (lambda s: relabelled(s, "node"), BASELINE, "has no label node for it"),
        (
            lambda s: relabelled(s, "namespace"),
            BASELINE,
            "a series of kube_pod_resource_request has no label",
        ),
        (until_1060, RECOVERY, "claims: 10 of 10 answers held no"),
        (until_1060, FAULT, "requests: 4 of 15 answers held no"),
    ],
    ids=["no requests", "no usage", "no nodes", "no namespaces", "all gone", "gone half-way"],
)
def test_a_source_that_answers_without_its_figures_is_no_zero(stack, prices, change, phase, said):
    """Its target is up, and what is to be paid for is not in its answer: cheap by nobody's word."""
    verdict = CostReport(prices, change(stack), WINDOWS).judge(phase, at_most=0)
    assert verdict.outcome is Outcome.UNKNOWN
    assert said in verdict.reason
    of = CostReport(prices, change(stack), WINDOWS).judge(phase, at_most=0, of="persistence/cassandra")
    assert of.outcome is Outcome.UNKNOWN


def test_a_stack_without_claims_costs_no_storage(stack, prices):
    """There never were any: that is no figure that is gone."""
    report = CostReport(prices, without(stack, CLAIMED), WINDOWS)
    assert report.judge(BASELINE, at_most=9).outcome is Outcome.MET
