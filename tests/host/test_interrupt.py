import os
import signal

import pytest

from slaharness.host.interrupt import undoing


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_signal_interrupts_and_the_next_does_not_stop_the_undoing(number):
    """An impatient second Ctrl-C must leave nothing half-undone."""
    undone = []

    def work():
        with undoing():
            try:
                os.kill(os.getpid(), number)
            finally:
                os.kill(os.getpid(), number)
                os.kill(os.getpid(), signal.SIGINT)
                undone.append("all")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert undone == ["all"]


def test_handlers_are_put_back():
    """Outside the guarded work, signals mean what they meant before."""
    before = signal.getsignal(signal.SIGTERM)
    with undoing():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_forked_child_just_ends():
    """A library's forked helper that is ended must not begin to undo its parent's work."""
    with undoing():
        child = os.fork()
        if child == 0:
            try:
                os.kill(os.getpid(), signal.SIGTERM)
            finally:
                os._exit(3)
        _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGTERM
