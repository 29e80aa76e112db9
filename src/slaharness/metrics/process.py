"""A Prometheus process of our own, on loopback: the program on this machine, or Debian's, fetched for us."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

from slaharness.errors import CommandFailed, HostTrouble
from slaharness.host import cache, command, paths


def programs() -> tuple[Path, Path]:
    """Prometheus and its tool: what is installed, or Debian's, unpacked into the cache; nothing is installed.

    Raises HostTrouble where neither can be had.
    """
    names = ("prometheus", "promtool")
    if all(shutil.which(name) for name in names):
        places = os.environ.get("PATH", os.defpath)
    else:
        places = str(cache.entry(paths.CACHE / "tools" / "prometheus-of-debian", _fetched) / "usr/bin")
    found = [shutil.which(name, path=places) for name in names]
    if None in found:
        raise HostTrouble("prometheus and promtool are needed; put them in the PATH")
    return Path(str(found[0])), Path(str(found[1]))


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def launch(folder: Path, port: int, *more: str) -> "subprocess.Popen[bytes]":
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
    words += more
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(words, stdout=log, stderr=log)


def _fetched(scratch: Path) -> Path:
    """Debian's package, unpacked; whatever goes wrong is said with its reason."""
    try:
        command.run(["apt-get", "download", "prometheus"], purpose="Prometheus", within=120, cwd=scratch)
        packages = list(scratch.glob("prometheus_*.deb"))
        if not packages:
            raise HostTrouble("apt-get download left no package of Prometheus; put prometheus in the PATH")
        command.run(["dpkg", "-x", packages[0], scratch / "unpacked"], purpose="Prometheus", within=60)
    except CommandFailed as error:
        raise HostTrouble(
            f"prometheus is needed and cannot be fetched: {error}; put it in the PATH"
        ) from error
    return scratch / "unpacked"
