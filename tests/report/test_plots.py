"""The pictures of a run, by the words that they have for those who cannot see them."""

import gzip

import pytest

from slaharness.ledger import ledger
from slaharness.model import (
    BASELINE,
    FAULT,
    Measurement,
    Objective,
    Op,
    Outcome,
    SourceType,
    Timeline,
    Verdict,
    Window,
)
from slaharness.report.plots.budget import draw_budget
from slaharness.report.plots.heatmap import draw_heatmap
from slaharness.report.plots.times import draw_times

TIMELINE = Timeline((Window(BASELINE, 100.0, 110.0), Window(FAULT, 110.0, 120.0)))
ORDERS = Objective("orders", "Orders", "shop", SourceType.RATIO, "t", 0.99, Op.AT_LEAST, good="g")


@pytest.fixture
def requests(tmp_path):
    """A ledger of requests, due at and answered after so many seconds."""

    def made(*spans):
        rows = [f"{due},{due},{due + took},read,read,,,ok,200" for due, took in spans]
        lines = [",".join(ledger.HEADER), *rows, f"# end,{len(rows)}", ""]
        (tmp_path / "ledger.csv.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
        return ledger.load(tmp_path / "ledger.csv.gz")

    return made


def test_each_request_has_its_place_in_the_heatmap(requests):
    """Those of the windows; a minute is the most that a row can be, and nothing is as fast as nothing."""
    spans = [(100 + one / 10, 0.02) for one in range(199)] + [(115.0, 90.0), (99.0, 1.0), (120.0, 1.0)]
    drawn = draw_heatmap(requests(*spans), TIMELINE)
    assert "How long each of 200 requests took" in drawn
    assert "half within 20 ms, 99 % within 20 ms, the slowest 90 s" in drawn
    assert draw_heatmap(requests((99.0, 1.0)), TIMELINE) == ""
    assert draw_heatmap(requests((100.0, 1.0)), Timeline()) == ""
    assert "<svg" in draw_heatmap(requests((100.0, 0.0)), TIMELINE)


def counted(name, phase, good):
    return Measurement(name, phase, good / 1000, good=good, total=1000.0)


def test_a_budget_is_spent_by_each_promise_over_each_window():
    """Five of ten that may fail is half of it; of the calm, and of what has no budget, nothing is said."""
    lost = Objective("lost", "", "", SourceType.LEDGER, "lost", 0, Op.AT_MOST)
    objectives = {"orders": ORDERS, "lost": lost}
    found = [
        counted("orders", FAULT, 995.0),
        counted("orders", BASELINE, 900.0),
        counted("lost", FAULT, 1.0),
    ]
    drawn = draw_budget(objectives, found)
    assert "Error budget spent: orders, FAULT 50 %" in drawn
    assert "BASELINE" not in drawn
    assert "orders, FAULT 5e+03 %" in draw_budget(objectives, [counted("orders", FAULT, 500.0)])
    assert draw_budget(objectives, found[1:]) == ""


def test_times_stand_beside_what_was_promised():
    """The one that counts, and its parts below it; what was not seen has no bar."""
    figures = {"detected (s)": 0.4, "ready (s)": None, "pods": 3.0}
    one = Verdict("recovery", FAULT, Outcome.MET, "≤ 120 s", "4.2 s", 100, "so it is", figures)
    share = Verdict("orders", FAULT, Outcome.MET, "≥ 99 %", "100 %", 100, "so it is")
    unseen = Verdict("rto", FAULT, Outcome.UNKNOWN, "≤ 60 s", "none", None, "nobody looked")
    drawn = draw_times([one, share, unseen])
    assert "Times: recovery 4.2 s; recovery: detected 0.4 s" in drawn
    assert "rto" not in drawn
    assert draw_times([share, unseen]) == ""
