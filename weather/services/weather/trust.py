"""Whom a service takes for the database: who has a certificate for its name, of an authority that is known.

Nodes are found by address, so the name is the same for all of them.
"""

import ssl
from pathlib import Path
from typing import Any, Self


class Verifying(ssl.SSLContext):
    """Verifies whoever it connects to, by a file of authorities (PEM) and a name, before it says a word.

    The file is read anew when it has changed: for connections that are made then, a new authority is known.
    """

    def __new__(cls, *_: Any) -> Self:
        """With its checks on: that is what this protocol means."""
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(self, authority: Path, name: str) -> None:
        """``name`` must be in the certificate, whatever the address."""
        self._authority, self._name, self._read = authority, name, 0

    def wrap_socket(self, *args: Any, **words: Any) -> ssl.SSLSocket:
        """One more connection, by what the file says now. Raises OSError."""
        if (changed := self._authority.stat().st_mtime_ns) != self._read:
            self.load_verify_locations(cafile=self._authority)
            self._read = changed
        return super().wrap_socket(*args, **{**words, "server_hostname": self._name})
