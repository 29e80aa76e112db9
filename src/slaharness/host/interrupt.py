"""Ctrl-C and SIGTERM: the first ends the work and lets all be undone, later ones do not stop the undoing."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from slaharness.host import command
from slaharness.host.progress import console


class _Once:
    """A handler that interrupts once, so that an impatient second Ctrl-C leaves nothing half-undone."""

    def __init__(self) -> None:
        self.asked = False
        self.process = os.getpid()

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        if os.getpid() != self.process:
            _end_as_asked(number)
        name = signal.Signals(number).name
        if self.asked:
            console.print(f"{name} again: still putting everything back, please wait")
            return
        self.asked = True
        console.print(f"{name}: putting everything back")
        command.end_all()
        raise KeyboardInterrupt(name)


def _end_as_asked(number: int) -> None:
    """A forked child has inherited the handler but not the work: it ends, and undoes nothing."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


@contextmanager
def undoing() -> Iterator[None]:
    """Turn the first SIGINT or SIGTERM inside the body into KeyboardInterrupt; the next are only noted."""
    once = _Once()
    before = {number: signal.signal(number, once) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
