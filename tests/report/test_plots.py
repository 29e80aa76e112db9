"""The pictures of a run, by the words that they have for those who cannot see them."""

import gzip
from dataclasses import replace

import pytest

from slaharness.ledger import ledger
from slaharness.model import (
    BASELINE,
    FAULT,
    Event,
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
from slaharness.report.plots.pods import draw_pods
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


def test_a_heatmaps_scale_is_numbers_as_people_write_them(requests):
    """Also where all answers took about as long: 20 and 40 ms, no powers of ten."""
    drawn = draw_heatmap(requests(*[(100 + one / 10, 0.02 + one / 5000) for one in range(190)]), TIMELINE)
    assert ">20</text>" in drawn
    assert "mathdefault" not in drawn
    assert "\N{MULTIPLICATION SIGN}" not in drawn


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
    assert "Error budget spent: orders, FAULT: 50 % of what is allowed" in drawn
    assert "BASELINE" not in drawn
    assert "orders, FAULT: 50 times what is allowed" in draw_budget(
        objectives, [counted("orders", FAULT, 500.0)]
    )
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


def pods(*events):
    return draw_pods(replace(TIMELINE, events=tuple(Event(at, name, pod) for at, name, pod in events)))


def test_a_pod_is_not_ready_until_it_is_or_is_gone():
    """One of a StatefulSet comes back by its name; of a Deployment another one comes, told of by itself."""
    database = [(110.5, "pod not ready", "db-0"), (111, "pod gone", "db-0"), (112, "pod created", "db-0")]
    assert "not Ready: db-0 for 8 s<" in pods(*database, (118.5, "pod ready", "db-0"))
    web = [(110.5, "pod not ready", "web-a"), (112.5, "pod gone", "web-a"), (111, "pod created", "web-b")]
    assert "web-a for 2 s, then gone; web-b for 3 s<" in pods(*web, (114, "pod ready", "web-b"))
    assert "web-a for 8 s<" in pods((112, "pod not ready", "web-a"))
    assert "web-a for 0 s, 1 restart<" in pods((112, "pod restarted", "web-a"))


def test_pods_that_stood_firm_or_went_before_are_not_drawn():
    """And of very many it is said how many are left out."""
    assert pods((50.0, "pod created", "old"), (60.0, "pod ready", "old")) == ""
    assert pods((50.0, "pod not ready", "old"), (60.0, "pod gone", "old")) == ""
    assert pods((115.0, "pod scheduled", "late")) == ""
    assert draw_pods(Timeline()) == ""
    assert "; and 6 more that are not drawn" in pods(
        *[(112, "pod not ready", f"web-{one}") for one in range(30)]
    )


def test_the_windows_are_named_in_each_picture_over_time(requests):
    """So that each is read by itself."""
    for drawn in (pods((112, "pod not ready", "web-a")), draw_heatmap(requests((105.0, 0.1)), TIMELINE)):
        assert "BASELINE</text>" in drawn
        assert "FAULT</text>" in drawn
