"""The machine that an image is for, when that is not the one it is built on."""

import platform as machine
from dataclasses import dataclass

from slaharness.errors import BadInput

#: What the kernel calls a machine → what Go, Debian and images call it.
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Platform:
    """``architecture`` as images have it, like ``arm64``."""

    architecture: str

    @property
    def words(self) -> str:
        """As image builders take it."""
        return f"linux/{self.architecture}"

    @property
    def kernel(self) -> str:
        """As wheels are named."""
        return next(kernel for kernel, name in MACHINES.items() if name == self.architecture)


def foreign(text: str) -> Platform | None:
    """``linux/arm64`` as a platform; None for this machine's own, and for "". Raises BadInput for others."""
    if not text:
        return None
    system, _, architecture = text.partition("/")
    if system != "linux" or architecture not in MACHINES.values():
        known = ", ".join(f"linux/{name}" for name in MACHINES.values())
        raise BadInput(f"platform {text!r}: there are {known}")
    return None if architecture == MACHINES.get(machine.machine()) else Platform(architecture)
