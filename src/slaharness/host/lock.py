"""Locks between the processes of this machine."""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from slaharness.errors import ClusterTrouble


@contextmanager
def held(what: str, *, else_say: str) -> Iterator[None]:
    """Hold the lock ``what`` for the body. ClusterTrouble, ``else_say``, when another process has it."""
    with socket.socket(socket.AF_UNIX) as lock:
        if not bound(lock, what):
            raise ClusterTrouble(else_say)
        yield


def bound(lock: socket.socket, what: str) -> bool:
    """Take a lock that ends with its holder, also a killed one, and leaves no file: an abstract socket."""
    try:
        lock.bind(f"\0slaharness-{what}")
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return False
    return True
