"""A real ring of three that speaks TLS alone, to its clients and among its nodes."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import cql
import database
import pytest
from authorities import Authority
from logins import ANSWER, SOON, ask, connected
from parts import Part
from weather.model import Consistency
from weather.trust import Verifying

from slaharness.host import wait
from weather import readings, statements

pytestmark = [pytest.mark.live, pytest.mark.nightly]

THREE = ("127.31.46.1", "127.31.46.2", "127.31.46.3")
STORAGE = 7000


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a node is given: for clients by one authority, for nodes by one of the ring's own."""
    folder = tmp_path_factory.mktemp("certificates")
    Authority("weather").issue(folder / "clients", database.NAME)
    Authority("ring").issue(folder / "nodes", "ring-node")
    return folder


@pytest.fixture(scope="module")
def _trusting(certificates: Path) -> Iterator[None]:
    """What asks nodes here verifies them as in their pods."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in database.secured(certificates).items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def ring(
    certificates: Path, _trusting: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Part]]:
    """Three nodes, started at once, ready by their own probe."""
    folder = tmp_path_factory.mktemp("ring")
    parts = []
    for number, address in enumerate(THREE):
        (own := folder / f"{number}").mkdir()
        parts.append(database.node(own, address, ring=THREE, certificates=certificates))
    try:
        for part in parts:
            part.launch()
        for part in parts:
            wait.until(part.answers, within=SOON, every=0.5, what=f"{part.log.parent.name} is ready")
        database.tables(THREE[0], copies=3)
        yield parts
    finally:
        for part in parts:
            part.kill()


@pytest.mark.usefixtures("ring")
def test_a_service_reads_and_writes_at_a_quorum(certificates: Path) -> None:
    """Through the driver, which finds the other two by itself and verifies each by the one name."""
    context = Verifying(certificates / "clients/ca.crt", database.NAME)
    with connected(readings, THREE[0], tls=context) as connection:
        wait.until(lambda: connection.up() == 3, within=SOON, every=0.5, what="all nodes are known")
        asyncio.run(_ask(connection))


async def _ask(connection: object) -> None:
    await connection.execute(statements.PROBE, (), Consistency.LOCAL_QUORUM, ANSWER)  # type: ignore[attr-defined]


@pytest.mark.usefixtures("ring")
def test_who_speaks_no_tls_is_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even who has a role and its password."""
    monkeypatch.delenv(cql.AUTHORITY)
    with pytest.raises(OSError, match=r"closed the connection|reset|timed out"):
        ask(THREE[0], "readings", "SELECT * FROM weather.readings")


@pytest.mark.usefixtures("ring")
@pytest.mark.parametrize("shown", ["nothing", "a client's", "another ring's"])
def test_who_has_no_certificate_of_the_ring_is_no_node(
    certificates: Path, tmp_path: Path, shown: str
) -> None:
    """The handshake ends there; a node is heard."""
    other = Authority("ring").issue(tmp_path / "other", "ring-node")
    shows = {"nothing": None, "a client's": certificates / "clients", "another ring's": other}[shown]
    assert not _heard(certificates, shows)
    assert _heard(certificates, certificates / "nodes")


def _heard(certificates: Path, shows: Path | None) -> bool:
    """Whether a node listens on to who calls with that certificate, until it is told what is no word."""
    context = ssl.create_default_context(cafile=certificates / "nodes/ca.crt")
    context.check_hostname = False
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # where the handshake says whether it was believed
    if shows:
        context.load_cert_chain(shows / "tls.crt", shows / "tls.key")
    try:
        with socket.create_connection((THREE[0], STORAGE), ANSWER) as plain:
            context.wrap_socket(plain).close()
    except (ssl.SSLError, ConnectionError):
        return False
    return True


@pytest.mark.usefixtures("ring")
def test_nodes_hear_nothing_plain() -> None:
    """Who speaks as a node without TLS is hung up on."""
    hello = b"\xca\x55\x2d\xfa" + bytes(16)
    with socket.create_connection((THREE[0], STORAGE), ANSWER) as plain:
        plain.sendall(hello)
        assert not plain.recv(1).strip(b"\x15")  # nothing, or TLS's own word for "what?"


def test_a_killed_node_comes_back(ring: list[Part], certificates: Path) -> None:
    """And is used again, verified anew."""
    context = Verifying(certificates / "clients/ca.crt", database.NAME)
    with connected(readings, *THREE, tls=context) as connection:
        ring[2].kill()
        wait.until(lambda: connection.up() < 3, within=SOON, every=0.5, what="the driver has noticed")
        ring[2].start()
        wait.until(lambda: connection.up() == 3, within=SOON, every=0.5, what="the driver is back")
