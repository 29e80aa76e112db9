"""The few words of Cassandra's native protocol (version 4) that a node's own probe needs.

A driver would bring threads, pools and events; ``nodetool`` starts a virtual machine of its own for each
question, a second of CPU time on the two cores that three nodes share. This asks over one socket.
"""

import json
import os
import socket
import ssl
import struct
from types import TracebackType
from typing import Any, Self

PORT = 9042

ONE, QUORUM, ALL = 1, 4, 5

#: In the environment, where nodes speak TLS: a file of the authorities (PEM) by which they are verified, and
#: the name that must be in their certificate, whatever their address.
AUTHORITY, NAME = "CQL_AUTHORITY", "CQL_NAME"

_REQUEST = 0x04
_ERROR, _STARTUP, _AUTHENTICATE, _OPTIONS, _SUPPORTED = 0x00, 0x01, 0x03, 0x05, 0x06
_QUERY, _RESULT, _AUTH_RESPONSE, _AUTH_SUCCESS = 0x07, 0x08, 0x0F, 0x10
_SKIP_METADATA = 0x02
_ROWS = 2
_HEADER = struct.Struct(">BBhBi")
_ROWS_HEADER = struct.Struct(">iiii")


def statements(text: str) -> list[str]:
    """Split CQL at the semicolons that end a line, without comments."""
    lines = [line.partition("--")[0].rstrip() for line in text.splitlines()]
    return [part.strip() for part in "\n".join(lines).split(";") if part.strip()]


class Refused(Exception):
    """The server answered, but not with what was asked for."""


class Connection:
    """One connection, one question at a time. Every wait is bounded by ``timeout`` seconds.

    ``login`` is a role and its password; without one only ``options`` is answered. Raises OSError where
    nobody listens or answers, or somebody else does; Refused with the server's own words and where no
    password is asked for.
    """

    def __init__(
        self, address: str, login: tuple[str, str] | None = None, *, port: int = PORT, timeout: float = 2.5
    ) -> None:
        self._socket = _verified(socket.create_connection((address, port), timeout))
        if login:
            try:
                self._log_in(*login)
            except BaseException:
                self._socket.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def options(self) -> None:
        """Ask what every server can answer without touching its data."""
        self._expect(_SUPPORTED, _OPTIONS, b"")

    def rows(self, query: str, *, consistency: int = ONE) -> list[dict[str, Any]]:
        """What ``SELECT JSON …`` returns, one dictionary a row."""
        return [json.loads(value) for value in _first_column(self._ask(query, consistency))]

    def run(self, query: str, *, consistency: int = ONE) -> None:
        """Run a statement whose answer does not matter."""
        self._ask(query, consistency)

    def _log_in(self, role: str, password: str) -> None:
        self._expect(_AUTHENTICATE, _STARTUP, b"\x00\x01" + _string("CQL_VERSION") + _string("3.0.0"))
        token = f"\0{role}\0{password}".encode()
        self._expect(_AUTH_SUCCESS, _AUTH_RESPONSE, struct.pack(">i", len(token)) + token)

    def _ask(self, query: str, consistency: int) -> bytes:
        text = query.encode()
        question = struct.pack(">i", len(text)) + text + struct.pack(">HB", consistency, _SKIP_METADATA)
        return self._expect(_RESULT, _QUERY, question)

    def _expect(self, wanted: int, operation: int, body: bytes) -> bytes:
        answered, answer = self._call(operation, body)
        if answered == _ERROR:
            length = int.from_bytes(answer[4:6], "big")
            raise Refused(answer[6 : 6 + length].decode(errors="replace"))
        if answered != wanted:
            raise Refused(f"answered operation {operation} with {answered}, not {wanted}")
        return answer

    def _call(self, operation: int, body: bytes) -> tuple[int, bytes]:
        self._socket.sendall(_HEADER.pack(_REQUEST, 0, 0, operation, len(body)) + body)
        _, _, _, answered, length = _HEADER.unpack(self._exactly(_HEADER.size))
        return answered, self._exactly(length)

    def _exactly(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            part = self._socket.recv(size - len(parts))
            if not part:
                raise ConnectionResetError("the server closed the connection")
            parts += part
        return bytes(parts)


def _verified(made: socket.socket) -> socket.socket:
    """Whoever is at its other end, told nothing yet: over TLS where the environment names an authority."""
    if not (authority := os.environ.get(AUTHORITY)):
        return made
    try:
        context = ssl.create_default_context(cafile=authority)
        return context.wrap_socket(made, server_hostname=os.environ[NAME])
    except BaseException:
        made.close()
        raise


def _string(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


def _first_column(result: bytes) -> list[bytes]:
    """Return the values of a result of one column that came without metadata."""
    kind, _flags, columns, count = _ROWS_HEADER.unpack_from(result)
    if (kind, columns) != (_ROWS, 1):
        raise Refused(f"returned a result of kind {kind} with {columns} columns, not the rows of SELECT JSON")
    values, at = [], _ROWS_HEADER.size
    for _ in range(count):
        (size,) = struct.unpack_from(">i", result, at)
        values.append(result[at + 4 : at + 4 + size])
        at += 4 + size
    return values
