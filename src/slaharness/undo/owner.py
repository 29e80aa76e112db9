"""Whose a journal is: of which machine, and of a process that lives as long as it holds the journal's lock.

A process number means nothing in another PID namespace, nor after a reboot; a lock ends with its holder.
"""

import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MACHINE = Path("/etc/machine-id")


@dataclass(frozen=True)
class Owner:
    """A process of one machine."""

    machine: str

    @property
    def here(self) -> bool:
        """Whether this machine is the one that can tell if the process lives."""
        return self.machine == _machine()


def me() -> Owner:
    return Owner(_machine())


def parsed(data: dict[str, Any]) -> Owner:
    """Earlier versions wrote down a process number beside the machine."""
    return Owner(data["machine"])


def _machine() -> str:
    return MACHINE.read_text().strip() if MACHINE.exists() else platform.node()
