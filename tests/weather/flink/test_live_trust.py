"""Flink's job tells nobody but Pulsar its token: its own source and sink, the real connector, no Pulsar."""

import subprocess
from pathlib import Path

import authorities
import flinkside
import pytest
from authorities import Authority

pytestmark = [pytest.mark.live, pytest.mark.nightly]

ADDRESS = "127.31.9.9"
TOKEN = "the-token"  # noqa: S105 - of nobody's


@pytest.fixture(scope="module")
def classpath(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of the image, and beside it what speaks as the job does."""
    folder = tmp_path_factory.mktemp("trust")
    flinkside.image(folder)
    path = f"{folder / 'flink/classes'}:{folder / 'flink/lib'}/*"
    source = Path(__file__).with_name("Told.java")
    subprocess.run(["javac", "-d", folder / "flink/classes", "-cp", path, source], check=True)
    return path


def told(classpath: str, ours: Authority, certificate: Path, folder: Path) -> bytes:
    """What somebody with ``certificate`` hears in Pulsar's place."""
    (folder / "token").write_text(TOKEN)
    (folder / "ca.crt").write_text(ours.certificate())
    with authorities.listening(certificate, ADDRESS) as listener:
        words = [f"pulsar+ssl://{ADDRESS}:{listener.port}", str(folder / "ca.crt"), str(folder / "token")]
        command = ["java", "-cp", classpath, "weather.alerts.Told", *words]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        assert len(said.splitlines()) == 2, said  # neither got anywhere
        return bytes(listener.told)


def test_pulsar_is_told_the_token(classpath: str, tmp_path: Path) -> None:
    """Else nothing below would show anything."""
    ours = Authority()
    said = told(classpath, ours, ours.issue(tmp_path / "own", ADDRESS), tmp_path)
    assert said.count(TOKEN.encode()) >= 2


def test_nobody_of_another_authority_is_told_anything(classpath: str, tmp_path: Path) -> None:
    """Whatever name its certificate has."""
    other = Authority().issue(tmp_path / "other", ADDRESS)
    assert told(classpath, Authority(), other, tmp_path) == b""


def test_nobody_with_another_name_is_told_anything(classpath: str, tmp_path: Path) -> None:
    """A part of the stack has a certificate of the same authority, and is not Pulsar for that."""
    ours = Authority()
    assert told(classpath, ours, ours.issue(tmp_path / "other", "pebble.security.svc"), tmp_path) == b""
