import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from slaharness.errors import CommandFailed
from slaharness.host import command
from slaharness.host.command import run
from slaharness.host.wait import until


def test_returns_standard_output_and_passes_input():
    """A program's answer is its standard output."""
    assert run(["cat"], purpose="echo", within=5, stdin="hello") == "hello"


def test_failure_names_purpose_command_and_last_words():
    """A failed program is quoted, so that nobody has to look for a log."""
    with pytest.raises(CommandFailed, match=r"(?s)build the base: exit 3 from: sh -c .*no space left"):
        run(["sh", "-c", "echo no space left >&2; exit 3"], purpose="build the base", within=5)


def test_missing_program_points_at_doctor():
    """A tool that is not there is named, with the command that says how to get it."""
    with pytest.raises(CommandFailed, match=r"no-such-tool is not installed; `slaharness doctor`"):
        run(["no-such-tool"], purpose="try", within=5)


def test_a_program_that_hangs_is_ended():
    """No program may hold the harness for ever."""
    with pytest.raises(CommandFailed, match=r"no end after 0.1 s"):
        run(["sleep", "60"], purpose="hang", within=0.1)


def test_environment_is_added_not_replaced():
    """A setting for the child does not take its PATH away."""
    assert run(["sh", "-c", "echo $EXTRA"], purpose="env", within=5, env={"EXTRA": "yes"}) == "yes\n"


def test_log_keeps_both_streams(tmp_path):
    """What a program said can be read afterwards."""
    run(["sh", "-c", "echo out; echo err >&2"], purpose="log", within=5, log=tmp_path / "log")
    assert (tmp_path / "log").read_text() == "$ sh -c 'echo out; echo err >&2'\nout\nerr\n\n"


def test_programs_under_way_end_when_asked():
    """An interrupt does not have to wait for a compiler in another thread."""
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(run, ["sleep", "60"], purpose="compile", within=60)
        until(lambda: command._running, within=5, what="it runs")
        command.end_all()
        with pytest.raises(CommandFailed, match="compile: exit -15"):
            waiting.result(timeout=10)


def test_what_a_program_has_started_ends_with_it():
    """A compiler's own children hold its output open: to wait for them would be to wait for the build."""
    began = time.monotonic()
    with pytest.raises(CommandFailed, match=r"no end after 0.1 s"):
        run(["sh", "-c", "sleep 30; echo"], purpose="hang", within=0.1)
    assert time.monotonic() - began < command.GRACE


def test_a_supervised_program_has_time_to_put_back_what_it_did(tmp_path):
    """After its time, and when the harness is interrupted, it is asked to end and waited for."""
    script = f"trap 'sleep 0.2; echo put back > {tmp_path}/done; exit 2' TERM; while :; do sleep 0.05; done"
    assert command.supervised(["sh", "-c", script], within=0.5, env={"PATH": "/bin"}) == (None, "")
    assert (tmp_path / "done").read_text() == "put back\n"
    assert not command._running


def test_of_a_supervised_program_code_and_answer_are_told():
    """It has failed, and says how: no error of ours."""
    assert command.supervised(["sh", "-c", "echo $A; exit 3"], within=5, env={"A": "b"}) == (3, "b\n")
