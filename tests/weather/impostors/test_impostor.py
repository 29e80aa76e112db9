"""An impostor counts everybody who is taken in, and nobody else; the mutants are, each by its own."""

import datetime as dt
import runpy
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import impostor
import pytest
from authorities import Authority
from parts import WEATHER
from prometheus_client import REGISTRY
from weather.driver import Ring, Trouble
from weather.trust import Verifying

from slaharness.host import wait
from weather import __main__ as service
from weather import database

NAME = "cassandra.persistence.svc"


@dataclass(frozen=True)
class Seen:
    """What an impostor has counted."""

    refused: float
    told: float
    bytes: float
    passwords: float

    @classmethod
    def now(cls) -> "Seen":
        names = ("impostor_told_bytes_total", "impostor_passwords_total")
        calls = [
            REGISTRY.get_sample_value("impostor_calls_total", {"outcome": one}) for one in ("refused", "told")
        ]
        return cls(*(each or 0.0 for each in [*calls, *map(REGISTRY.get_sample_value, names)]))

    def since(self, before: "Seen") -> "Seen":
        return Seen(
            self.refused - before.refused,
            self.told - before.told,
            self.bytes - before.bytes,
            self.passwords - before.passwords,
        )


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    made = Authority()
    (tmp_path / "ca.crt").write_text(made.certificate())
    return made


@pytest.fixture
def stranger(ours: Authority, tmp_path: Path) -> Path:
    """What somebody of another authority shows, which calls itself as ours does."""
    return Authority(ours.name).issue(tmp_path / "stranger", NAME)


@pytest.fixture
def ended(ours: Authority, tmp_path: Path) -> Path:
    """What the database showed once."""
    return ours.issue(tmp_path / "ended", NAME, lives=dt.timedelta(seconds=-1))


@contextmanager
def standing(certificate: Path) -> Iterator[tuple[str, int]]:
    """An impostor with that certificate, at an address."""
    server = impostor.served(("127.0.0.1", 0), impostor.presented(certificate))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_address[:2]  # type: ignore[misc]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def told(certificate: Path, tls: Any, counted: int = 1) -> Seen:
    """What an impostor learns of a service that connects with ``tls``."""
    before = Seen.now()
    with standing(certificate) as (address, port), pytest.raises(Trouble):
        Ring([address], port, "weather", [], 5.0, login=("readings", "its own"), tls=tls)
    learnt = wait.until(
        lambda: (seen := Seen.now().since(before)).refused + seen.told >= counted and seen,
        within=10,
        every=0.05,
        what="the call is counted",
    )
    assert isinstance(learnt, Seen)
    return learnt


@pytest.mark.parametrize("shown", ["stranger", "ended"])
def test_a_service_that_verifies_tells_nothing(shown, tmp_path, request):
    """It is counted as one who called: an impostor whom nobody finds proves nothing."""
    seen = told(request.getfixturevalue(shown), Verifying(tmp_path / "ca.crt", NAME))
    assert (seen.refused >= 1, seen.told, seen.bytes, seen.passwords) == (True, 0, 0, 0)


@pytest.mark.parametrize("shown", ["stranger", "ended"])
def test_whoever_believes_anybody_is_heard_out(shown, tmp_path, request, monkeypatch):
    """Down to the password: it is asked for as a node asks."""
    mutant = mutated("readings-believe-anybody", monkeypatch)
    seen = told(request.getfixturevalue(shown), mutant(tmp_path / "ca.crt", NAME))
    assert seen.told >= 1
    assert seen.passwords >= 1
    assert seen.bytes > len("readings" + "its own")


def test_whoever_believes_the_ended_tells_those_and_no_strangers(stranger, ended, tmp_path, monkeypatch):
    context = mutated("readings-believe-the-ended", monkeypatch)(tmp_path / "ca.crt", NAME)
    assert told(ended, context).passwords >= 1
    assert told(stranger, context).told == 0


def mutated(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Whom its service verifies by."""
    monkeypatch.setattr(service, "main", lambda: None)
    monkeypatch.setattr(database, "Verifying", Verifying)
    runpy.run_path(str(WEATHER / "mutants" / name / "service.py"))
    return database.Verifying


def test_who_speaks_plainly_has_told_everything(stranger):
    """Without TLS there is nobody to verify."""
    assert told(stranger, None).passwords >= 1


def test_who_only_looks_whether_somebody_listens_has_not_called(stranger):
    """Services do, each second, before they connect."""
    before = Seen.now()
    with standing(stranger) as address:
        socket.create_connection(address, 5).close()
        with socket.create_connection(address, 5) as begun:  # one who does call, and is counted after it
            begun.sendall(impostor.HANDSHAKE)
        wait.until(lambda: Seen.now() != before, within=5, every=0.05, what="that one is counted")
    assert Seen.now().since(before) == Seen(refused=1, told=0, bytes=0, passwords=0)


def test_nobody_is_an_impostor_whom_clients_rightly_believe(ours, stranger, ended, tmp_path):
    """One with a certificate that is good would be the database."""
    good = ours.issue(tmp_path / "good", NAME)
    other = ours.issue(tmp_path / "other", "pebble.security.svc")
    authority = tmp_path / "ca.crt"
    answers = [
        impostor.believed(impostor.presented(one), authority, NAME) for one in (good, other, stranger, ended)
    ]
    assert answers == [True, False, False, False]
