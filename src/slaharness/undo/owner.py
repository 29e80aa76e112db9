"""Which process a journal belongs to, told apart from a later one that got the same number."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

MACHINE = Path("/etc/machine-id")
BOOT = Path("/proc/sys/kernel/random/boot_id")
#: Start time in /proc/<pid>/stat, counted after the name's closing bracket (a name may hold blanks).
START = 19


@dataclass(frozen=True)
class Owner:
    """A process of one boot of one machine; ``ticks`` is its start, in clock ticks since that boot."""

    machine: str
    boot: str
    pid: int
    ticks: int

    @property
    def here(self) -> bool:
        """Whether this machine is the one that can tell if the process lives."""
        return self.machine == _machine()

    @property
    def lives(self) -> bool:
        return self.here and self.boot == _boot() and self.ticks == _ticks(self.pid)


def me() -> Owner:
    return Owner(_machine(), _boot(), os.getpid(), _ticks(os.getpid()))


def _machine() -> str:
    return MACHINE.read_text().strip() if MACHINE.exists() else platform.node()


def _boot() -> str:
    return BOOT.read_text().strip()


def _ticks(pid: int) -> int:
    """Return 0 when there is no such process, or when it is dead and only not yet reaped."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return 0 if fields[0] in "ZX" else int(fields[START])
