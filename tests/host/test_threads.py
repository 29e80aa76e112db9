"""Work side by side is called off by an interrupt, all of it, and by nothing else."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from slaharness.errors import CommandFailed
from slaharness.host import cache, cancellation, command, interrupt
from slaharness.host.threads import Threads
from slaharness.host.wait import until


def interrupted_when(ready, work):
    """Do ``work`` and press Ctrl-C once ``ready`` says so; return how long it then took to end."""
    pressed = []

    def press():
        until(ready, within=10, every=0.02, what="the work is under way")
        pressed.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    with interrupt.undoing():
        threading.Thread(target=press, daemon=True).start()
        with pytest.raises(KeyboardInterrupt):
            work()
    return time.monotonic() - pressed[0]


def built(file: Path):
    """A build as the cache has it: the second that wants the same waits for the first one's lock."""

    def make(scratch):
        command.run(["sh", "-c", "sleep 30; echo x"], purpose="build", within=60)
        (scratch / "made").touch()
        return scratch / "made"

    return cache.entry(file, make)


def test_interrupt_ends_builds_and_nobody_goes_on_with_them(tmp_path):
    """Who waited for the lock of an image does not build it now; what was in the queue never begins."""
    begun = []

    def one(name):
        begun.append(name)
        return built(tmp_path / "image")

    def work():
        with Threads(2) as pool:
            list(pool.map(one, "abc"))

    took = interrupted_when(lambda: len(begun) == 2 and command._running, work)
    assert took < 5
    assert begun == ["a", "b"]
    assert not command._running
    assert not (tmp_path / "image").exists()


def test_threads_inside_of_threads_are_called_off_too(tmp_path):
    """The stack's images are built beside the cluster's own, in a pool of their own."""
    begun = []

    def inner(name):
        begun.append(name)
        command.run(["sleep", "30"], purpose="build", within=60)

    def outer():
        with Threads(1) as pool:
            list(pool.map(inner, "ab"))

    def work():
        with Threads() as pool:
            pool.submit(outer).result()

    assert interrupted_when(lambda: bool(command._running), work) < 5
    assert begun == ["a"]


def test_an_interrupt_while_the_last_of_them_is_awaited_counts_too():
    """The body is over, and its threads are not."""

    def work():
        with Threads() as pool:
            pool.submit(command.run, ["sleep", "30"], purpose="build", within=60)

    assert interrupted_when(lambda: bool(command._running), work) < 5


def test_what_was_called_off_does_not_keep_others_from_starting_programs():
    """All is put back by programs, too."""
    token = threading.Event()
    token.set()
    with cancellation.under(token), pytest.raises(cancellation.Cancelled):
        command.run(["true"], purpose="build", within=5)
    assert command.run(["echo", "undone"], purpose="undo", within=5) == "undone\n"


def test_an_ordinary_failure_lets_the_others_finish(tmp_path):
    """An image that cannot be built costs the next run no other image."""

    def fail():
        raise CommandFailed("no space left")

    others = []

    def work():
        with Threads() as pool:
            words = ["sh", "-c", "sleep 0.3; echo made"]
            others.append(pool.submit(command.run, words, purpose="build", within=5))
            pool.submit(fail).result()

    with pytest.raises(CommandFailed):
        work()
    assert others[0].result() == "made\n"
