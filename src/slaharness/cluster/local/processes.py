"""Which processes are a cluster's: by their cgroup, by the mark in their environment, by their pid namespace.

Nothing here rests on recorded pids: what the kernel says now is the record, so a recycled pid is never ours.
"""

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from slaharness.cluster.local.cgroups import top

#: In the environment of all that we start.
MARK = "SLAHARNESS_CLUSTER"
#: What a look at a process that is just ending may raise.
GONE = (FileNotFoundError, ProcessLookupError, PermissionError)


@dataclass(frozen=True)
class Process:
    """A living process. ``part`` is the node it belongs to, or ``control``; "" when no cgroup says so."""

    pid: int
    part: str
    argv: tuple[str, ...]

    @property
    def program(self) -> str:
        return Path(self.argv[0]).name if self.argv else ""


def find(name: str) -> list[Process]:
    """Every process of the cluster, none of them zombies."""
    seen = {pid: _namespace(pid) for pid in _pids()}
    direct = {pid for pid in seen if marked(pid, name) or _part(pid, name) is not None}
    spaces = {seen[pid] for pid in direct} - {_namespace(os.getpid()), ""}
    mine = direct | {pid for pid, space in seen.items() if space in spaces}
    return [Process(pid, _part(pid, name) or "", _argv(pid)) for pid in sorted(mine) if alive(pid)]


def on(name: str, part: str) -> list[Process]:
    """The processes of one machine."""
    return [process for process in find(name) if process.part == part]


def init(name: str, part: str) -> int | None:
    """The process that a node's namespaces hang on: it is number 1 of its own pid namespace."""
    return next((p.pid for p in on(name, part) if _number_inside(p.pid) == [1]), None)


def kill(processes: Iterable[Process]) -> None:
    """SIGKILL each, if it is still the one that was found."""
    for process in processes:
        with suppress(*GONE):
            fd = os.pidfd_open(process.pid)
            try:
                if _argv(process.pid) == process.argv:
                    signal.pidfd_send_signal(fd, signal.SIGKILL)
            finally:
                os.close(fd)


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _read(pid: int, file: str) -> str:
    with suppress(*GONE):
        return Path(f"/proc/{pid}/{file}").read_text(errors="replace")
    return ""


def memory(pid: int) -> int:
    """Its share of the memory it uses (PSS), in bytes."""
    lines = [line.split() for line in _read(pid, "smaps_rollup").splitlines()]
    return sum(int(words[1]) * 1024 for words in lines if words[0] == "Pss:")


def _argv(pid: int) -> tuple[str, ...]:
    return tuple(_read(pid, "cmdline").split("\0")[:-1])


def alive(pid: int) -> bool:
    """Whether it runs: a zombie does not."""
    state = _read(pid, "stat").rpartition(")")[2].split()
    return bool(state) and state[0] not in "ZX"


def marked(pid: int, name: str) -> bool:
    """Whether we started it, or what we started did."""
    return f"{MARK}={name}" in _read(pid, "environ").split("\0")


def _part(pid: int, name: str) -> str | None:
    """The node named by the process's cgroup, if that is one of the cluster's."""
    for line in _read(pid, "cgroup").splitlines():
        words = line.split(":", 2)[2].strip("/").split("/")
        if words[0] == top(name):
            return words[1] if len(words) > 1 else ""
    return None


def _namespace(pid: int) -> str:
    with suppress(*GONE):
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    return ""


def _number_inside(pid: int) -> list[int]:
    """Its pids in the namespaces below ours: none for a process of the host, [1] for a node's first."""
    lines = _read(pid, "status").splitlines()
    return [int(word) for line in lines if line.startswith("NSpid:") for word in line.split()[2:]]
