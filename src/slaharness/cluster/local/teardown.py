"""Removes all of a cluster and only that, in whatever state it is; then looks whether anything is left.

Works from the cluster's name alone: what a killed ``up`` left, and what a reboot left, is found all the same.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from slaharness.cluster.local import cgroups, processes
from slaharness.cluster.local import layout as plan
from slaharness.errors import ClusterTrouble, NotYet
from slaharness.host.wait import until

#: Seconds for killed processes to end: the kernel frees their memory and mounts meanwhile.
DIE_WITHIN = 60


def remove(name: str) -> None:
    """Remove the cluster; nothing there is no trouble. ClusterTrouble lists what could not be removed."""
    with suppress(NotYet):
        until(lambda: _killed(name), within=DIE_WITHIN, every=0.02, what="the processes have ended")
    _unplug(name)
    _unmount(name)
    cgroups.remove(name)
    for folder in _folders(name):
        shutil.rmtree(folder, ignore_errors=True)
    if left := residue(name):
        raise ClusterTrouble(f"cluster {name!r}: could not remove {'; '.join(left)}")


def residue(name: str) -> list[str]:
    """All that is there of a cluster, in words, found without its saved state. Empty after ``down``."""
    return [
        *(f"process {p.pid} ({' '.join(p.argv[:3])})" for p in processes.find(name)),
        *(f"mount {mount}" for mount in _mounts(name)),
        *(f"link {link}" for link in _links(name)),
        *(f"route {route['dst']}" for route in _described_routes(name)),
        *(f"cgroup {group}" for group in cgroups.groups(name)),
        *(f"folder {folder}" for folder in _folders(name) if folder.exists()),
    ]


def _killed(name: str) -> bool:
    """Kill what is found, wait until that is gone; true when there was nothing (any more)."""
    found = processes.find(name)
    processes.kill(found)
    until(
        lambda: not any(processes.alive(process.pid) for process in found),
        within=DIE_WITHIN,
        every=0.02,
        what="the killed processes are gone",
    )
    return not found


def _folders(name: str) -> tuple[Path, Path]:
    return plan.run_folder(name), plan.home(name)


def _mounts(name: str) -> list[Path]:
    """Mounts in the host's namespace under our folders, the deepest first. Nodes' own went with the nodes."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    points = [Path(line.split()[4].encode().decode("unicode_escape")) for line in lines]
    mine = [point for point in points if any(point.is_relative_to(folder) for folder in _folders(name))]
    return sorted(mine, reverse=True)


def _unmount(name: str) -> None:
    for point in _mounts(name):
        subprocess.run(["umount", "--lazy", point], check=False, capture_output=True, timeout=30)


def _unplug(name: str) -> None:
    """Routes first: while the link is there, its routes are known."""
    with IPRoute() as host:
        for route in _routes(host, name):
            with suppress(NetlinkError):
                host.route("del", **route)
        for index in host.link_lookup(ifname=plan.host_link(name)):
            with suppress(NetlinkError):
                host.link("del", index=index)


def _links(name: str) -> list[str]:
    with IPRoute() as host:
        return [plan.host_link(name)] if host.link_lookup(ifname=plan.host_link(name)) else []


def _described_routes(name: str) -> list[dict[str, object]]:
    with IPRoute() as host:
        return list(_routes(host, name))


def _routes(host: IPRoute, name: str) -> Iterator[dict[str, object]]:
    """The host's routes that carry the cluster's tag, as what deletes them."""
    for route in host.get_routes(family=2):
        if route.get("priority") == plan.tag(name) and route.get("dst"):
            yield {
                "dst": f"{route.get('dst')}/{route['dst_len']}",
                "type": route["type"],
                "priority": route.get("priority"),
            }
