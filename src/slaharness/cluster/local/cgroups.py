"""The cgroups of one cluster, in every hierarchy the host has: one per node, so that one kill finds all.

Hosts have one hierarchy with all controllers (v2), or one for each controller (v1), or both at once.
"""

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from slaharness.errors import HostTrouble, NotYet
from slaharness.host.wait import until

#: What the kubelet uses of cgroup v2, where the host has it.
CONTROLLERS = {"cpu", "cpuset", "hugetlb", "io", "memory", "pids"}
#: Seconds that the kernel may take to empty a cgroup whose processes were killed.
EMPTIES_WITHIN = 10
#: As how many programs a cluster counts when processors are short.
PROGRAMS = 16


@cache
def hierarchies() -> tuple[Path, ...]:
    """The mount point of each hierarchy. HostTrouble when there is none."""
    lines = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    found = tuple(Path(words[1]) for words in lines if words[2] in {"cgroup", "cgroup2"})
    if not found:
        raise HostTrouble("no cgroups are mounted under /sys/fs/cgroup; local clusters need them")
    return found


def top(name: str) -> str:
    """The cgroup of a cluster, from a hierarchy's root."""
    return f"slah-{name}"


def tops(name: str) -> list[Path]:
    """The cgroup of a cluster in each hierarchy that has one."""
    return [folder for root in hierarchies() if (folder := root / top(name)).is_dir()]


def make(name: str, part: str) -> list[Path]:
    """Create the cgroup of one node, and in it the one for the node's own programs; return the latter.

    The kubelet puts pods in a sibling: in v2 a group with processes may not hand controllers down.
    """
    return [_make(root, top(name), part) for root in hierarchies()]


def _make(root: Path, cluster: str, part: str) -> Path:
    (root / cluster).mkdir(exist_ok=True)
    _weigh(root / cluster)
    for folder in (root / cluster, root / cluster / part, leaf := root / cluster / part / "system"):
        folder.mkdir(exist_ok=True)
        _seed_cpuset(folder)
        _hand_down(folder.parent)
    return leaf


def _weigh(folder: Path) -> None:
    """Let the cluster count as the many programs it is; as one group it gets as much as one process."""
    for file, one in (("cpu.shares", 1024), ("cpu.weight", 100)):
        if (folder / file).exists():
            (folder / file).write_text(str(PROGRAMS * one))


def _seed_cpuset(folder: Path) -> None:
    """In v1 a new cpuset has neither processors nor memory, and takes no process until it has."""
    for file in ("cpuset.cpus", "cpuset.mems"):
        if not (folder / "cgroup.controllers").exists() and (folder / file).exists():
            (folder / file).write_text((folder.parent / file).read_text())


def _hand_down(folder: Path) -> None:
    """In v2 a group's children have only the controllers that it hands down."""
    switch = folder / "cgroup.subtree_control"
    if not switch.exists():
        return
    missing = set((folder / "cgroup.controllers").read_text().split()) & CONTROLLERS
    missing -= set(switch.read_text().split())
    try:
        switch.write_text(" ".join(f"+{controller}" for controller in sorted(missing)))
    except OSError as error:
        raise HostTrouble(
            f"{switch}: {error.strerror}: this cgroup has processes in it; run on the host itself, "
            "or in a container with the host's cgroup namespace"
        ) from error


def groups(name: str) -> list[Path]:
    """Every cgroup of the cluster, children before their parents."""
    return [group for root in hierarchies() for group in _walk(root / top(name))]


def _walk(folder: Path) -> Iterator[Path]:
    children: list[Path] = []
    with suppress(OSError):
        children = [child for child in folder.iterdir() if child.is_dir()]
    for child in children:
        yield from _walk(child)
    if folder.is_dir():
        yield folder


def remove(name: str) -> None:
    """Remove the cluster's cgroups; those that stay non-empty are left for the caller's last look."""
    with suppress(NotYet):
        until(lambda: _swept(name), within=EMPTIES_WITHIN, every=0.05, what="the cgroups are empty")


def _swept(name: str) -> bool:
    for group in groups(name):
        with suppress(OSError):
            group.rmdir()
    return not groups(name)
