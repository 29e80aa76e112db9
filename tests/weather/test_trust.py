"""A service tells nobody but the database who it is: real TLS, the real driver, no Cassandra."""

import datetime as dt
import os
from pathlib import Path

import authorities
import pytest
from authorities import Authority
from weather.driver import Ring, Trouble
from weather.trust import Verifying

NAME = "cassandra.persistence.svc"
WITHIN = 5.0


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    """The authority that services are told of, by the file ``ca.crt``."""
    made = Authority()
    (tmp_path / "ca.crt").write_text(made.certificate())
    return made


def connect(listener: authorities.Listener, trusted: Path, name: str = NAME) -> None:
    """As a service does."""
    login = ("readings", "its own")
    Ring([listener.address], listener.port, "weather", [], WITHIN, login=login, tls=Verifying(trusted, name))


def refused(certificate: Path, trusted: Path) -> tuple[bytes, str]:
    """What somebody with ``certificate`` was told, and why not more."""
    with authorities.listening(certificate) as listener, pytest.raises(Trouble) as failed:
        connect(listener, trusted)
    return bytes(listener.told), str(failed.value)


def test_nobody_of_another_authority_is_told_anything(ours, tmp_path):
    """Whatever name its certificate has."""
    told, why = refused(Authority().issue(tmp_path / "other", NAME), tmp_path / "ca.crt")
    assert told == b""
    assert "certificate verify failed" in why


def test_nobody_whose_certificate_has_ended_is_told_anything(ours, tmp_path):
    ended = ours.issue(tmp_path / "ended", NAME, lives=dt.timedelta(seconds=-1))
    told, why = refused(ended, tmp_path / "ca.crt")
    assert told == b""
    assert "certificate has expired" in why


def test_nobody_with_another_name_is_told_anything(ours, tmp_path):
    """A part of the stack has a certificate of the same authority, and is not the database for that."""
    told, why = refused(ours.issue(tmp_path / "other", "pebble.security.svc"), tmp_path / "ca.crt")
    assert told == b""
    assert "Hostname mismatch" in why


def test_the_database_is_asked_whatever_its_address(ours, tmp_path):
    """Pods change their addresses; the name in the certificate is that of all nodes."""
    with authorities.listening(ours.issue(tmp_path / "own", NAME)) as listener, pytest.raises(Trouble):
        connect(listener, tmp_path / "ca.crt")  # it hangs up on being asked
    assert listener.told != b""


def test_an_authority_that_is_new_is_known_by_the_next_connection(ours, tmp_path):
    """Its file changes while services run; none has to be started anew for it."""
    (trusted := tmp_path / "trusted").write_text(Authority().certificate())
    context = Verifying(trusted, NAME)
    with authorities.listening(ours.issue(tmp_path / "own", NAME)) as listener:

        def ask() -> None:
            Ring([listener.address], listener.port, "weather", [], WITHIN, login=("r", "p"), tls=context)

        with pytest.raises(Trouble, match="certificate verify failed"):
            ask()
        trusted.write_text(ours.certificate())
        os.utime(trusted, ns=(1, 1))
        with pytest.raises(Trouble):
            ask()
    assert listener.told != b""
