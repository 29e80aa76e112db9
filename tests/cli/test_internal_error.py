"""What nobody foresaw: one line, exit 70, and a file with the traceback; never 1 or 3, which are verdicts."""

import errno
import os

import pytest

from slaharness import cli
from slaharness.errors import HostTrouble, InternalError
from slaharness.host import internal_error
from slaharness.model import Scenario
from slaharness.plugin import collection, finished
from slaharness.record.recorder import RunRecorder
from slaharness.record.run_record import RunRecord
from slaharness.record.store import RecordStore

SCENARIO = """
import pytest

@pytest.mark.scenario(load="steady", experiment=None)
def test_it(run):
    assert run.meets("api-availability", over="CONTROL")
"""


@pytest.fixture
def project(pytester, monkeypatch):
    pytester.makepyprojecttoml("")
    (pytester.path / "scenarios").mkdir()
    (pytester.path / "scenarios/test_surprise.py").write_text(SCENARIO)
    monkeypatch.setattr(collection, "_get_ready", lambda *_: None)
    return pytester


def traceback_in(folder):
    (file,) = folder.glob("internal-error-*.txt")
    return file.read_text()


def test_a_command_that_breaks_says_so_in_a_line(project, monkeypatch, capsys):
    """With what broke, where, and where its traceback is."""

    def broken(**_):
        raise KeyError("surprise")

    monkeypatch.setattr(cli, "cli", broken)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    (line,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == InternalError.exit_code == 70
    assert "internal error in " in line
    assert "KeyError: 'surprise'" in line
    assert "Traceback" in traceback_in(project.path / "reports")


def test_what_the_machine_refuses_is_the_machines_trouble(project):
    """A full disk is no error of anybody's code."""
    told = internal_error.kept(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert isinstance(told, HostTrouble)
    assert "No space left on device" in str(told)


def test_whoever_reads_our_output_may_leave(project, monkeypatch):
    """``slaharness list | head``: no traceback, and no verdict's code."""

    def left(**_):
        raise BrokenPipeError

    monkeypatch.setattr(cli, "cli", left)
    monkeypatch.setattr(os, "dup2", lambda *_: 0)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == cli.INTERRUPTED


def test_around_a_scenarios_body_it_is_no_miss(project, monkeypatch):
    """A stack of a project that breaks while it is deployed, say: pytest's own code for that means MISSED."""

    def broken(*_):
        raise RuntimeError("my stack")

    # Of what is imported above: what a pytester's run is the first to import goes with that run.
    monkeypatch.setattr(finished, "_live", broken)
    result = project.runpytest_inprocess("scenarios", "-p", "no:cacheprovider")
    assert result.ret == InternalError.exit_code
    result.stdout.fnmatch_lines(
        ["InternalError: internal error*RuntimeError: my stack; the traceback is in *"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_while_scenarios_are_collected_it_is_not_unknown(project, monkeypatch):
    """pytest's own code for an internal error is 3, which is UNKNOWN here."""

    def broken(*_):
        raise KeyError("surprise")

    monkeypatch.setattr(collection, "from_marker", broken)
    result = project.runpytest("scenarios", "-p", "no:cacheprovider")
    assert result.ret == InternalError.exit_code
    assert "Traceback" in traceback_in(project.path / "reports")


def test_in_a_plugins_hook_it_is_not_unknown(project, monkeypatch):
    """Wherever in pytest something breaks, a run that was asked for does not end in a verdict's code."""
    project.makeconftest("def pytest_runtestloop():\n    raise KeyError('surprise')\n")
    result = project.runpytest("scenarios", "--sla-scenario=steady-without-fault", "-p", "no:cacheprovider")
    assert result.ret == InternalError.exit_code


def test_a_run_that_breaks_keeps_its_record(tmp_path):
    """The record says what happened, and holds the traceback."""
    store = RecordStore.create(tmp_path, "it")
    recorder = RunRecorder(store, RunRecord(Scenario("it", "steady", "it"), "r1"))
    with pytest.raises(InternalError), recorder.trouble_kept():
        raise KeyError("surprise")
    assert "KeyError: 'surprise'" in store.record().problems[0]
    assert "Traceback" in traceback_in(store.logs)
