"""Flink's real parts tell nobody but Pulsar a token, and nobody but the object store an account."""

import os
import subprocess
from pathlib import Path

import authorities
import flinkside
import pytest
from authorities import Authority

pytestmark = [pytest.mark.live, pytest.mark.nightly]

ADDRESS = "127.31.9.9"
REFUSED = b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"
TOKEN = "the-token"  # noqa: S105 - of nobody's


@pytest.fixture(scope="module")
def classpath(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of the image, and beside it what speaks as the job does."""
    folder = tmp_path_factory.mktemp("trust")
    flinkside.image(folder)
    path = f"{folder / 'flink/classes'}:{folder / 'flink/lib'}/*"
    sources = [Path(__file__).with_name(name) for name in ("Told.java", "Stored.java")]
    subprocess.run(["javac", "-d", folder / "flink/classes", "-cp", path, *sources], check=True)
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


def kept(classpath: str, ours: Authority, certificate: Path, folder: Path) -> bytes:
    """What somebody with ``certificate`` hears in the place of the store, where check-points go."""
    (folder / "truststore.p12").write_bytes(ours.for_java(flinkside.PASSWORD))
    with authorities.listening(certificate, ADDRESS, REFUSED) as listener:
        image = Path(classpath.split(":", maxsplit=1)[0]).parent
        (folder / "config.yaml").write_text(
            (image / "config.yaml").read_text() + f'\ns3.endpoint: "https://{ADDRESS}:{listener.port}"\n'
            "s3.access-key: the-account\ns3.secret-key: secret\n"
        )
        said = {
            "FLINK_PLUGINS_DIR": str(image / "plugins"),
            "JDK_JAVA_OPTIONS": flinkside.java_options(folder / "truststore.p12"),
        }
        trouble = subprocess.run(
            ["java", "-cp", classpath, "weather.alerts.Stored", str(folder), "s3://flink/ha"],
            check=True, capture_output=True, env=os.environ | said,
        ).stdout  # fmt: skip
        assert trouble
        assert listener.calls
        return bytes(listener.told)


def test_the_store_is_told_who_asks(classpath: str, tmp_path: Path) -> None:
    """Else nothing below would show anything."""
    ours = Authority()
    assert b"the-account" in kept(classpath, ours, ours.issue(tmp_path / "own", ADDRESS), tmp_path)


@pytest.mark.parametrize("of", ["another authority", "ours, for another name"])
def test_nobody_else_is_told_anything_in_the_stores_place(classpath: str, tmp_path: Path, of: str) -> None:
    ours = Authority()
    somebody, name = (Authority(), ADDRESS) if "authority" in of else (ours, "pulsar.streaming.svc")
    assert kept(classpath, ours, somebody.issue(tmp_path / "other", name), tmp_path) == b""
