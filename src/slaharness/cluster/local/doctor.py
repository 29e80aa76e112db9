"""What a local cluster needs of this machine: what is there, what is missing, and the command that mends it.

``prepare`` refuses to start without what only a person can mend; ``slaharness doctor`` shows everything.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address
from pathlib import Path

import psutil
from rich.table import Table

from slaharness.cluster.local import cgroups, host, packages, toolchain
from slaharness.cluster.local import layout as plan
from slaharness.cluster.local.provider import Local
from slaharness.errors import HostTrouble
from slaharness.host import golang, paths
from slaharness.image import builder

GIB = 2**30
#: Bytes under the cache before and after the compiler ran; most of the first are Go's own caches.
COLD, WARM = 12 * GIB, 3 * GIB
#: Bytes for the nodes' image stores and the database's disks.
NODES = 6 * GIB
#: Bytes of memory that the cluster with the core stack takes, and with which it is comfortable.
LEAST, COMFORTABLE = 3 * GIB, 5 * GIB
CONTROLLERS = frozenset({"cpu", "cpuset", "memory", "pids"})
NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "uts")


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    MISSING = "missing"


@dataclass(frozen=True)
class Check:
    """One answer. ``cure`` is a command where one can mend it, else what to do; empty when all is well."""

    name: str
    state: State
    seen: str
    cure: str = ""


def _judged(name: str, seen: str, *, ok: bool, cure: str, otherwise: State = State.MISSING) -> Check:
    return Check(name, State.OK, seen) if ok else Check(name, otherwise, seen, cure)


def root() -> Check:
    user = os.geteuid()
    return _judged("root", f"user id {user}", ok=user == 0, cure="run it with sudo")


def namespaces() -> Check:
    lacking = [kind for kind in NAMESPACES if not Path("/proc/self/ns", kind).exists()]
    seen = f"the kernel lacks {', '.join(lacking)}" if lacking else "of every kind"
    return _judged("namespaces", seen, ok=not lacking, cure="use a kernel built with them")


def overlayfs() -> Check:
    """Only a warning: where it is a module, the first mount loads it."""
    there = "overlay" in Path("/proc/filesystems").read_text().split()
    seen = "in the kernel" if there else "not loaded"
    return _judged("overlayfs", seen, ok=there, cure="modprobe overlay", otherwise=State.WARN)


def bridged_packets() -> Check:
    """Without it a pod cannot reach, by a Service's address, a pod on its own node."""
    there = Path("/proc/sys/net/bridge/bridge-nf-call-iptables").exists()
    seen = "seen by iptables" if there else "not seen by iptables"
    return _judged("bridged packets", seen, ok=there, cure="modprobe br_netfilter", otherwise=State.WARN)


def control_groups() -> Check:
    """Either version: the controllers are mounts of their own in v1, words in a file in v2."""
    try:
        trees = cgroups.hierarchies()
    except HostTrouble as error:
        return Check("cgroups", State.MISSING, str(error), "mount -t cgroup2 none /sys/fs/cgroup")
    lacking = CONTROLLERS - {
        name for tree in trees if os.access(tree, os.W_OK) for name in _controllers(tree)
    }
    seen = f"cannot use {', '.join(sorted(lacking))}" if lacking else "writable, with all controllers"
    cure = "in a container, give it the host's cgroups writable; else boot without cgroup_disable"
    return _judged("cgroups", seen, ok=not lacking, cure=cure)


def _controllers(tree: Path) -> Sequence[str]:
    words = tree / "cgroup.controllers"
    return words.read_text().split() if words.exists() else tree.name.split(",")


def memory() -> Check:
    free = psutil.virtual_memory().available
    seen = f"{free / GIB:.1f} GiB available"
    state = State.MISSING if free < LEAST else State.WARN
    cure = f"end something: the core stack takes {LEAST / GIB:.0f} GiB, and wants {COMFORTABLE / GIB:.0f}"
    return _judged("memory", seen, ok=free >= COMFORTABLE, cure=cure, otherwise=state)


def cache_disk() -> Check:
    return _disk("disk for the cache", paths.CACHE, WARM if toolchain.cached() else COLD, "SLAHARNESS_CACHE")


def state_disk() -> Check:
    return _disk("disk for the nodes", paths.STATE, NODES, "SLAHARNESS_STATE")


def _disk(name: str, folder: Path, needed: int, setting: str) -> Check:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    seen = f"{free / GIB:.1f} GiB free of {needed / GIB:.0f} needed in {folder}"
    return _judged(name, seen, ok=free >= needed, cure=f"free some, or set {setting} to a folder elsewhere")


def addresses() -> Check:
    """Of our range, only cables of our own clusters may have any."""
    taken = [
        f"{address.address} on {link}"
        for link, held in psutil.net_if_addrs().items()
        for address in held
        if not link.startswith("slah-") and _ours(address.address)
    ]
    seen = f"{plan.RANGE}: " + (", ".join(taken) or "free")
    return _judged(
        "addresses", seen, ok=not taken, cure="remove them; clusters go around", otherwise=State.WARN
    )


def _ours(address: str) -> bool:
    try:
        return IPv4Address(address) in plan.RANGE
    except ValueError:  # of another family
        return False


def watchers() -> Check:
    """Only a warning: a cluster that is up already has its own."""
    needed = host.watchers_of(1 + Local.nodes)
    free = host.watchers(needed)
    seen = f"{free} inotify instances free of {needed} that a cluster needs"
    return _judged("watchers", seen, ok=free == needed, cure=host.MORE_WATCHERS, otherwise=State.WARN)


def programs() -> Check:
    """Kubernetes itself, and what to make it with."""
    if toolchain.cached():
        return Check("toolchain", State.OK, "in the cache")
    compiler = golang.installed(max(golang.needed(module.source) for module in toolchain.MODULES))
    return Check("toolchain", State.OK, f"to be made, with {compiler or f'Go {golang.PIN} from PyPI'}")


def image_builder() -> Check:
    try:
        return Check("image builder", State.OK, builder.find().program)
    except HostTrouble:
        return Check("image builder", State.MISSING, "none works", "apt-get install --yes buildah")


def _package(package: packages.Package) -> Check:
    there = package.present()
    seen = package.why if there else f"needed: it {package.why}"
    return _judged(package.name, seen, ok=there, cure=packages.cure([package]))


#: What only a person can mend, in the order in which it is worth mending.
VITAL: tuple[Callable[[], Check], ...] = (
    root, control_groups, namespaces, overlayfs, bridged_packets, cache_disk, state_disk, memory, watchers,
    addresses, programs,
)  # fmt: skip


def examine() -> list[Check]:
    """Everything, in the order of ``VITAL``, then the packages one by one. Changes nothing."""
    return [*(check() for check in VITAL), *map(_package, packages.PACKAGES), image_builder()]


def require(checks: Iterable[Callable[[], Check]] = VITAL) -> None:
    """Raise HostTrouble with the first thing missing and its cure, in one line."""
    for check in checks:
        found = check()
        if found.state is State.MISSING:
            raise HostTrouble(f"{found.name}: {found.seen}: {found.cure}")


def table(checks: Iterable[Check]) -> Table:
    """For a terminal: a mark, the name, what was seen, the cure."""
    marks = {State.OK: "[green]✓", State.WARN: "[yellow]!", State.MISSING: "[red]✗"}
    made = Table("", "needed", "seen", "what mends it")
    for check in checks:
        made.add_row(marks[check.state], check.name, check.seen, check.cure)
    return made
