"""Start a program, wait for it within a limit, and say plainly what went wrong."""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from slaharness.errors import CommandFailed

#: Lines of a failed program's output that go into the error.
TAIL = 12


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
    try:
        done = subprocess.run(
            words,
            input="" if stdin is None else stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=within,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            check=False,
        )
    except FileNotFoundError as error:
        raise CommandFailed(
            f"{purpose}: {words[0]} is not installed; `slaharness doctor` says how"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(f"{purpose}: no end after {within:g} s: {shlex.join(words)}") from error
    if log:
        with log.open("a") as out:
            out.write(f"$ {shlex.join(words)}\n{done.stdout}{done.stderr}\n")
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-TAIL:])
        raise CommandFailed(f"{purpose}: exit {done.returncode} from: {shlex.join(words)}\n{tail}")
    return done.stdout
