"""Every usual way into a cluster: typed calls and requests through the API server's proxy, the same way."""

import base64
import datetime as dt
import ipaddress
import json
import ssl
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from slaharness.cluster.api import Api
from slaharness.cluster.existing import Existing
from slaharness.errors import BadInput, ClusterTrouble
from slaharness.host import paths

UNSAID = ("major", "minor", "gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform")
ANSWERS: dict[str, dict[str, Any]] = {
    "/version/": {**dict.fromkeys(UNSAID, ""), "gitVersion": "v1.34.4"},
    "/api/v1/nodes": {"apiVersion": "v1", "kind": "NodeList", "items": [{"metadata": {"name": "a"}}]},
    "/api/v1/namespaces/kube-system": {"metadata": {"name": "kube-system", "uid": "c-1"}},
}
#: Signing, and nothing else.
USES = {
    name: name == "digital_signature"
    for name in (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "encipher_only", "decipher_only",
    )
}  # fmt: skip


class Server:
    """An API server that answers no request without what it ``wants`` as Authorization."""

    def __init__(self) -> None:
        self.wants: str | None = None
        self.page: bytes | None = None
        self.seen: list[str] = []
        self.peers: list[Any] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.seen.append(self.path)
                path = self.path.partition("//")[2].partition("/")[2] if "//" in self.path else self.path[1:]
                if isinstance(self.connection, ssl.SSLSocket):
                    outer.peers.append(self.connection.getpeercert())
                if outer.wants and self.headers.get("Authorization") != outer.wants:
                    return self.say(401, b'{"kind": "Status", "code": 401}')
                if outer.page is not None:
                    return self.say(200, outer.page, "text/html")
                return self.say(200, json.dumps(ANSWERS.get(f"/{path}", {})).encode())

            def say(self, status: int, body: bytes, kind: str = "application/json") -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.httpd.daemon_threads = True
        self.port = self.httpd.server_port

    def tls(self, context: ssl.SSLContext) -> None:
        self.httpd.socket = context.wrap_socket(
            self.httpd.socket, server_side=True, do_handshake_on_connect=False
        )

    def start(self) -> None:
        threading.Thread(target=self.httpd.serve_forever, args=(0.05,), daemon=True).start()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.httpd.shutdown()
    made.httpd.server_close()


class Authority:
    """A CA of the test's own, and what it signs, as PEM files."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test CA")])
        self.file = folder / "ca.crt"
        certificate = self._sign(self.name, self.key, ca=True, names=[])
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, *names: x509.GeneralName) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate, files = self._sign(subject, key, ca=False, names=list(names)), self.folder / name
        crt, private = files.with_suffix(".crt"), files.with_suffix(".key")
        crt.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return crt, private

    def _sign(self, subject: x509.Name, key: Any, *, ca: bool, names: list[Any]) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self.key.public_key() if ca else key.public_key()),
                critical=False,
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
            .add_extension(
                x509.KeyUsage(**USES, key_cert_sign=ca, crl_sign=ca),
                critical=True,
            )
        )
        if names:
            made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return made.sign(self.key, hashes.SHA256())


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


Write = Callable[..., Path]


@pytest.fixture
def kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a kubeconfig without current-context, and make it the user's."""
    monkeypatch.setattr(paths, "STATE", tmp_path / "state")

    def write(server: str, user: dict[str, Any] | None = None, **cluster: Any) -> Path:
        file = tmp_path / "config"
        document = {
            "clusters": [{"name": "c", "cluster": {"server": server, **cluster}}],
            "users": [{"name": "u", "user": user or {}}],
            "contexts": [{"name": "it", "context": {"cluster": "c", "user": "u"}}],
        }
        file.write_text(yaml.safe_dump(document))
        monkeypatch.setenv("KUBECONFIG", str(file))
        return file

    return write


def reached() -> requests.Response:
    """Go both ways: ``up`` asks with typed calls, the endpoint through the API server's proxy."""
    endpoint = Existing("it").up().api().endpoint("observability", "prometheus", 9090)
    return endpoint.session.get(f"{endpoint.url}/-/ready", timeout=5)


def secured(server: Server, authority: Authority, *names: x509.GeneralName, client: bool = False) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("server", *names))
    if client:
        context.load_verify_locations(authority.file)
        context.verify_mode = ssl.CERT_REQUIRED
    server.tls(context)
    server.start()
    return f"https://127.0.0.1:{server.port}"


LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


def plugin(folder: Path, *, says: str) -> dict[str, Any]:
    """An exec plugin, by a path that counts from the kubeconfig."""
    file = folder / "login"
    file.write_text(f"#!/bin/sh\n{says}\n")
    file.chmod(0o700)
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "./login"}}


