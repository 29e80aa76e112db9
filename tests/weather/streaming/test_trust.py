"""Nobody but Pulsar is told a token: real TLS, each Python client as its part opens it, no Pulsar."""

import asyncio
import datetime as dt
import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import authorities
import pytest
from authorities import Authority
from parts import IMAGES
from weather.settings import Settings

from weather.notify import topic as notified

sys.path[:0] = [str(IMAGES / name) for name in ("lake", "readback")]

ADDRESS, TOPIC = "127.0.0.1", "persistent://weather/stream/readings"
#: A client: the address of Pulsar, a token's file, an authority's.
Client = Callable[[str, Path, Path], None]


def sink(url: str, token: Path, authority: Path) -> None:
    from lake import topic  # noqa: PLC0415 - found only now

    client = topic.connected(url, token, str(authority))
    try:
        topic.Topic.opened(client, TOPIC, "lake")
    finally:
        client.close()


def readback(url: str, token: Path, authority: Path) -> None:
    from readback import topic  # noqa: PLC0415 - found only now

    with topic.connected(url, token, str(authority)) as client:
        next(topic.messages(client, TOPIC))


def notify(url: str, token: Path, authority: Path) -> None:
    async def opened() -> None:
        said = Settings(pulsar=url, pulsar_token=str(token), pulsar_authority=str(authority), alerts=TOPIC)
        async with notified.opened(said):
            raise AssertionError("opened")

    asyncio.run(opened())


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    """The authority that clients are told of, by the file ``ca.crt``."""
    made = Authority()
    (tmp_path / "ca.crt").write_text(made.certificate())
    return made


@pytest.fixture(params=[sink, readback, notify], ids=lambda one: one.__name__)
def client(request: pytest.FixtureRequest) -> Client:
    return request.param  # type: ignore[no-any-return]


def told(client: Client, certificate: Path, folder: Path, answer: bytes = b"") -> bytes:
    """What somebody with ``certificate`` hears in Pulsar's place."""
    (token := folder / "token").write_text("the-token")
    with authorities.listening(certificate, ADDRESS, answer) as listener:
        with pytest.raises(Exception, match=r"(?i)error|timeout"):
            client(f"pulsar+ssl://{ADDRESS}:{listener.port}", token, folder / "ca.crt")
        return bytes(listener.told)


def test_nobody_of_another_authority_is_told_anything(client, ours, tmp_path):
    """Whatever name its certificate has."""
    assert told(client, Authority().issue(tmp_path / "other", ADDRESS), tmp_path) == b""


def test_nobody_with_another_name_is_told_anything(client, ours, tmp_path):
    """A part of the stack has a certificate of the same authority, and is not Pulsar for that."""
    other = ours.issue(tmp_path / "other", "cassandra.persistence.svc")
    assert told(client, other, tmp_path) == b""


def test_nobody_whose_certificate_has_ended_is_told_anything(client, ours, tmp_path):
    ended = ours.issue(tmp_path / "ended", ADDRESS, lives=dt.timedelta(seconds=-1))
    assert told(client, ended, tmp_path) == b""


def test_pulsar_is_told_the_token(ours, tmp_path, monkeypatch):
    """Else nothing above would show anything."""
    monkeypatch.setattr(importlib.import_module("lake.topic"), "TAKES", 1)  # s; it is no word of Pulsar's
    said = told(sink, ours.issue(tmp_path / "own", ADDRESS), tmp_path, b"hello")
    assert b"the-token" in said
