"""HTTPS of the load: real Locust against real servers, whose certificates are right or wrong."""

import ssl
import threading
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from fake_api import cluster, state

from slaharness.cluster.local.pki import Authority
from slaharness.errors import LoadTrouble
from slaharness.host.wait import until
from slaharness.load import locust as loads
from slaharness.load import manifest
from slaharness.load.manifest import TRUST
from slaharness.stack.protocol import Authorities

__all__ = ["cluster", "state"]

HERE = Path(__file__).parent
LOOPBACK, OTHER = IPv4Address("127.0.0.1"), IPv4Address("127.0.0.2")
BY = Authorities("ConfigMap", "roots")


@contextmanager
def secured(stub, authority, folder, address=LOOPBACK):
    """The stub with a certificate of ``authority`` for ``address``; what it serves can be changed.

    Every request comes by a connection of its own.
    """
    server = stub.Server()
    server.RequestHandlerClass.protocol_version = "HTTP/1.0"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def certify(signer, holder=LOOPBACK):
        signer.server("entry", addresses=[holder]).write(folder, "entry")
        context.load_cert_chain(folder / "entry.crt", folder / "entry.key")

    certify(authority, address)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield server.url.replace("http:", "https:"), certify
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def asked(stub, locust, tmp_path):
    """Run both users against a URL, or others, trusting what is in the file ``roots``."""

    @contextmanager
    def start(url, profile="secured.py"):
        with locust(
            HERE / profile,
            url,
            stub.free_port(),
            tmp_path,
            beside=[TRUST],
            TRUSTED=str(tmp_path / "roots"),
        ) as load:
            yield load

    return start  # fmt: skip


def ends(load, outcome, *names):
    """Wait until each of these, without any both users, has some more such outcomes."""
    before = load.counts("loadgen_requests_total")

    def more():
        now = load.counts("loadgen_requests_total")
        return all(
            now.get((name, outcome), 0) > before.get((name, outcome), 0) + 3
            for name in names or ("fast", "slow")
        )

    until(more, within=120, what=f"requests have ended {outcome}")


def test_clients_verify_their_server_and_learn_a_new_authority(stub, asked, tmp_path):
    """Also what a profile leaves insecure; an authority that is added while they run is soon trusted."""
    first, second = Authority("first"), Authority("second")
    (tmp_path / "roots").write_bytes(first.pem)
    with secured(stub, first, tmp_path) as (url, certify), asked(url) as load:
        ends(load, "ok")
        certify(second)
        ends(load, "unknown")
        (tmp_path / "roots").write_bytes(first.pem + second.pem)
        ends(load, "ok")


@pytest.mark.parametrize("wrong", ["authority", "name"])
def test_nothing_is_sent_to_whom_nobody_vouches_for(stub, asked, tmp_path, wrong):
    """By either client: not by another's authority, not under another name."""
    ours = Authority("ours")
    (tmp_path / "roots").write_bytes(ours.pem)
    signer, address = (Authority("another"), LOOPBACK) if wrong == "authority" else (ours, OTHER)
    with secured(stub, signer, tmp_path, address) as (url, _), asked(url) as load:
        ends(load, "unknown")
        load.stop()
        assert {row.outcome for row in load.ledger().requests} == {"unknown"}


@pytest.mark.parametrize("by", ["ours", "another"])
def test_clients_that_a_profile_makes_by_itself_verify_too(stub, asked, tmp_path, by):
    """As the listeners of alerts: whom no user of Locust's stands behind, and requests' own."""
    ours = Authority("ours")
    (tmp_path / "roots").write_bytes(ours.pem)
    with (
        secured(stub, ours if by == "ours" else Authority(by), tmp_path) as (url, _),
        asked(url, "own_clients.py") as load,
    ):
        ends(load, "ok" if by == "ours" else "unknown", "slow", "fast", "plain")
        load.stop()
        assert len({row.outcome for row in load.ledger().requests}) == 1


@pytest.mark.parametrize(("kind", "source"), [("ConfigMap", "configMap"), ("Secret", "secret")])
def test_the_pod_is_given_the_certificates_alone(kind, source):
    """A Secret with a certificate has its key, too, which is none of the load's business."""
    config, pod = manifest.objects(
        HERE / "secured.py", image="i:1", run_id="r1", limit=60, host="https://edge",
        authorities=Authorities(kind, "roots", "chain.pem"),
    )  # fmt: skip
    (container,) = pod["spec"]["containers"]
    assert container["args"][1] == "/load/recorder.py,/load/slaharness/load/trust.py,/load/secured.py"
    assert {"name": "TRUSTED", "value": "/trust/chain.pem"} in container["env"]
    assert "trust.py" in config["data"]
    (volume,) = [one for one in pod["spec"]["volumes"] if one["name"] == "trust"]
    assert volume[source]["items"] == [{"key": "chain.pem", "path": "chain.pem"}]


def test_a_load_without_whom_to_trust_is_refused(cluster):
    """Its pod would wait for the certificates until everybody has given up, and nobody be told why."""
    load = loads.Load(cluster.info.api(), "load", [], "token")
    with pytest.raises(LoadTrouble, match="no ConfigMap roots in namespace load"):
        load.start([], BY)
