"""Nobody but the object store is told anything: real TLS, whoever writes and reads the lake, no store."""

import datetime as dt
import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import authorities
import pytest
from authorities import Authority
from parts import IMAGES

sys.path[:0] = [str(IMAGES / name) for name in ("lake", "readback")]

ADDRESS, TABLE = "127.0.0.1", "s3://lake/readings"
#: What whoever is believed answers, and what clients say of it, and of all others.
REFUSED, TROUBLE = b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", r"object store|reading s3"
#: Whoever has an account of the store, told where it is.
Client = Callable[[str], None]


def sink(url: str) -> None:
    from lake import __main__ as start  # noqa: PLC0415 - found only now

    start.Table(TABLE, start.store(url), []).ready()


def readback(url: str) -> None:
    start = importlib.import_module("readback.__main__")
    start.lake.readings(TABLE, start.store(url))


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """The authority that clients are told of, as their pods have it."""
    (tmp_path / "authority").mkdir()
    (tmp_path / "authority/ca.crt").write_text((made := Authority()).certificate())
    said = {
        "SSL_CERT_FILE": str(tmp_path / "authority/ca.crt"),
        "SSL_CERT_DIR": str(tmp_path / "authority"),
        "AWS_ACCESS_KEY_ID": "the-account",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture(params=[sink, readback], ids=lambda one: one.__name__)
def client(request: pytest.FixtureRequest) -> Client:
    return request.param  # type: ignore[no-any-return]


def told(client: Client, certificate: Path) -> bytes:
    """What somebody with ``certificate`` hears in the store's place."""
    with authorities.listening(certificate, ADDRESS, REFUSED) as listener:
        with pytest.raises(Exception, match=TROUBLE):
            client(f"https://{ADDRESS}:{listener.port}")
        assert listener.told or listener.refusals
        return bytes(listener.told)


def test_nobody_of_another_authority_is_told_anything(client, ours, tmp_path):
    """Whatever name its certificate has."""
    assert told(client, Authority("another").issue(tmp_path / "other", ADDRESS)) == b""


def test_nobody_with_another_name_is_told_anything(client, ours, tmp_path):
    """A part of the stack has a certificate of the same authority, and is not the store for that."""
    assert told(client, ours.issue(tmp_path / "other", "pulsar.streaming.svc")) == b""


def test_nobody_whose_certificate_has_ended_is_told_anything(client, ours, tmp_path):
    ended = ours.issue(tmp_path / "ended", ADDRESS, lives=dt.timedelta(seconds=-1))
    assert told(client, ended) == b""


def test_the_store_is_told_who_asks(client, ours, tmp_path):
    """Else nothing above would show anything."""
    assert b"the-account" in told(client, ours.issue(tmp_path / "own", ADDRESS))


def test_another_authority_is_believed_once_it_is_there(client, ours, tmp_path):
    """As a kubelet exchanges the file, without a restart."""
    certificate = (other := Authority("another")).issue(tmp_path / "other", ADDRESS)
    with authorities.listening(certificate, ADDRESS, REFUSED) as listener:
        for authority, right in ((ours, False), (other, True)):
            (tmp_path / "authority/ca.crt").write_text(authority.certificate())
            with pytest.raises(Exception, match=TROUBLE):
                client(f"https://{ADDRESS}:{listener.port}")
            assert bool(listener.told) is right
