"""What a log says of a run: a line a step, and one more on a step that takes long."""

import threading
from io import StringIO

import pytest
from rich.console import Console

from slaharness.errors import HostTrouble
from slaharness.host import progress


@pytest.fixture
def log(monkeypatch):
    """Where there is no terminal; what was written so far."""
    into = StringIO()
    monkeypatch.setattr(progress, "console", Console(file=into, highlight=False, width=80))
    return lambda: into.getvalue().splitlines()


@pytest.fixture
def told(monkeypatch, log):
    """Wait until something was written, at most two seconds."""
    monkeypatch.setattr(progress, "LONG", 0.05)
    done = threading.Event()

    def wait():
        for _ in range(100):
            if log():
                return log()
            done.wait(0.02)
        return log()

    return wait


def test_a_step_is_one_line_however_often_it_says_what_it_is_at(log):
    """A log of states that came and went is read by nobody."""
    with progress.step("Stack: rollout") as now:
        for left in range(9, 0, -1):
            now.say(f"waiting for {left} pods")
    (line,) = log()
    assert line.startswith("✓ Stack: rollout 0.")


def test_a_step_that_takes_long_says_once_what_it_is_at(told, log):
    """So that nobody takes it for dead; brackets of a name are no markup."""
    with progress.step("Stack: rollout") as now:
        now.say("waiting for [db]")
        assert told() == ["  … Stack: rollout: waiting for [db]"]
        now.say("waiting for nothing")
    assert len(log()) == 2


def test_a_step_that_fails_beside_others_says_why_at_once(log):
    """A compiler beside it may take ten minutes more; brackets are no markup."""
    begun, over = threading.Event(), threading.Event()

    def compile_it():
        with progress.step("Building kubernetes"):
            begun.set()
            over.wait(5)

    beside = threading.Thread(target=compile_it)
    beside.start()
    begun.wait(5)
    with pytest.raises(HostTrouble), progress.step("Image: base"):
        raise HostTrouble("no mirror answers [base]: look at /etc/apt")
    heard = log()
    over.set()
    beside.join()
    assert heard[1:] == [
        "  no mirror answers [base]: look at /etc/apt",
        "  What else is under way ends first; Ctrl-C ends it now.",
    ]


def test_a_step_that_fails_alone_leaves_its_reason_to_the_command(log):
    """It would be told twice in a row."""
    with pytest.raises(HostTrouble), progress.step("Stack"), progress.step("Stack: rollout"):
        raise HostTrouble("no node is ready")
    assert [line[:2] for line in log()] == ["✗ ", "✗ "]


def test_a_step_that_failed_says_so(log):
    """Its error is told by whoever ends the command."""
    with pytest.raises(OSError, match="full"), progress.step("Image: saving"):
        raise OSError("full")
    assert log()[0].startswith("✗ Image: saving")


def test_ci_is_a_log_though_it_claims_to_be_a_terminal(monkeypatch):
    """With ``FORCE_COLOR`` it is one to every program; what moves the cursor would fill the log."""
    into = StringIO()
    monkeypatch.setattr(progress, "console", Console(file=into, force_terminal=True, width=80))
    monkeypatch.setenv("CI", "true")
    with progress.step("Stack: rollout"):
        pass
    assert into.getvalue().count("\n") == 1
    assert "\x1b[?25l" not in into.getvalue()
