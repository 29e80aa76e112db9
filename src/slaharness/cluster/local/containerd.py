"""A node's container runtime: its configuration and its pod network."""

import json
from pathlib import Path

from slaharness.cluster.local import host
from slaharness.cluster.local.layout import Node
from slaharness.cluster.local.machine import Machine, Program
from slaharness.image import Registry

SOCKET = "/run/containerd/containerd.sock"
CONFIG = "/var/lib/containerd/config.toml"
CNI_CONFIG = "/var/lib/cni/net.d"
#: Looked into at every pull: HOST:PORT/hosts.toml says how that registry is spoken to.
REGISTRIES = "/var/lib/containerd/certs.d"
CAP_SYS_RESOURCE = 24

#: No AppArmor profile: it would stay in the host's kernel.
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
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{cni}"
    conf_dir = "{conf}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{registries}"
"""
HOSTS = """\
server = "{url}"
[host."{url}"]
  capabilities = ["pull", "resolve"]
"""


def write_config(root: Path, pause: str) -> None:
    """Write containerd's own configuration into the folder that will be its root."""
    restricted = "false" if _may_lower_oom_score() else "true"
    text = TEMPLATE.format(
        pause=pause, restricted=restricted, cni=host.cni_folder(), conf=CNI_CONFIG, registries=REGISTRIES
    )
    (root / "config.toml").write_text(text)


def write_registry(node: Node, registry: Registry) -> None:
    """Tell a node, which may be running, how to speak to a registry: containerd assumes TLS otherwise."""
    folder = node.disk / "lib/containerd/certs.d" / registry.host
    folder.mkdir(parents=True, exist_ok=True)
    url = f"{'http' if registry.plain else 'https'}://{registry.host}"
    (folder / "hosts.toml").write_text(HOSTS.format(url=url))


def write_pod_network(node: Node) -> None:
    """Before the kubelet starts, so that it never sees a node without a network."""
    folder = node.disk / "lib/cni/net.d"
    folder.mkdir(parents=True)
    (folder / "10-slah.conflist").write_text(json.dumps(_pod_network(node), indent=1))


def _pod_network(node: Node) -> dict[str, object]:
    """Every pod on a cable of its own: all traffic is routed, so Services work within a node too.

    On a bridge they would need the kernel's br_netfilter module, which is not everywhere.
    """
    addresses = {
        "type": "host-local",
        "routes": [{"dst": "0.0.0.0/0"}],
        "ranges": [[{"subnet": str(node.pods)}]],
    }
    cable = {"type": "ptp", "ipMasq": False, "ipam": addresses}
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    return {"cniVersion": "0.4.0", "name": "slah", "plugins": [cable, ports]}


def _may_lower_oom_score() -> bool:
    """Whether runc may give the pause container its low oom_score_adj; it dies where it may not."""
    lines = Path("/proc/self/status").read_text().splitlines()
    effective = next(line.split()[1] for line in lines if line.startswith("CapEff:"))
    return bool(int(effective, 16) >> CAP_SYS_RESOURCE & 1)


def start(machine: Machine) -> Program:
    program = host.installed("containerd")
    return machine.start("containerd", [program, "--config", CONFIG, "--log-level", "warn"])
