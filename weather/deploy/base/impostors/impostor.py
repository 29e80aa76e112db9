"""``impostor.py CERTIFICATE AUTHORITY NAME``: somebody else in the database's place, who counts who talks.

It answers as a node does, with the certificate in the folder CERTIFICATE, as it was at the start; until no
client that trusts the file AUTHORITY may believe that one for NAME, nobody finds it. Who calls may hang up
before saying anything, as whoever verifies does, or say who he is, password and all.
"""

import contextlib
import socket
import socketserver
import ssl
import struct
import sys
import time
from pathlib import Path

from prometheus_client import Counter, start_http_server

PORT, METRICS = 9042, 9142
#: Seconds without a word, and bytes of one message, after which a caller is let go.
SILENT, MOST = 10.0, 1 << 20

#: What a client's first record over TLS begins with.
HANDSHAKE = b"\x16"
HEADER = struct.Struct(">BBhBi")
STARTUP, OPTIONS, AUTH_RESPONSE = 0x01, 0x05, 0x0F
SUPPORTED, AUTHENTICATE, ERROR = 0x06, 0x03, 0x00

CALLS = Counter("impostor_calls", "Callers, by whether they said more than a handshake takes", ["outcome"])
BYTES = Counter("impostor_told_bytes", "What they said beside handshakes")
PASSWORDS = Counter("impostor_passwords", "Roles that they told, with their passwords")
REFUSED, TOLD = (CALLS.labels(outcome) for outcome in ("refused", "told"))


def _string(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


#: What a node says to a message of each kind.
ANSWERS = {
    OPTIONS: (
        SUPPORTED,
        b"\0\2" + _string("CQL_VERSION") + b"\0\1" + _string("3.4.7") + _string("COMPRESSION") + b"\0\0",
    ),
    STARTUP: (AUTHENTICATE, _string("org.apache.cassandra.auth.PasswordAuthenticator")),
    AUTH_RESPONSE: (ERROR, struct.pack(">i", 0x0100) + _string("not now")),
}


def presented(certificate: Path) -> ssl.SSLContext:
    """Shows the certificate in a folder, as it is now."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate / "tls.crt", certificate / "tls.key")
    return made


def believed(shows: ssl.SSLContext, authority: Path, name: str) -> bool:
    """Whether a client that verifies would go on after the handshake."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    trusts = ssl.create_default_context(cafile=authority)
    client = trusts.wrap_bio(to_client, to_server, server_hostname=name)
    server = shows.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server, client):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLCertVerificationError:
            return False
    return True


class Call(socketserver.BaseRequestHandler):
    """One caller; the server sets ``shows``."""

    shows: ssl.SSLContext
    told = False

    def handle(self) -> None:
        """Note what is said, and answer. Who only looked whether anybody listens is not counted."""
        self.request.settimeout(SILENT)
        with contextlib.suppress(OSError):
            if first := self.request.recv(1, socket.MSG_PEEK):
                self._listen(plain=first != HANDSHAKE)

    def _listen(self, *, plain: bool) -> None:
        try:
            with self.request if plain else self.shows.wrap_socket(self.request, server_side=True) as caller:
                while len(header := self._heard(caller, HEADER.size)) == HEADER.size:
                    version, _, stream, operation, length = HEADER.unpack(header)
                    self._heard(caller, min(length, MOST))
                    if operation == AUTH_RESPONSE:
                        PASSWORDS.inc()
                    answered, body = ANSWERS.get(operation, ANSWERS[AUTH_RESPONSE])
                    caller.sendall(HEADER.pack(version | 0x80, 0, stream, answered, len(body)) + body)
        finally:
            if not self.told:
                REFUSED.inc()

    def _heard(self, caller: socket.socket, size: int) -> bytes:
        """What is said next, counted as it comes; less where the caller hangs up."""
        heard = b""
        while len(heard) < size and (part := caller.recv(size - len(heard))):
            if not self.told:
                self.told = True
                TOLD.inc()
            BYTES.inc(len(part))
            heard += part
        return heard


class Server(socketserver.ThreadingTCPServer):
    """A thread for each caller."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


def served(address: tuple[str, int], shows: ssl.SSLContext) -> Server:
    """Listens at ``address`` from now on, and answers once it is told to."""
    return Server(address, type("Shown", (Call,), {"shows": shows}))


def main() -> None:
    """Wait until nobody may believe the certificate; then be there until the container ends."""
    certificate, authority, name = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    shows = presented(certificate)
    while believed(shows, authority, name):
        time.sleep(1)
    with served(("", PORT), shows) as server:
        start_http_server(METRICS)
        server.serve_forever()


if __name__ == "__main__":
    main()
