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
from locust import FastHttpUser, events
from locust.clients import HttpSession
from locust.user import users

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


class Session(HttpSession):
    """HttpUser's client: Locust has it read no environment, where requests would look for authorities."""

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        self.verify = str(TRUSTED)


@events.init.add_listener  # type: ignore[untyped-decorator]
def listen(environment: Any, **_others: Any) -> None:
    """Before there are users: none of a profile's classes may leave it out."""
    users.HttpSession = Session  # type: ignore[attr-defined]  # by this name it makes them
    for user in environment.user_classes:
        if issubclass(user, FastHttpUser):
            user.insecure, user.ssl_context_factory = False, staticmethod(context)
