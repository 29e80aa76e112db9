"""Runs beside any load profile, inside Locust, where the entry's certificate is of an authority of its own.

``TRUSTED`` names a file of certificates (PEM). Every client verifies its server against those and no others,
by chain and by name: FastHttpUser would not verify at all, and HttpUser against what the world trusts.
The file is read anew when it has changed: for connections that are made then, a new authority is known.
"""

import os
import ssl
from pathlib import Path
from typing import Any, Self

import gevent.ssl
from locust.clients import HttpSession
from locust.contrib.fasthttp import FastHttpSession

TRUSTED = Path(os.environ["TRUSTED"])


class Verifying(gevent.ssl.SSLContext):  # type: ignore[misc]  # gevent has no types
    """Verifies whoever it connects to."""

    read = 0

    def __new__(cls) -> Self:
        """With its checks on: that is what this protocol means."""
        made: Self = super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)
        return made

    def wrap_socket(self, *args: Any, **words: Any) -> Any:
        """One more connection, by what the file says now."""
        if (changed := TRUSTED.stat().st_mtime_ns) != self.read:
            self.load_verify_locations(cafile=TRUSTED)
            self.read = changed
        return super().wrap_socket(*args, **words)


def context(cafile: str = "") -> Verifying:  # noqa: ARG001 - by this name it is given
    """``cafile`` is what the client library would trust besides."""
    return Verifying()


def slow(self: Any, *args: Any, **words: Any) -> None:
    """HttpUser's client, and what a profile makes of the same kind, as it is made."""
    _slow(self, *args, **words)
    self.verify = str(TRUSTED)


def fast(self: Any, *args: Any, **words: Any) -> None:
    """FastHttpUser's, whatever it is told of whom to believe."""
    _fast(self, *args, **(words | {"insecure": False, "ssl_context_factory": context}))


# Before there are users, or a profile that makes clients of its own: none of them may leave it out.
_slow, _fast = HttpSession.__init__, FastHttpSession.__init__
HttpSession.__init__, FastHttpSession.__init__ = slow, fast  # type: ignore[method-assign]
# Of requests' own sessions, and over a session's own word: Locust's users read no environment, others do.
os.environ["REQUESTS_CA_BUNDLE"] = str(TRUSTED)
