"""Real Cassandra, Pulsar and what reads the one into the other, over TLS alone, as processes on loopback."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import database
import parts
import pytest
import yaml
from authorities import Authority
from parts import START, TOPIC, WEATHER, Part, asked, healthy, made

from slaharness.host import wait

sys.path.insert(0, str(Path(__file__).parents[3] / "weather" / "images" / "readback"))

import cql

NODE, BROKER = "127.31.7.1", "127.31.7.2"
#: So much is captured and not told before writes are refused: a disk that is soon full.
SPACE = "-Dcassandra.settings.cdc_total_space=8MiB"


def tables() -> str:
    """Which tables the sidecar is told to follow where it is deployed."""
    patch = yaml.safe_load((WEATHER / "deploy" / "base" / "cdc" / "sidecar.yaml").read_text())
    containers = patch["spec"]["template"]["spec"]["containers"]
    sidecar = next(one for one in containers if one["name"] == "cdc")
    return next(str(one["value"]) for one in sidecar["env"] if one["name"] == "TABLES")


@dataclass
class Rig:
    """The three of them, and what was acknowledged to whoever wrote."""

    folder: Path
    cassandra: Part
    pulsar: Part
    cdc: Part
    #: Who signs what the first two show to others.
    weather: Authority
    acknowledged: list[str] = field(default_factory=list)
    #: Whom limits are of, each one's own.
    limited: list[str] = field(default_factory=list)

    def write(self, key: str, at: int) -> None:
        """One reading."""
        self.run(
            "INSERT INTO weather.readings (station, day, at, id, temperature)"  # noqa: S608 - our own words
            f" VALUES ('s', '2026-11-27', {at}, {key}, 1.5) USING TIMESTAMP {at * 1000}"
        )
        self.acknowledged.append(key)

    def limit(self, user: str, high: float | None, low: float | None, written: int) -> None:
        """One user's limits, as the service sets them."""
        sides = ", ".join("null" if side is None else str(side) for side in (high, low))
        self.run(
            "INSERT INTO weather.alert_limits (station, user, high, low)"  # noqa: S608 - our own words
            f" VALUES ('s', '{user}', {sides}) USING TIMESTAMP {written}"
        )
        self.limited.append(user)

    def run(self, text: str) -> None:
        """Again and again until it is acknowledged."""

        def written() -> bool:
            try:
                with cql.Connection(NODE, database.login("admin")) as node:
                    node.run(text)
            except (OSError, cql.Refused):
                return False
            return True

        wait.until(written, within=START, every=0.2, what="a write is acknowledged")

    def tables(self) -> None:
        """Make those that are not there."""
        database.tables(NODE, "base/cdc/cdc.cql")

    def metric(self, name: str) -> float:
        lines = asked(f"http://{NODE}:8780/metrics").splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))

    def messages(self, name: str = TOPIC) -> list[dict[str, Any]]:
        """Everything in the topic, in its order, read as the stack's own read-back does."""
        from readback import topic  # noqa: PLC0415 - needs Pulsar's client, and most tests do not

        token, authority = self.folder / "tokens" / "readback", str(self.folder / "pulsar-tls" / "ca.crt")
        with topic.connected(f"pulsar+ssl://{BROKER}:6651", token, authority) as client:
            return [json.loads(one.content) for one in topic.messages(client, name)]


def certificates(folder: Path, weather: Authority) -> Path:
    """Of one authority for both, and one of the ring's own; where Pulsar's is."""
    weather.issue(folder / "cassandra-tls" / "clients", database.NAME)
    Authority("ring").issue(folder / "cassandra-tls" / "nodes", "ring-node")
    return weather.issue(folder / "pulsar-tls", BROKER)


@pytest.fixture(scope="session")
def _trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The rig's folder; what asks the node here verifies it as in its pod."""
    folder = tmp_path_factory.mktemp("streaming")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in database.secured(folder / "cassandra-tls").items():
            patch.setenv(name, value)
        yield folder


@pytest.fixture(scope="session")
def rig(_trusting: Path) -> Iterator[Rig]:
    folder = _trusting
    shown = certificates(folder, weather := Authority())
    cassandra = database.node(folder, NODE, SPACE, certificates=folder / "cassandra-tls")
    node, reader = folder / "cassandra", made("cdc", folder)
    (reader / "conf").symlink_to(reader)
    compiled(reader, node)
    keys = parts.keys(folder)
    rig = Rig(
        folder,
        cassandra=cassandra,
        pulsar=parts.broker(folder, keys, BROKER, shown),
        cdc=Part(
            ["sh", str(reader / "start")],
            {"IMAGE": str(reader), "NODE": str(node), "POD_NAME": "cassandra-0", "POD_IP": NODE,
             "PORT": "8780", "DATA": str(folder / "data"), "POSITIONS": str(folder / "data/cdc/positions"),
             "PULSAR": f"pulsar+ssl://{BROKER}:6651", "PULSAR_AUTHORITY": str(shown / "ca.crt"),
             "TABLES": tables(), "TOKEN": str(keys / "cdc"), "ROLE_cdc": database.login("cdc")[1],
             **database.secured(folder / "cassandra-tls")},
            folder / "cdc.log", healthy(f"http://{NODE}:8780/ready"),
        ),
        weather=weather,
    )  # fmt: skip
    try:
        rig.pulsar.start()
        parts.topics(keys, BROKER, shown / "ca.crt")
        rig.cassandra.start()
        rig.tables()
        rig.cdc.start()
        yield rig
    finally:
        for part in (rig.cdc, rig.cassandra, rig.pulsar):
            part.kill()


def compiled(reader: Path, node: Path) -> None:
    """As the image's build does it."""
    sources = [str(file) for file in (reader / "java").rglob("*.java")]
    jars = f"{node / 'lib'}/*:{reader / 'lib'}/*"
    lint = "-Xlint:all,-path,-processing,-classfile"
    command = ["javac", lint, "-Werror", "-d", str(reader / "classes"), "-cp", jars, *sources]
    subprocess.run(command, check=True)
