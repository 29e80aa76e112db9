"""A node's container runtime: its configuration, its pod network, and images put into its store."""

import json
from pathlib import Path

from slaharness.cluster.local import host
from slaharness.cluster.local.layout import Node
from slaharness.cluster.local.machine import Machine
from slaharness.command import run

SOCKET = "/run/containerd/containerd.sock"
CONFIG = "/var/lib/containerd/config.toml"
CNI_CONFIG = "/var/lib/cni/net.d"
CAP_SYS_RESOURCE = 24

TEMPLATE = """\
version = 2
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp",
]
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = {restricted}
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{cni}"
    conf_dir = "{conf}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
"""


def configure(node: Node, pause: str) -> None:
    """Write both configurations onto the node's disk, before anything on it starts."""
    folder = node.disk / "lib/containerd"
    folder.mkdir(parents=True)
    restricted = "false" if _may_lower_oom_score() else "true"
    text = TEMPLATE.format(pause=pause, restricted=restricted, cni=host.cni_folder(), conf=CNI_CONFIG)
    (folder / "config.toml").write_text(text)
    network = node.disk / "lib/cni/net.d"
    network.mkdir(parents=True)
    (network / "10-slah.conflist").write_text(json.dumps(_pod_network(node), indent=1))


def _pod_network(node: Node) -> dict[str, object]:
    addresses = {"type": "host-local", "ranges": [[{"subnet": str(node.pods)}]]}
    bridge = {
        "type": "bridge",
        "bridge": "cni0",
        "isDefaultGateway": True,
        "ipMasq": False,
        "hairpinMode": True,
        "ipam": addresses,
    }
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    return {"cniVersion": "0.4.0", "name": "slah", "plugins": [bridge, ports]}


def _may_lower_oom_score() -> bool:
    """Whether runc may give the pause container its low oom_score_adj; it dies where it may not."""
    lines = Path("/proc/self/status").read_text().splitlines()
    effective = next(line.split()[1] for line in lines if line.startswith("CapEff:"))
    return bool(int(effective, 16) >> CAP_SYS_RESOURCE & 1)


def start(machine: Machine) -> None:
    machine.start("containerd", [host.installed("containerd"), "--config", CONFIG, "--log-level", "warn"])


def import_image(node: Node, archive: Path, *, within: float = 300) -> None:
    """Put an OCI archive into the node's store and unpack it."""
    ctr: list[str | Path] = [
        host.installed("ctr"),
        "--address",
        node.containerd_socket,
        "--namespace",
        "k8s.io",
    ]
    run(
        [*ctr, "images", "import", "--snapshotter", "overlayfs", archive],
        purpose=f"import {archive.name} into {node.name}",
        within=within,
    )
