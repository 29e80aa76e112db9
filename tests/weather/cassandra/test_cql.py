"""What asks a node over one socket tells its password to that node alone."""

import datetime as dt
import socket
import ssl
from pathlib import Path

import authorities
import cql
import pytest
from authorities import Authority

NAME = "cassandra.persistence.svc"
#: A node's answer to OPTIONS: there are none.
SUPPORTED = b"\x84\0\0\0\x06\0\0\0\x02\0\0"
HEADER = 9
#: What a client's first record over TLS begins with.
HANDSHAKE = b"\x16\x03"


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """The authority that the environment names."""
    made = Authority()
    (tmp_path / "ca.crt").write_text(made.certificate())
    monkeypatch.setenv(cql.AUTHORITY, str(tmp_path / "ca.crt"))
    monkeypatch.setenv(cql.NAME, NAME)
    return made


def test_a_node_is_asked_over_tls(ours: Authority, tmp_path: Path) -> None:
    """By its name, whatever its address."""
    own = ours.issue(tmp_path / "own", NAME)
    with (
        authorities.listening(own, answer=SUPPORTED) as listener,
        cql.Connection(listener.address, port=listener.port) as node,
    ):
        node.options()
    assert len(listener.told) == HEADER


def told(certificate: Path, why: str) -> bytes:
    """What somebody with that certificate learns."""
    with (
        authorities.listening(certificate, answer=SUPPORTED) as listener,
        pytest.raises(ssl.SSLCertVerificationError, match=why),
    ):
        cql.Connection(listener.address, ("admin", "its own"), port=listener.port)
    return bytes(listener.told)


@pytest.mark.usefixtures("ours")
def test_nobody_of_another_authority_is_told_anything(tmp_path: Path) -> None:
    """Whatever name its certificate has."""
    assert told(Authority().issue(tmp_path / "other", NAME), "certificate verify failed") == b""


def test_nobody_with_another_name_is_told_anything(ours: Authority, tmp_path: Path) -> None:
    """Though the authority is ours."""
    assert told(ours.issue(tmp_path / "other", "pebble.security.svc"), "Hostname mismatch") == b""


def test_nobody_whose_certificate_has_ended_is_told_anything(ours: Authority, tmp_path: Path) -> None:
    """Who has kept one from before may not be who had it."""
    ended = ours.issue(tmp_path / "ended", NAME, lives=dt.timedelta(seconds=-1))
    assert told(ended, "certificate has expired") == b""


@pytest.mark.usefixtures("ours")
def test_who_speaks_no_tls_is_told_nothing() -> None:
    """There is no way back to plain words."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        with pytest.raises(TimeoutError):
            cql.Connection("127.0.0.1", ("admin", "its own"), port=server.getsockname()[1], timeout=0.3)
        caller, _ = server.accept()
        with caller:
            assert caller.recv(65536).startswith(HANDSHAKE)