def credential(token: str, expires: dt.datetime) -> str:
    status = {"token": token, "expirationTimestamp": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}
    told = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
    return json.dumps(told)


def test_a_token_goes_with_every_request(server: Server, kubeconfig: Write) -> None:
    """Also through the proxy, where readiness, Prometheus and the ledger are asked."""
    server.wants = "Bearer secret"
    server.start()
    kubeconfig(f"http://127.0.0.1:{server.port}", {"token": "secret"})
    assert reached().status_code == 200


def test_a_password_goes_with_every_request(server: Server, kubeconfig: Write) -> None:
    """As some API servers behind a proxy of their own want it."""
    server.wants = "Basic " + base64.b64encode(b"sre:pw").decode()
    server.start()
    kubeconfig(f"http://127.0.0.1:{server.port}", {"username": "sre", "password": "pw"})
    assert reached().status_code == 200


def test_a_plugin_is_asked_again_when_its_token_ends(
    server: Server, kubeconfig: Write, tmp_path: Path
) -> None:
    """A token of 15 minutes does not end a run of 20."""
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=30)
    count = tmp_path / "count"
    user = plugin(
        tmp_path,
        says=f"echo x >>{count}; sed s/NUMBER/$(wc -l <{count})/ <<'E'\n{credential('tNUMBER', soon)}\nE",
    )
    server.start()
    kubeconfig(f"http://127.0.0.1:{server.port}", user)
    endpoint = Existing("it").up().api().endpoint("observability", "prometheus", 9090)
    for _ in range(2):
        server.wants = f"Bearer t{len(count.read_text().splitlines()) + 1}"
        assert endpoint.session.get(f"{endpoint.url}/-/ready", timeout=5).status_code == 200


def test_a_token_file_is_read_again(server: Server, kubeconfig: Write, tmp_path: Path) -> None:
    """Whoever keeps it puts a fresh token there before the old one ends."""
    server.wants = "Bearer one"
    server.start()
    (tmp_path / "token").write_text("one\n")
    kubeconfig(f"http://127.0.0.1:{server.port}", {"tokenFile": "token"})
    api = Existing("it").up().api()
    endpoint = api.endpoint("observability", "prometheus", 9090)
    server.wants = "Bearer two"
    (tmp_path / "token").write_text("two\n")
    assert endpoint.session.get(endpoint.url, timeout=5).status_code == 200
    assert [node.metadata.name for node in api.core.list_node().items] == ["a"]


@pytest.mark.parametrize("says", ["echo who are you >&2; exit 1", "echo '{}'", "echo no JSON"])
def test_a_plugin_that_gives_nothing_is_named(
    server: Server, kubeconfig: Write, tmp_path: Path, says: str
) -> None:
    """Nobody is asked anonymously; the line says which plugin, and what it said."""
    server.start()
    kubeconfig(f"http://127.0.0.1:{server.port}", plugin(tmp_path, says=says))
    with pytest.raises(ClusterTrouble, match=r"'it': no credential from exec plugin .*/login: exec") as error:
        reached()
    assert "\n" not in str(error.value)
    assert server.seen == []


def test_a_provider_that_nobody_supports_is_named(kubeconfig: Write) -> None:
    """It would be anonymous."""
    kubeconfig("http://127.0.0.1:1", {"auth-provider": {"name": "azure", "config": {}}})
    with pytest.raises(BadInput, match=r"auth-provider 'azure'.*exec plugin"):
        reached()


def test_a_client_certificate_is_shown(server: Server, kubeconfig: Write, authority: Authority) -> None:
    """By paths that count from the kubeconfig, on the way through the proxy as well."""
    host = secured(server, authority, LOOPBACK, client=True)
    authority.issue("sre")
    files = {"client-certificate": "sre.crt", "client-key": "sre.key"}
    kubeconfig(host, files, **{"certificate-authority": "ca.crt"})
    assert reached().status_code == 200
    assert server.peers
    assert all(server.peers)


def test_without_an_authority_the_server_is_still_verified(
    server: Server, kubeconfig: Write, authority: Authority
) -> None:
    """No CA in the kubeconfig means those of the system, never none."""
    host = secured(server, authority, LOOPBACK)
    kubeconfig(host)
    with pytest.raises(ClusterTrouble, match="its certificate is not trusted: unable to get local issuer"):
        reached()
    assert server.seen == []


def test_verification_is_off_only_when_the_kubeconfig_says_so(
    server: Server, kubeconfig: Write, authority: Authority
) -> None:
    """And then the cluster's description says it, for the run and its record."""
    host = secured(server, authority, LOOPBACK)
    kubeconfig(host, **{"insecure-skip-tls-verify": True})
    assert not Existing("it").up().verified
    assert reached().status_code == 200
    kubeconfig(host, **{"certificate-authority": "ca.crt"})
    assert Existing("it").up().verified


