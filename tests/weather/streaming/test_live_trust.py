"""Real Pulsar over TLS alone, and the real sidecar, which tells nobody else a password or a token."""

import dataclasses
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import authorities
import declare
import pytest
from authorities import Authority

from slaharness.host import wait

pytestmark = [pytest.mark.live, pytest.mark.nightly]

NODE, BROKER, SOMEBODY = "127.31.7.1", "127.31.7.2", "127.31.7.9"
SOON = 120.0


@pytest.fixture
def somebody(request, rig, tmp_path) -> Path:
    """A certificate by which nobody is to be believed: of another authority, or of ours for another part."""
    if request.param == "of another authority":
        return Authority().issue(tmp_path / "shown", SOMEBODY, "cassandra.persistence.svc")
    return rig.weather.issue(tmp_path / "shown", "pebble.security.svc")


either = pytest.mark.parametrize("somebody", ["of another authority", "with another name"], indirect=True)


@contextmanager
def sidecar(rig, tmp_path, **env: str) -> Iterator[Path]:
    """In place of the rig's own one, told otherwise; its log."""
    rig.cdc.kill()
    log = tmp_path / "cdc.log"
    other = dataclasses.replace(rig.cdc, env=rig.cdc.env | env, log=log, process=None)
    try:
        other.launch()
        yield log
    finally:
        other.kill()
        rig.cdc.start()


def says(log: Path, words: str) -> None:
    wait.until(lambda: words in log.read_text(), within=SOON, what=f"the sidecar says: {words}")


@either
def test_nobody_but_pulsar_is_told_what_was_committed(rig, somebody, tmp_path):
    """Nor the token; it is tried again until it is Pulsar, and nothing was passed over."""
    with authorities.listening(somebody, SOMEBODY) as listener:
        with sidecar(rig, tmp_path, PULSAR=f"pulsar+ssl://{SOMEBODY}:{listener.port}") as log:
            key = str(uuid4())
            rig.write(key, 1_795_760_000_000 + len(rig.acknowledged))
            says(log, "no producer for")
        assert listener.told == b""
        assert listener.refusals
    wait.until(
        lambda: key in {one["id"] for one in rig.messages()}, within=SOON, what="Pulsar is told in the end"
    )


@either
def test_nobody_but_the_node_is_told_the_sidecars_password(rig, somebody, tmp_path):
    with authorities.listening(somebody, SOMEBODY, port=9042) as listener:
        with sidecar(rig, tmp_path, POD_IP=SOMEBODY) as log:
            says(log, "not all tables yet")
        assert listener.told == b""
        assert listener.refusals


@pytest.mark.usefixtures("rig")
def test_pulsar_serves_nobody_who_speaks_plainly():
    """Nobody listens there any more, and TLS' port takes no plain word."""
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((BROKER, 6650), SOON)
    with socket.create_connection((BROKER, 6651), SOON) as plain:
        plain.sendall(bytes(64))
        assert not plain.recv(1).strip(b"\x15")  # nothing, or TLS' own word for "what?"


def test_what_it_counts_is_told_by_https_too(rig):
    """As Prometheus asks for it, without a token."""
    believed = ssl.create_default_context(cafile=rig.folder / "pulsar-tls/ca.crt")
    with urllib.request.urlopen(f"https://{BROKER}:8443/metrics", context=believed, timeout=SOON) as answer:
        assert b"pulsar_msg_backlog" in answer.read()


def test_who_makes_topics_believes_no_other_authority(rig, tmp_path):
    """It has the token that may do everything."""
    other = Authority().issue(tmp_path / "other", BROKER) / "ca.crt"
    for authority, right in ((rig.folder / "pulsar-tls/ca.crt", True), (other, False)):
        token = (rig.folder / "tokens/admin").read_text()
        admin = declare.Admin(f"https://{BROKER}:8443", token, str(authority))
        assert admin.serves("weather") is right
        if not right:
            with pytest.raises(urllib.error.URLError, match="certificate verify failed"):
                admin.ask("GET", "clusters")


@pytest.mark.parametrize("port", [6651, 8443])
def test_a_renewed_certificate_is_shown_without_a_restart(rig, port):
    """To who comes then; those who are there stay."""
    before = ssl.get_server_certificate((BROKER, port), timeout=SOON)
    rig.weather.issue(rig.folder / "pulsar-tls", BROKER)
    wait.until(
        lambda: ssl.get_server_certificate((BROKER, port), timeout=SOON) != before,
        within=SOON, every=2, what="Pulsar shows the new one",
    )  # fmt: skip
    assert rig.pulsar.answers()
