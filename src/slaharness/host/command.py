"""Start a program, wait for it within a limit, and say plainly what went wrong."""

import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from slaharness.errors import CommandFailed
from slaharness.host import cancellation

#: Lines of a failed program's output that go into the error.
TAIL = 12
#: Seconds that a program has to end well once it is asked to; and one that puts back what it did.
GRACE, PUTTING_BACK = 5.0, 600.0

#: Programs under way, so that an interrupt need not wait for a compiler to end by itself.
_running: set["subprocess.Popen[str]"] = set()
#: Held while one is started, so that none slips past ``end_all``, also when a signal's handler calls that.
_starting = threading.RLock()


def run(
    argv: Sequence[str | Path],
    *,
    purpose: str,
    within: float,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str | None = None,
    log: Path | None = None,
) -> str:
    """Run ``argv`` and return its standard output.

    ``env`` is added to this process's own. ``log`` gets both streams appended. Raises CommandFailed naming
    ``purpose``, the command and the end of its output when it fails, is missing, or takes over ``within`` s.
    """
    words = [str(word) for word in argv]
    with _started(words, purpose, cwd, {**os.environ, **(env or {})}) as program:
        try:
            out, err = program.communicate(stdin or "", within)
        except subprocess.TimeoutExpired as error:
            message = f"{purpose}: no end after {within:g} s: {shlex.join(words)}"
            raise CommandFailed(message) from error
    if log:
        with log.open("a") as file:
            file.write(f"$ {shlex.join(words)}\n{out}{err}\n")
    if program.returncode:
        tail = "\n".join((out + err).strip().splitlines()[-TAIL:])
        raise CommandFailed(f"{purpose}: exit {program.returncode} from: {shlex.join(words)}\n{tail}")
    return out


def supervised(
    argv: Sequence[str | Path], *, within: float, env: Mapping[str, str]
) -> tuple[int | None, str]:
    """Run a program that speaks for itself on standard error; return its exit code and standard output.

    ``env`` is all that it gets. Interrupted, or after ``within`` s, it is asked to end and has time to put
    back what it did; after those seconds the code is None.
    """
    program = _start(list(map(str, argv)), env=env, stdin=subprocess.DEVNULL)
    try:
        out, _ = program.communicate(timeout=within)
    except subprocess.TimeoutExpired:
        return None, ""
    finally:
        _running.discard(program)
        _end(program, PUTTING_BACK)
    return program.returncode, out


def end_all() -> None:
    """Ask every program under way to end; whoever waits for one gets CommandFailed."""
    with _starting:
        for program in tuple(_running):
            _signal(program, signal.SIGTERM)


@contextmanager
def _started(
    words: Sequence[str], purpose: str, cwd: Path | None, env: Mapping[str, str]
) -> Iterator["subprocess.Popen[str]"]:
    """The program for as long as the body lasts, ended with it however it ends."""
    pipe = subprocess.PIPE
    try:
        program = _start(words, env=env, stdin=pipe, stderr=pipe, cwd=cwd)
    except FileNotFoundError as error:
        raise CommandFailed(
            f"{purpose}: {words[0]} is not installed; `slaharness doctor` says how"
        ) from error
    try:
        yield program
    finally:
        _running.discard(program)
        _end(program)


def _start(words: Sequence[str], **how: Any) -> "subprocess.Popen[str]":
    """Start it, its answer piped, unless all has been cancelled."""
    with _starting:
        cancellation.check()
        program = subprocess.Popen(
            words, stdout=subprocess.PIPE, text=True, errors="replace", process_group=0, **how
        )
        _running.add(program)
    return program


def _end(program: "subprocess.Popen[str]", grace: float = GRACE) -> None:
    if program.poll() is None:
        _signal(program, signal.SIGTERM)
        try:
            program.communicate(timeout=grace)
        except subprocess.TimeoutExpired:
            _signal(program, signal.SIGKILL)
            program.communicate()


def _signal(program: "subprocess.Popen[str]", number: signal.Signals) -> None:
    """Also to what it has started, which may hold its output open: one waits for that to be closed."""
    with suppress(ProcessLookupError):
        os.killpg(program.pid, number)
