"""What people see of cost: a table and a picture, and a question mark where nobody knows."""

from io import StringIO
from xml.etree import ElementTree as ET

from rich.console import Console

from slaharness.cost.cost_report import CostReport
from slaharness.cost.prices import Prices
from slaharness.metrics.evidence import Series
from slaharness.model import BASELINE, FAULT, RECOVERY, Window
from slaharness.report.cost import cost_table
from slaharness.report.plots.cost import draw_cost

PRICES = Prices(currency="USD", vcpu_hour=1, gib_hour=0, gib_month=0, gb_traffic=0, engineer_hour=60)
WINDOWS = (Window(BASELINE, 1010, 1030), Window(FAULT, 1040, 1070), Window(RECOVERY, 1070, 1090))
JOBS = {"requests": 2, "usage": 2, "claims": 2, "edge": 1}


def scraped(every, value=1.0, **labels):
    return Series(labels, tuple((at + 0.5, value) for at in range(1000, 1100, every)))


def stack(*, silent=""):
    """Two pods of a quarter of a processor each, with one source missing where asked."""
    ups = [scraped(n, __name__="up", job=job, instance=job) for job, n in JOBS.items() if job != silent]
    pods = [
        scraped(
            2, 0.25, __name__="kube_pod_resource_request", job="requests", instance="requests", node="n1",
            namespace="application", pod=f"edge-7f9c6d5b4-abcd{n}", resource="cpu",
        )
        for n in range(2)
    ]  # fmt: skip
    used = [
        scraped(2, 0.0, __name__="pod_cpu_usage_seconds_total", job="usage", namespace="application", pod=pod)
        for pod in {one.labels["pod"] for one in pods}
        if silent != "usage"
    ]
    return [*ups, *pods, *used]


def text(report):
    console = Console(width=160, record=True, file=StringIO())
    console.print(cost_table(report))
    return console.export_text()


def test_the_table_has_an_hour_of_each_window_and_a_month():
    """By namespace and in all, with what it costs to survive the fault below."""
    shown = text(CostReport(PRICES, stack(), WINDOWS))
    assert "application │ 0.5000   │ 0.5000 │ 0.5000   │ 365.00" in shown
    for said in (
        "replicas standing by 182.50 a month",
        "recovery work 0.0000 in all",
    ):
        assert said in shown


def test_what_could_not_be_measured_is_a_question_mark_with_its_reason():
    """Never a zero."""
    shown = text(CostReport(PRICES, stack(silent="usage"), WINDOWS))
    assert "application │ ?        │ ?     │ ?        │ ?" in shown
    assert 'BASELINE: up{job="usage"} matches no series' in shown
    assert "standing by" not in shown


def test_the_picture_shows_each_namespace_and_each_window(tmp_path):
    """An SVG, the same for the same record, whose words are words."""
    first, second = tmp_path / "a.svg", tmp_path / "b.svg"
    assert draw_cost(CostReport(PRICES, stack(), WINDOWS), first)
    assert draw_cost(CostReport(PRICES, stack(), WINDOWS), second)
    assert first.read_bytes() == second.read_bytes()
    words = {node.text.strip() for node in ET.parse(first).iter() if node.tag.endswith("text")}  # noqa: S314
    assert {"application", "BASELINE", "FAULT", "RECOVERY"} <= words


def test_nothing_is_drawn_of_nothing(tmp_path):
    """A record without prices, or without series."""
    assert not draw_cost(CostReport(None, stack(), WINDOWS), tmp_path / "a.svg")
    assert not draw_cost(CostReport(PRICES, (), WINDOWS), tmp_path / "a.svg")
    assert not list(tmp_path.iterdir())
