"""Where everything of one cluster is: addresses, names and folders, worked out from its name, slot and size.

198.18.0.0/15, the range for benchmarks that no network uses, is cut into eight blocks, one for each cluster
that may run at the same time on one machine.
"""

import re
import zlib
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from slaharness.errors import BadInput
from slaharness.host import paths

RANGE = IPv4Network("198.18.0.0/15")
SLOTS = tuple(RANGE.subnets(new_prefix=18))
#: Nodes, the infra node included: each has one /24 of a /20.
MOST_NODES = 16
#: One folder for each cluster.
FOLDER = paths.STATE / "clusters"
NAME = re.compile(r"[a-z][a-z0-9]{0,19}")


def checked(name: str) -> str:
    """``name`` if it may name a cluster, else BadInput."""
    if not NAME.fullmatch(name):
        raise BadInput(
            f"cluster name {name!r}: use a lower-case letter, then at most 19 lower-case letters or digits"
        )
    return name


def tag(name: str) -> int:
    """A number for the name: the kernel objects that cannot carry a name carry this."""
    return zlib.crc32(name.encode()) or 1


def host_link(name: str) -> str:
    """The host's end of the cable into the cluster; at most 15 characters."""
    return f"slah-{tag(name):08x}"


def home(name: str) -> Path:
    """What stays over a reboot: certificates, logs, the nodes' disks."""
    return FOLDER / name


def run_folder(name: str) -> Path:
    """Sockets, gone at a reboot."""
    return paths.RUN / "clusters" / name


@dataclass(frozen=True)
class Node:
    """One machine of the cluster: ``index`` 0 is the infra node. ``disk`` and ``run`` are its own."""

    name: str
    index: int
    address: IPv4Address
    pods: IPv4Network
    disk: Path
    run: Path

    @property
    def role(self) -> str:
        return "worker" if self.index else "infra"

    @property
    def containerd_socket(self) -> Path:
        """As the host sees it."""
        return self.run / "containerd/containerd.sock"


@dataclass(frozen=True)
class Layout:
    """The plan of one cluster: one infra node and ``workers`` workers in block number ``slot``."""

    name: str
    slot: int
    workers: int

    def __post_init__(self) -> None:
        if not 1 <= self.workers < MOST_NODES:
            raise BadInput(f"{self.workers} worker nodes: a local cluster takes 1 to {MOST_NODES - 1}")

    @property
    def block(self) -> IPv4Network:
        return SLOTS[self.slot]

    @property
    def machines(self) -> IPv4Network:
        return IPv4Network((self.block[0], 24))

    @property
    def pods(self) -> IPv4Network:
        return IPv4Network((self.block[16 * 256], 20))

    @property
    def services(self) -> IPv4Network:
        return IPv4Network((self.block[32 * 256], 20))

    @property
    def control(self) -> IPv4Address:
        """The bridge of the cluster's namespace: the API server, and the way between nodes and host."""
        return self.machines[1]

    @property
    def host(self) -> IPv4Address:
        return self.machines[254]

    @property
    def dns(self) -> IPv4Address:
        return self.services[10]

    @property
    def server(self) -> str:
        return f"https://{self.control}:6443"

    @property
    def home(self) -> Path:
        return home(self.name)

    @property
    def run(self) -> Path:
        return run_folder(self.name)

    @property
    def logs(self) -> Path:
        return self.home / "log"

    @property
    def kubeconfig(self) -> Path:
        return self.home / "kubeconfig"

    @property
    def context(self) -> str:
        return f"slaharness-{self.name}"

    @property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(self._node(index) for index in range(self.workers + 1))

    def _node(self, index: int) -> Node:
        blocks = list(self.pods.subnets(new_prefix=24))
        name = f"n{index}"
        return Node(name, index, self.machines[10 + index], blocks[index], self.home / name, self.run / name)
