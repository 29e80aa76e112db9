"""What asks a node over one socket tells its password to that node alone."""

import datetime as dt
import ssl
from pathlib import Path

import authorities
import cql
import pytest
from authorities import Authority

NAME = "cassandra.persistence.svc"
#: A node's answer to OPTIONS: there are none.
SUPPORTED = b"\x84\0\0\0\x06\0\0\0\x02\0\0"


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
    with authorities.listening(ours.issue(tmp_path / "own", NAME), answer=SUPPORTED) as listener:
        with cql.Connection(listener.address, port=listener.port) as node:
            node.options()
    assert len(listener.told) == 9


@pytest.mark.parametrize(
    ("known", "name", "lives", "why"),
    [
        (False, NAME, 60, "unable to get local issuer|self.signed"),
        (True, "pebble.security.svc", 60, "Hostname mismatch"),
        (True, NAME, -1, "expired"),
    ],
    ids=["another authority", "another name", "ended"],
)
def test_nobody_else_is_told_anything(  # noqa: PLR0913 - each is a way to be somebody else
    ours: Authority, tmp_path: Path, known: bool, name: str, lives: int, why: str
) -> None:
    signer = ours if known else Authority()
    certificate = signer.issue(tmp_path / "other", name, lives=dt.timedelta(seconds=lives))
    with authorities.listening(certificate, answer=SUPPORTED) as listener:
        with pytest.raises(ssl.SSLCertVerificationError, match=why):
            cql.Connection(listener.address, ("admin", "its own"), port=listener.port)
    assert listener.told == b""


def test_who_speaks_no_tls_is_told_nothing(ours: Authority) -> None:
    """There is no way back to plain words."""
    with cql.socket.create_server(("127.0.0.1", 0)) as server:
        with pytest.raises(OSError, match="timed out|reset|wrong version"):
            cql.Connection("127.0.0.1", ("admin", "its own"), port=server.getsockname()[1], timeout=0.3)
        caller, _ = server.accept()
        with caller:
            assert b"its own" not in caller.recv(65536)
