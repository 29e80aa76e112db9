"""The object store by HTTPS alone, as its image serves it: real versitygw and real clients."""

import os
import signal
import socket
import ssl
import time
from pathlib import Path

import authorities
import parts
import pytest
from authorities import Authority
from lake.table import Table
from lake.words import Word

from slaharness.errors import CommandFailed
from slaharness.host import wait

pytestmark = [pytest.mark.live, pytest.mark.nightly]

STORE, SOMEBODY = "127.31.8.13", "127.31.8.19"
#: Seconds for what was changed to be seen on a busy machine.
SOON = 60.0


@pytest.fixture(scope="module")
def ours() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def folder(tmp_path_factory, ours):
    """With what the store shows in ``tls``."""
    made = tmp_path_factory.mktemp("store")
    ours.issue(made / "tls", STORE)
    return made


@pytest.fixture(scope="module")
def store(folder):
    part = parts.store(folder, STORE, folder / "tls")
    with pytest.MonkeyPatch.context() as environment:
        for name, value in parts.believing(folder / "tls/ca.crt").items():
            environment.setenv(name, value)
        try:
            part.start()
            parts.accounts(folder, STORE, "lake:readback", authority=folder / "tls/ca.crt")
            yield part
        finally:
            part.kill()


def lake() -> Table:
    from lake import __main__ as start  # noqa: PLC0415 - beside the others that have such a module

    account = {"AWS_ACCESS_KEY_ID": "lake", "AWS_SECRET_ACCESS_KEY": "lake-secret"}
    return Table("s3://lake/readings", start.store(f"https://{STORE}:7070") | account, [])


def kept(table: Table) -> None:
    at = time.time_ns() // 1_000_000
    table.keep([Word("north-1", at, f"id-{at}", 1.5, at * 1000, deleted=False)], at)


def shown() -> str:
    return ssl.get_server_certificate((STORE, 7070), timeout=SOON)


def exchanged(into: Path, made: Path) -> None:
    """As a kubelet does it: both files at once."""
    for name in ("tls.crt", "tls.key"):
        (into / f"{name}.new").write_bytes((made / name).read_bytes())
    for name in ("tls.crt", "tls.key"):
        (into / f"{name}.new").replace(into / name)


def test_a_renewed_certificate_is_shown_without_an_outage(store, folder, ours, tmp_path):
    """Whoever keeps readings meanwhile is not refused once, and the process is the same."""
    before, table = shown(), lake()
    exchanged(folder / "tls", ours.issue(tmp_path / "new", STORE))
    process, ends = store.process, time.monotonic() + SOON
    while shown() == before and time.monotonic() < ends:
        kept(table)
    assert shown() != before
    kept(table)
    assert store.process is process
    assert store.answers()


def test_a_certificate_that_does_not_fit_its_key_is_passed_over(store, folder, ours, tmp_path):
    """The one before goes on, and that which fits counts."""
    before = shown()
    new = ours.issue(tmp_path / "new", STORE)
    (folder / "tls/tls.crt").write_bytes((new / "tls.crt").read_bytes())
    wait.until(lambda: "cert reload failed" in store.log.read_text(), within=SOON, what="it was refused")
    assert shown() == before
    kept(lake())
    (folder / "tls/tls.key").write_bytes((new / "tls.key").read_bytes())
    wait.until(lambda: shown() != before, within=SOON, what="the store shows the new one")


def test_nobody_is_served_who_speaks_plainly(store):
    with socket.create_connection((STORE, 7070), SOON) as plain:
        plain.sendall(b"GET /health HTTP/1.0\r\n\r\n")
        assert not plain.recv(100).startswith(b"HTTP/1.1 200")


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("authority", "name"), [(Authority("another"), SOMEBODY), (None, "pulsar.streaming.svc")],
    ids=["of another authority", "with another name"],
)  # fmt: skip
def test_whoever_makes_accounts_tells_nobody_but_the_store(authority, name, folder, ours, tmp_path):
    """The Job's own script: it asks again until it is the store."""
    somebody = (authority or ours).issue(tmp_path / "somebody", name)
    with authorities.listening(somebody, SOMEBODY, port=7070) as listener:
        with pytest.raises(CommandFailed):
            parts.accounts(folder, SOMEBODY, "more", authority=folder / "tls/ca.crt", within=8)
        assert listener.refusals
        assert listener.told == b""


def test_it_ends_at_once_when_it_is_told_to(store):
    """As a pod is, by its first process: what it does is finished, and nothing is left of it."""
    os.kill(store.process.pid, signal.SIGTERM)
    assert store.process.wait(SOON) == 0
    store.start()
