"""The series of a record, asked again: a real Prometheus on loopback that holds nothing else."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests

from slaharness import command, paths
from slaharness.cluster.api import Endpoint
from slaharness.errors import CommandFailed, HostTrouble
from slaharness.metrics.prometheus import Prometheus
from slaharness.progress import step
from slaharness.slo.evidence import Series
from slaharness.wait import until

#: Seconds until an empty Prometheus answers.
ANSWERS_WITHIN = 30.0


@contextmanager
def replaying(series: Sequence[Series]) -> Iterator[Prometheus]:
    """A Prometheus that knows ``series`` and no others; gone with the body.

    Raises HostTrouble where there is no Prometheus to run.
    """
    prometheus, promtool = _programs()
    with tempfile.TemporaryDirectory() as made, step("Prometheus: the record's series"):
        folder = Path(made)
        (folder / "series").write_text("".join(_openmetrics(series)))
        (folder / "config.yaml").write_text("{}")
        blocks: list[str | Path] = [
            promtool,
            "tsdb",
            "create-blocks-from",
            "openmetrics",
            folder / "series",
            folder / "data",
        ]
        command.run(blocks, purpose="the record's series", within=120)
        with _running(prometheus, folder) as url, requests.Session() as session:
            session.trust_env = False
            yield Prometheus(Endpoint(url, session))


@contextmanager
def _running(prometheus: Path, folder: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    options = {
        "config.file": folder / "config.yaml",
        "storage.tsdb.path": folder / "data",
        "storage.tsdb.retention.time": "100y",
        "web.listen-address": address,
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [prometheus, *(f"--{name}={value}" for name, value in options.items())], stdout=log, stderr=log
        )
    try:
        until(lambda: _answers(address), within=ANSWERS_WITHIN, every=0.1, what="Prometheus answers")
        yield f"http://{address}"
    finally:
        process.kill()
        process.wait()


def _answers(address: str) -> bool:
    with requests.Session() as session:
        session.trust_env = False
        try:
            return session.get(f"http://{address}/-/ready", timeout=2).ok
        except requests.RequestException:
            return False


def _programs() -> tuple[Path, Path]:
    """Prometheus and its tool: what is installed, or Debian's, unpacked into the cache."""
    unpacked = paths.CACHE / "prometheus"
    places = f"{os.environ.get('PATH', os.defpath)}:{unpacked / 'usr/bin'}"
    if not shutil.which("prometheus", path=places):
        _unpack(unpacked)
    found = [shutil.which(program, path=places) for program in ("prometheus", "promtool")]
    if None in found:
        raise HostTrouble("prometheus and promtool are needed to ask a record again; put them in the PATH")
    return Path(str(found[0])), Path(str(found[1]))


def _unpack(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        command.run(["apt-get", "download", "prometheus"], purpose="Prometheus", within=120, cwd=folder)
        package = next(folder.glob("prometheus_*.deb"))
        command.run(["dpkg", "-x", package, folder], purpose="Prometheus", within=60)
    except (CommandFailed, HostTrouble, StopIteration) as error:
        raise HostTrouble(
            f"prometheus is needed to ask a record again, and cannot be fetched: {error}; put it in the PATH"
        ) from error
    package.unlink()


def _openmetrics(series: Iterable[Series]) -> Iterator[str]:
    """All samples, each series in one piece, in the order of time."""
    for one in series:
        name = one.labels.get("__name__", "unnamed")
        labels = ",".join(
            f'{key}="{_escaped(value)}"' for key, value in one.labels.items() if key != "__name__"
        )
        for at, value in one.samples:
            yield f"{name}{{{labels}}} {value!r} {at:.3f}\n"
    yield "# EOF\n"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