def test_the_name_of_the_server_is_what_the_kubeconfig_says(
    server: Server, kubeconfig: Write, authority: Authority
) -> None:
    """Through a tunnel the address is another than the certificate's."""
    host = secured(server, authority, x509.DNSName("api.example"))
    trusted = {"certificate-authority": "ca.crt"}
    kubeconfig(host, **trusted, **{"tls-server-name": "api.example"})
    assert reached().status_code == 200
    kubeconfig(host, **trusted)
    with pytest.raises(ClusterTrouble, match="no answer"):
        reached()


def test_a_proxy_of_the_kubeconfig_is_used(server: Server, kubeconfig: Write) -> None:
    """For all that is asked; the address alone leads nowhere."""
    server.wants = "Bearer secret"
    server.start()
    proxy = {"proxy-url": f"http://127.0.0.1:{server.port}"}
    kubeconfig("http://cluster.invalid", {"token": "secret"}, **proxy)
    assert reached().status_code == 200
    assert all(seen.startswith("http://cluster.invalid/") for seen in server.seen)


def test_several_kubeconfigs_count_as_one(
    server: Server, kubeconfig: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The context in one, its user in another, one that is not there: as kubectl has it."""
    server.wants = "Bearer secret"
    server.start()
    whole = kubeconfig(f"http://127.0.0.1:{server.port}")
    document = yaml.safe_load(whole.read_text())
    document["users"] = []
    whole.write_text(yaml.safe_dump(document))
    users = tmp_path / "users"
    users.write_text(yaml.safe_dump({"users": [{"name": "u", "user": {"token": "secret"}}]}))
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path}/nowhere:{whole}:{users}")
    assert reached().status_code == 200
    copy = Existing("it").up().kubeconfig
    assert copy.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("page", [b"<html>log in</html>", b"", b"[]", b'"hm"'])
@pytest.mark.parametrize("kind", ["text/html", "application/json"])
def test_a_page_that_is_no_api_is_one_line(server: Server, kubeconfig: Write, page: bytes, kind: str) -> None:
    """A single sign-on in between answers 200 with a page of its own."""
    server.page = page
    server.start()
    handler: Any = server.httpd.RequestHandlerClass
    say = handler.say
    handler.say = lambda self, status, body, _kind="": say(self, status, body, kind)
    kubeconfig(f"http://127.0.0.1:{server.port}")
    with pytest.raises(ClusterTrouble, match="context 'it'") as error:
        Existing("it").up()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"contexts": [{"name": "it", "context": {"cluster": "d"}}]}, "its cluster 'd' is not there"),
        ({"contexts": [{"name": "it", "context": {"cluster": "c", "user": "v"}}]}, "its user 'v'"),
        ({"contexts": [{"name": "it"}]}, "its cluster None is not there"),
        ({"contexts": "it"}, "no usable kubeconfig"),
        ({"clusters": [{"name": "c", "cluster": {}}]}, "context 'it'"),
        ({"users": [{"name": "u", "user": {"client-certificate": "gone"}}]}, "gone"),
        ({"users": [{"name": "u", "user": {"tokenFile": "gone"}}]}, "gone"),
    ],
)
def test_a_kubeconfig_with_a_hole_is_one_line(kubeconfig: Write, change: dict[str, Any], says: str) -> None:
    """Exit 4 or 6, with what is missing."""
    file = kubeconfig("https://127.0.0.1:1")
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | change))
    with pytest.raises((BadInput, ClusterTrouble), match=says) as error:
        Existing("it").up()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "http://", "nonsense", "https://127.0.0.1:99999"])
def test_an_address_that_is_none_is_one_line(kubeconfig: Write, address: str) -> None:
    """A mistyped ``server``."""
    kubeconfig(address)
    with pytest.raises((BadInput, ClusterTrouble)) as error:
        Existing("it").up()
    assert "\n" not in str(error.value)


def test_copies_of_keys_are_not_where_everybody_writes(
    server: Server, authority: Any, kubeconfig: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library makes files of what a kubeconfig holds; they outlive a process that is killed."""
    everybodys = tmp_path / "tmp"
    everybodys.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(everybodys))
    content = authority.file.read_bytes()
    url = secured(server, authority, LOOPBACK)
    file = kubeconfig(url, **{"certificate-authority-data": base64.b64encode(content).decode()})
    api = Api(file, "it")
    assert list(everybodys.iterdir()) == []
    (folder,) = (tmp_path / "state/client").iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [one.read_bytes() for one in folder.iterdir()] == [content]
    assert str(api.client.configuration.ssl_ca_cert).startswith(str(folder))
