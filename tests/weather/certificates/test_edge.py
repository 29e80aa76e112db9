"""What the edge does by HTTPS, by the real HAProxy, where there is one."""

import os
import shutil
import socket
import ssl
import subprocess
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from cryptography import x509
from edges import HAPROXY, configured, free
from parts import BASE, IMAGES

from slaharness.cluster.local.pki import Authority
from slaharness.host import wait

pytestmark = pytest.mark.skipif(
    HAPROXY is None or shutil.which("socat") is None, reason="no HAProxy, or no socat, on this machine"
)
CHALLENGE = "/.well-known/acme-challenge/token"


class Service(BaseHTTPRequestHandler):
    """Every service, and who answers challenges."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        told = self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def service():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    server.handle_error = lambda *_: None  # who looks whether it lives hangs up early
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield "{}:{}".format(*server.server_address)
    server.shutdown()
    server.server_close()


@dataclass(frozen=True)
class Edge:
    """HAProxy as its pod has it, and beside it who brings it what is in a Secret."""

    folder: Path
    plain: int
    https: int
    authority: Authority

    @property
    def secret(self) -> tuple[Path, Path]:
        return self.folder / "tls.crt", self.folder / "tls.key"

    def issue(self) -> int:
        """A new certificate, whose number is returned. For a moment it stands beside the key before."""
        self.authority.server("edge", names=["localhost"]).write(self.folder, "new")
        for source, target in zip(("new.crt", "new.key"), self.secret, strict=True):
            shutil.copy(self.folder / source, target)
        return x509.load_pem_x509_certificate(self.secret[0].read_bytes()).serial_number

    def shown(self) -> int | None:
        """The number of what a new connection is shown, if it is that of a certificate to trust."""
        context = ssl.create_default_context(cadata=self.authority.pem.decode())
        try:
            with (
                socket.create_connection(("localhost", self.https), 5) as plain,
                context.wrap_socket(plain, server_hostname="localhost") as made,
            ):
                return x509.load_der_x509_certificate(made.getpeercert(binary_form=True)).serial_number
        except OSError:
            return None

    def session(self) -> requests.Session:
        (self.folder / "root.pem").write_bytes(self.authority.pem)
        made = requests.Session()
        made.trust_env = False  # which may name authorities of its own
        made.verify = str(self.folder / "root.pem")
        return made


@pytest.fixture
def edge(service, tmp_path):
    (folder := tmp_path / "config").mkdir()
    made = Edge(tmp_path, free(), free(), Authority("ours"))
    configured(folder, service, made.plain, BASE / "tls/edge/tls.cfg", https=made.https)
    made.issue()
    admin, (certificate, key) = tmp_path / "admin.sock", made.secret
    env = {**os.environ, "CERTIFICATE": str(certificate), "ADMIN_SOCKET": str(admin)}
    with (
        subprocess.Popen([str(HAPROXY), "-db", "-f", str(folder)], env=env) as haproxy,
        subprocess.Popen(["sh", str(IMAGES / "edge/certify"), certificate, key, admin]) as certify,
    ):
        try:
            wait.until(made.shown, within=30, every=0.1, what="the edge answers")
            yield made
        finally:
            certify.kill()
            haproxy.kill()


def test_a_new_certificate_is_shown_to_who_connects_then_and_ends_no_connection(edge):
    """Nor is anything wrong while certificate and key do not fit yet."""
    with edge.session() as users:
        assert users.get(f"https://localhost:{edge.https}/stations/S/readings", timeout=5).status_code == 200
        pools = users.adapters["https://"].poolmanager.pools
        (pool,) = (pools[key] for key in pools.keys())  # noqa: SIM118 - it is no mapping
        for _ in range(2):
            number = edge.issue()
            wait.until(lambda n=number: edge.shown() == n, within=30, every=0.2, what="it is shown")
        assert users.get(f"https://localhost:{edge.https}/stations/S/readings", timeout=5).status_code == 200
        assert pool.num_connections == 1


def test_without_encryption_nobody_is_answered_but_the_authority(edge):
    """Users are sent where it is encrypted, and nothing of what they ask is served on the way."""
    with edge.session() as users:
        plain = f"http://localhost:{edge.plain}"
        answer = users.get(f"{plain}/stations/S/readings?limit=1", allow_redirects=False, timeout=5)
        assert answer.status_code == 308
        assert answer.headers["Location"].startswith("https://")
        assert answer.headers["Location"].endswith("/stations/S/readings?limit=1")
        assert users.get(f"{plain}{CHALLENGE}", timeout=5).text == CHALLENGE
        assert users.get(f"https://localhost:{edge.https}{CHALLENGE}", timeout=5).status_code == 404
