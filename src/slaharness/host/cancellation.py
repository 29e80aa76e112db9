"""Work in threads that is called off: it begins nothing more, and what it has begun is ended."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from slaharness.errors import HarnessError

#: Set by whoever calls off the work that the current thread does: the innermost last.
_tokens: ContextVar[tuple[threading.Event, ...]] = ContextVar("tokens", default=())


class Cancelled(HarnessError):
    """What was to be done next is not wanted any more."""


@contextmanager
def under(token: threading.Event) -> Iterator[None]:
    """Let the body, and threads that it starts, be called off by ``token`` as well."""
    before = _tokens.set((*_tokens.get(), token))
    try:
        yield
    finally:
        _tokens.reset(before)


def check() -> None:
    """Raise Cancelled in a thread whose work was called off."""
    if any(token.is_set() for token in _tokens.get()):
        raise Cancelled("interrupted")
