"""The only sleep in the package."""

import time
from collections.abc import Callable
from typing import TypeVar

from slaharness.errors import NotYet
from slaharness.host import cancellation

T = TypeVar("T")


def until(
    check: Callable[[], T | None],
    *,
    within: float,
    every: float = 0.2,
    what: str,
    say: Callable[[str], None] | None = None,
) -> T:
    """Call ``check`` every ``every`` seconds until it returns something true, and return that.

    ``what`` names the thing waited for ("the API server answers"); ``say`` is told it while waiting.
    Raises NotYet, naming ``what``, after ``within`` seconds, and Cancelled where nobody wants it any more.
    Errors of ``check`` pass through.
    """
    deadline = time.monotonic() + within
    if say:
        say(f"waiting until {what}")
    while True:
        cancellation.check()
        if found := check():
            return found
        if (left := deadline - time.monotonic()) <= 0:
            raise NotYet(f"waited {within:g} s until {what}: it did not happen")
        time.sleep(min(every, left))


def pause(seconds: float) -> None:
    """Let a declared window pass."""
    time.sleep(max(0.0, seconds))
