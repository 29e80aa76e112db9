"""What is shown of a run that goes on: to whoever watches, and without any say in it."""

import threading
import time
from io import StringIO

import pytest
from rich.console import Console

from slaharness.host import progress, wait
from slaharness.model import FAULT, Event, Scenario, Window
from slaharness.record.recorder import RunRecorder
from slaharness.record.run_record import RunRecord
from slaharness.record.store import RecordStore
from slaharness.report import live
from slaharness.stack.watch.news import POD
from slaharness.stack.watch.watched import Seen


class Meter:
    """A Prometheus that was asked so often."""

    def __init__(self):
        self.asked = 0

    def glance(self, queries):
        self.asked += 1
        assert 'loadgen_requests_total{outcome!="ok"}[5s]' in queries["failed"]
        return {"requests a second": 35.0, "failed": 0.25, "half within": 0.0123}


@pytest.fixture
def recorder(tmp_path):
    made = RunRecorder(RecordStore.create(tmp_path, "kill"), RunRecord(Scenario("kill", "mix", "kill"), "r1"))
    made.under_way = Window(FAULT, time.time() - 10, time.time() + 20.4)
    return made


@pytest.fixture
def seen():
    """Two pods of which one is Ready, and an event."""
    found = Seen([Event(time.time(), "pod not ready", "shop/db-0 [x]")])
    ready = {"metadata": {}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    found.pods = {"shop/db-1": POD.state(ready), "shop/db-0": POD.state({"metadata": {}})}
    return found


@pytest.fixture
def terminal(monkeypatch):
    """Where somebody watches; what was drawn so far."""
    into = StringIO()
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(progress, "console", Console(file=into, force_terminal=True, width=120, height=40))
    monkeypatch.setattr(live, "EVERY", 0.02)
    return into


def test_who_watches_sees_window_load_pods_and_events(recorder, seen, terminal):
    """A countdown, each figure with its curve, how many pods are Ready where, and what happened last."""
    meter = Meter()
    with live.shown(recorder, meter, seen), recorder.stage("FAULT: kill"):
        wait.until(lambda: meter.asked > 3, within=10, what="it was asked")
        wait.until(lambda: "35.0  █" in terminal.getvalue(), within=10, what="it is drawn")
    drawn = terminal.getvalue()
    assert "FAULT" in drawn
    assert " s of 30 s left" in drawn
    for told in ("25.00%", "12 ms", "shop 1", "pod not ready shop/db-0 [x]"):
        assert told in drawn
    asked = meter.asked
    wait.pause(0.2)
    assert meter.asked <= asked + 1  # the one that was under way


def test_a_log_has_no_view_and_nobody_is_asked_for_one(recorder, seen, monkeypatch):
    """Neither without a terminal, nor in CI that claims to be one: a line a stage."""
    monkeypatch.setattr(live, "EVERY", 0.01)
    monkeypatch.setenv("CI", "true")
    into = StringIO()
    monkeypatch.setattr(progress, "console", Console(file=into, force_terminal=True, width=80))
    meter = Meter()
    with live.shown(recorder, meter, seen), recorder.stage("FAULT: kill"):
        wait.pause(0.1)
    assert meter.asked == 0
    assert into.getvalue().count("\n") == 1


def test_a_view_that_cannot_be_drawn_ends_nothing(recorder, seen, terminal):
    """It says so in its place, and the steps above it go on."""
    seen.pods = {"shop/db-0": None}
    with live.shown(recorder, Meter(), seen), recorder.stage("FAULT: kill"):
        progress.console.print("a line of somebody else's")
        wait.until(lambda: "cannot be shown" in terminal.getvalue(), within=10, what="it is drawn")
        ended = lambda: all(one.name != "live view" for one in threading.enumerate())  # noqa: E731
        wait.until(ended, within=10, what="it looks no more")
        seen.pods = {}
        wait.until(lambda: "no figures any more: Attribute" in terminal.getvalue(), within=10, what="it is")
    assert "✓" in terminal.getvalue()


@pytest.mark.parametrize(
    ("values", "drawn"),
    [([], ""), ([0.0, 0.0], "▁▁"), ([0, 1, 2, 4, 8], "▁▂▃▅█"), ([5.0], "█")],
)
def test_curves_start_at_nothing(values, drawn):
    """A curve that begins at its own least would make a storm of a breath."""
    assert live.sparkline(values) == drawn
