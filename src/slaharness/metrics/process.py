"""A Prometheus process of our own, on loopback: the program on this machine, or Debian's, fetched for us."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

from slaharness.errors import CommandFailed, HostTrouble
from slaharness.host import command, paths


def programs() -> tuple[Path, Path]:
    """Prometheus and its tool: what is installed, or Debian's, unpacked into the cache; nothing is installed.

    Raises HostTrouble where neither can be had.
    """
    unpacked = paths.CACHE / "prometheus"
    places = f"{os.environ.get('PATH', os.defpath)}:{unpacked / 'usr/bin'}"
    if not shutil.which("prometheus", path=places):
        _unpack(unpacked)
    found = [shutil.which(program, path=places) for program in ("prometheus", "promtool")]
    if None in found:
        raise HostTrouble("prometheus and promtool are needed; put them in the PATH")
    return Path(str(found[0])), Path(str(found[1]))


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def launch(folder: Path, port: int) -> "subprocess.Popen[bytes]":
    """Start Prometheus with ``config.yaml`` of ``folder`` and its data there; killing it is the caller's."""
    options = {
        "config.file": folder / "config.yaml",
        "storage.tsdb.path": folder / "data",
        # The default would drop an old record's series.
        "storage.tsdb.retention.time": "100y",
        "web.listen-address": f"127.0.0.1:{port}",
        "log.level": "warn",
    }
    words: list[str | Path] = [programs()[0], *(f"--{name}={value}" for name, value in options.items())]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(words, stdout=log, stderr=log)


def _unpack(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        command.run(["apt-get", "download", "prometheus"], purpose="Prometheus", within=120, cwd=folder)
        package = next(folder.glob("prometheus_*.deb"))
        command.run(["dpkg", "-x", package, folder], purpose="Prometheus", within=60)
    except (CommandFailed, StopIteration) as error:
        raise HostTrouble(
            f"prometheus is needed and cannot be fetched: {error}; put it in the PATH"
        ) from error
    package.unlink()
