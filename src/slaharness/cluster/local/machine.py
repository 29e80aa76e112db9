"""A machine of the cluster, made of cgroups and namespaces: switch it on, start programs on it.

The control plane is one (``control``), and so is each node. All that runs on it dies with its first process.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from slaharness.cluster.local import cgroups, host, launch, processes
from slaharness.command import run

#: Seconds for a fork and a few mounts, on a very busy machine.
STARTS_WITHIN = 30


@dataclass(frozen=True)
class Machine:
    """A machine that is on. ``pid`` is its first process, as the host numbers it."""

    cluster: str
    part: str
    pid: int
    logs: Path

    @property
    def network(self) -> str:
        """The file of its network namespace."""
        return f"/proc/{self.pid}/ns/net"

    def start(self, program: str, argv: Sequence[object]) -> int:
        """Start ``argv``, named ``program`` in the log's name; return its pid. It outlives us."""
        words = [str(word) for word in argv]
        return _launch(self.cluster, self.part, self.logs, program, {"enter": self.pid, "argv": words})


def switch_on(
    cluster: str, part: str, logs: Path, *, binds: Mapping[str, Path], sysctls: Mapping[str, str]
) -> Machine:
    """Make a machine with nothing on it. ``binds`` are its folders: path inside → path on the host."""
    folders = {target: str(source) for target, source in binds.items()}
    furniture = {"enter": None, "hostname": part, "binds": folders, "sysctls": dict(sysctls)}
    return Machine(cluster, part, _launch(cluster, part, logs, "init", furniture), logs)


def _launch(cluster: str, part: str, logs: Path, program: str, spec: Mapping[str, object]) -> int:
    groups = [str(group) for group in cgroups.make(cluster, part)]
    whole = {"cgroups": groups, "log": str(logs / f"{part}-{program}.log"), **spec}
    printed = run(
        [sys.executable, "-I", "-S", launch.__file__],
        purpose=f"start {program} of {part}",
        within=STARTS_WITHIN,
        env={processes.MARK: cluster, "PATH": host.PATH},
        stdin=json.dumps(whole),
    )
    return int(printed)
