"""Ctrl-C and SIGTERM: the first ends the work and lets all be undone, later ones do not stop the undoing."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import FrameType

from slaharness.host import command
from slaharness.host.progress import console


class _Once:
    """A handler that interrupts once, so that an impatient second Ctrl-C leaves nothing half-undone."""

    def __init__(self) -> None:
        self.asked = False
        self.finishing = 0  # how many bodies are not to be interrupted, one in another
        self.late = False
        self.process = os.getpid()

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        if os.getpid() != self.process:
            _end_as_asked(number)
        name = signal.Signals(number).name
        if self.asked:
            console.print(f"{name} again: still putting everything back, please wait")
            return
        self.asked = True
        if self.finishing:
            self.late = True
            console.print(f"{name}: things are being put back; ending when that is done, please wait")
            return
        console.print(f"{name}: putting everything back")
        command.end_all()
        raise KeyboardInterrupt(name)

    @contextmanager
    def let_finish(self) -> Iterator[None]:
        self.finishing += 1
        try:
            yield
        finally:
            self.finishing -= 1
        if self.late and not self.finishing:
            self.late = False
            raise KeyboardInterrupt


def _end_as_asked(number: int) -> None:
    """A forked child has inherited the handler but not the work: it ends, and undoes nothing."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


#: The handler that is set now, the innermost last.
_set: list[_Once] = []


def finishing() -> AbstractContextManager[None]:
    """A body that puts things back, and ends whatever is pressed: KeyboardInterrupt comes after it."""
    return _set[-1].let_finish() if _set else nullcontext()


def stop(why: str) -> None:
    """End the work from another thread, as Ctrl-C would; where nobody undoes anything, only say why."""
    console.print(why, markup=False, soft_wrap=True)
    if _set and (main := threading.main_thread().ident):
        signal.pthread_kill(main, signal.SIGTERM)


@contextmanager
def undoing() -> Iterator[None]:
    """Turn the first SIGINT or SIGTERM inside the body into KeyboardInterrupt; the next are only noted."""
    once = _Once()
    before = {number: signal.signal(number, once) for number in (signal.SIGINT, signal.SIGTERM)}
    _set.append(once)
    try:
        yield
    finally:
        _set.remove(once)
        for number, handler in before.items():
            signal.signal(number, handler)
