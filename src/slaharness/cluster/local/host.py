"""Can this machine carry a cluster? Asked before anything is made; every no is one line with what to do."""

import ctypes
import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import psutil

from slaharness.errors import HostTrouble
from slaharness.host import paths

#: Where packages put programs; the user's own PATH may lack the system's folders.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PROGRAMS = (
    "etcd",
    "containerd",
    "containerd-shim-runc-v2",
    "ctr",
    "runc",
    "iptables",
    "ipset",
    "conntrack",
    "umount",
)
#: Where distributions put the CNI plugins.
CNI_FOLDERS = ("/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni")
#: Bytes that the control plane and the nodes write before anything is deployed, with room for images.
DISK = 4 * 2**30
#: File systems that containers cannot have their files on.
LAYERED = {"overlay", "aufs", "fuse.fuse-overlayfs"}
#: Watchers of files (inotify instances), a scarce good of each user: of the control plane, of a node.
CONTROL_WATCHERS, NODE_WATCHERS = 10, 10
MORE_WATCHERS = "sysctl -w fs.inotify.max_user_instances=1024"


def check(nodes: int) -> None:
    """Raise HostTrouble with the first thing that a cluster of so many nodes would miss."""
    need_root()
    for program in PROGRAMS:
        installed(program)
    cni_folder()
    _need_disk()
    _need_watchers(watchers_of(nodes))


def need_root() -> None:
    if os.geteuid() != 0:
        raise HostTrouble("a local cluster needs root for its namespaces and mounts; run this with sudo")


@cache
def installed(program: str) -> Path:
    """Where a program of the host's packages is; HostTrouble when it is not installed."""
    if found := shutil.which(program, path=PATH):
        return Path(found)
    raise HostTrouble(f"{program} is not installed; `slaharness doctor` says how")


@cache
def cni_folder() -> Path:
    """Where the CNI plugins are; HostTrouble when they are not installed."""
    for folder in map(Path, CNI_FOLDERS):
        if (folder / "bridge").exists():
            return folder
    raise HostTrouble("the CNI plugins are not installed; `slaharness doctor` says how")


def _need_disk() -> None:
    folder = next(parent for parent in (paths.STATE, *paths.STATE.parents) if parent.exists())
    _need_layers(folder)
    free = shutil.disk_usage(folder).free
    if free < DISK:
        raise HostTrouble(
            f"{folder}: {free / 2**30:.1f} GiB free, a cluster needs {DISK / 2**30:.0f}; free some, "
            "or set SLAHARNESS_STATE to a folder on another disk"
        )


def _need_layers(folder: Path) -> None:
    """Containers' files are layers; the kernel does not stack them on a disk that is layered too."""
    mounts = [part for part in psutil.disk_partitions(all=True) if folder.is_relative_to(part.mountpoint)]
    disk = max(mounts, key=lambda part: len(part.mountpoint))
    if disk.fstype in LAYERED:
        raise HostTrouble(
            f"{folder} is on {disk.fstype}, as in a container, where containers' files cannot be; "
            "set SLAHARNESS_STATE to a folder on a disk of its own, such as a volume"
        )


def watchers_of(nodes: int) -> int:
    """How many a cluster takes, the infra node counted."""
    return CONTROL_WATCHERS + nodes * NODE_WATCHERS


def watchers(count: int) -> int:
    """How many of ``count`` inotify instances can be had: taken and given back, as no file tells."""
    watch: Callable[[int], int] = ctypes.CDLL(None).inotify_init1
    taken = [fd for _ in range(count) if (fd := watch(os.O_CLOEXEC)) >= 0]
    for fd in taken:
        os.close(fd)
    return len(taken)


def _need_watchers(count: int) -> None:
    if (free := watchers(count)) < count:
        raise HostTrouble(
            f"{free} inotify instances are free, a cluster needs {count}; remove another cluster, or: "
            f"{MORE_WATCHERS}"
        )
