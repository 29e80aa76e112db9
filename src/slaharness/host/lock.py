"""Locks between the processes of this machine: files that end to be locked with whoever holds them."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from slaharness.errors import ClusterTrouble, HostTrouble
from slaharness.host import paths


@contextmanager
def held(what: str, *, else_say: str) -> Iterator[None]:
    """Hold the machine's lock ``what`` for the body. ClusterTrouble, ``else_say``, when another has it."""
    with holding(paths.RUN / "locks" / f"{what.replace('/', '-')}.lock") as ours:
        if not ours:
            raise ClusterTrouble(else_say)
        yield


@contextmanager
def holding(file: Path) -> Iterator[bool]:
    """Whether the lock is ours for the body, after which its file is gone. A killed holder lets go of it."""
    handle = take(file)
    try:
        yield handle is not None
    finally:
        if handle:
            release(file, handle)


def take(file: Path) -> IO[str] | None:
    """Take the lock; None when another process has it. HostTrouble when there can be no such file."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = file.open("a")
    except OSError as error:
        raise HostTrouble(f"no lock {file}: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    if _is(file, handle):
        return handle
    handle.close()  # its holder let go, and took the file away, between the two steps
    return take(file)


def release(file: Path, handle: IO[str]) -> None:
    """Take the file away while it is still locked: whoever waits for it sees that it is another one then."""
    file.unlink(missing_ok=True)
    handle.close()


def _is(file: Path, handle: IO[str]) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(file.stat(), os.fstat(handle.fileno()))
    return False
