"""Whoever looks whether the stack serves verifies it, as its users do."""

import socket
import ssl
import threading
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
import requests

from slaharness.cluster.local.pki import Authority
from slaharness.errors import StackTrouble
from slaharness.stack import verified
from slaharness.stack.protocol import Authorities, Entry

URL = "https://edge.application.svc/stations"
ROOTS = Authorities("ConfigMap", "roots")


class Served(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.headers["Host"].encode())

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def ours():
    return Authority("ours")


@pytest.fixture
def served(ours, tmp_path):
    """Open a connection to a server that ``ours`` has certified for the Service."""
    ours.server("edge", names=["edge.application.svc"]).write(tmp_path, "edge")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "edge.crt", tmp_path / "edge.key")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Served)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield lambda: socket.create_connection(server.server_address, 10)
    server.shutdown()
    server.server_close()


def trusting(authority):
    return ssl.create_default_context(cadata=authority.pem.decode())


def test_a_service_is_asked_by_its_name_whatever_leads_there(ours, served):
    """The name is what the certificate is for, and nothing is looked up: there is no such host here."""
    session = verified.session(trusting(ours), served)
    assert session.get(URL, timeout=10).text == "edge.application.svc"


@pytest.mark.parametrize(("by", "url"), [("another", URL), ("ours", "https://other.application.svc/")])
def test_who_is_not_vouched_for_is_asked_nothing(ours, served, by, url):
    """Another's authority and another's name are one and the same: not the stack."""
    authority = ours if by == "ours" else Authority("another")
    with pytest.raises(requests.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        verified.session(trusting(authority), served).get(url, timeout=10)


def holding(kind, data):
    return SimpleNamespace(get=lambda body: {"data": data} if body["kind"] == kind else None)


def test_certificates_are_read_from_either_kind_and_missed_by_name(ours):
    """A stack that is still starting has none: that is said, and nobody trusted meanwhile."""
    pem = ours.pem.decode()
    assert verified.trusted(holding("ConfigMap", {"ca.crt": pem}), ROOTS, "load") == pem
    coded = {"ca.crt": b64encode(ours.pem).decode()}
    assert verified.trusted(holding("Secret", coded), Authorities("Secret", "roots"), "load") == pem
    with pytest.raises(StackTrouble, match=r"no certificates yet in ConfigMap load/roots \(ca.crt\)"):
        verified.trusted(holding("ConfigMap", {}), ROOTS, "load")


@pytest.mark.parametrize(
    ("url", "by", "can"),
    [
        (URL, ROOTS, True),
        (URL, None, False),
        ("http://edge.application.svc", ROOTS, False),
        ("https://weather.example.org", ROOTS, False),
    ],
)
def test_what_is_verified_so_is_https_of_a_service(url, by, can):
    """All else is reached as before."""
    assert verified.can(Entry(url, by)) is can
