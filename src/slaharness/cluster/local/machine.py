"""A machine of the cluster, made of cgroups and namespaces: switch it on, start programs on it.

The control plane is one (``control``), and so is each node. All that runs on it dies with its first process.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from slaharness.cluster.local import cgroups, host, launch, processes, root
from slaharness.cluster.local.layout import Layout
from slaharness.errors import ClusterTrouble
from slaharness.host.command import run

#: Lines of a log that go into an error.
LAST_WORDS = 3
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

    def start(self, program: str, argv: Sequence[object]) -> "Program":
        """Start ``argv``, named ``program`` in the log's name. It outlives us."""
        words = [str(word) for word in argv]
        spec = {"enter": [str(self.pid)], "argv": words, "env": _pairs(_environment(self.cluster))}
        pid = _launch(self.cluster, self.part, self.logs, program, spec)
        return Program(program, self.part, pid, _log(self.logs, self.part, program))


@dataclass(frozen=True)
class Program:
    """A program that was started on a machine."""

    name: str
    part: str
    pid: int
    log: Path

    def running(self) -> bool:
        """True, or ClusterTrouble with its last words: it was not meant to end."""
        if processes.alive(self.pid):
            return True
        words = self.log.read_text(errors="replace").strip().splitlines()[-LAST_WORDS:]
        raise ClusterTrouble(f"{self.name} of {self.part} ended by itself: {' | '.join(words) or 'no word'}")


@dataclass(frozen=True)
class Furniture:
    """What a machine is made with. Folders and files: path inside → path on the host.

    ``root`` becomes its root file system, ``binds`` are its own, ``programs`` it sees and cannot change.
    """

    root: Path
    binds: Mapping[str, Path]
    programs: Mapping[str, Path] = field(default_factory=dict)
    sysctls: Mapping[str, str] = field(default_factory=dict)


def switch_on(layout: Layout, part: str, furniture: Furniture) -> Machine:
    """Make a machine with nothing on it."""
    root.lay_out(furniture.root, part)
    spec = {
        "hostname": [part],
        "root": [str(furniture.root)],
        "binds": _pairs({**root.kernel(), **furniture.binds}),
        "programs": _pairs({**root.programs(), **furniture.programs}),
        "sysctls": _pairs(furniture.sysctls),
    }
    return Machine(layout.name, part, _launch(layout.name, part, layout.logs, "init", spec), layout.logs)


def _log(logs: Path, part: str, program: str) -> Path:
    return logs / f"{part}-{program}.log"


def _environment(cluster: str) -> Mapping[str, str]:
    """All that programs get of it: the user's proxy, say, would send the API server the wrong way."""
    return {processes.MARK: cluster, "PATH": host.PATH}


def _pairs(mapping: Mapping[str, object]) -> list[str]:
    return [str(word) for pair in mapping.items() for word in pair]


def _launch(cluster: str, part: str, logs: Path, program: str, spec: launch.Spec) -> int:
    groups = [str(group) for group in cgroups.make(cluster, part)]
    whole = {"cgroups": groups, "log": [str(_log(logs, part, program))], **spec}
    printed = run(
        [sys.executable, "-I", "-S", launch.__file__],
        purpose=f"start {program} of {part}",
        within=STARTS_WITHIN,
        env=_environment(cluster),
        stdin="".join("\0".join([word, *values]) + "\n" for word, values in whole.items()),
    )
    return int(printed)
