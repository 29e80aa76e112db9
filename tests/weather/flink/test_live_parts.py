"""Both parts of Flink hear each other, over TLS, and nobody else."""

import socket
import ssl
from pathlib import Path

import pytest
from authorities import Authority
from flinkside import MASTER, WORKER

pytestmark = [pytest.mark.live, pytest.mark.nightly]

#: Where calls and jobs' files come in at a JobManager, and calls at a TaskManager.
PORTS = [(MASTER, 6123), (MASTER, 6124), (WORKER, 6122)]
SOON = 60.0


def heard(address: str, port: int, shown: Path | None) -> bool:
    """Whether who shows the certificate in a folder, or none, is let in by one of theirs."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # in which a refusal is a part of the handshake
    if shown:
        context.load_cert_chain(shown / "tls.crt", shown / "tls.key")
    with socket.create_connection((address, port), SOON) as plain:
        try:
            with context.wrap_socket(plain) as secured:
                return secured.version() is not None
        except ssl.SSLError:
            return False


@pytest.mark.parametrize(("address", "port"), PORTS)
def test_who_has_no_certificate_of_theirs_is_not_heard(rig, address, port, tmp_path):
    """Nor one of another authority that calls itself as theirs does, though it verifies nobody itself."""
    rig.runs()
    assert heard(address, port, rig.folder / "parts")
    assert not heard(address, port, None)
    assert not heard(address, port, Authority("flink").issue(tmp_path / "other"))


@pytest.mark.parametrize(("address", "port"), PORTS)
def test_a_plain_word_has_no_answer(rig, address, port):
    rig.runs()
    with socket.create_connection((address, port), SOON) as plain:
        plain.sendall(bytes(64))
        plain.shutdown(socket.SHUT_WR)
        assert plain.recv(1) in {b"", b"\x15"}  # nothing, or TLS' own word for "what?"


def test_the_job_judges(rig):
    """Over what they tell each other so."""
    rig.passed("early")
