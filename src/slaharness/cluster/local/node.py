"""One node: its machine with disk and cable, containerd, and kubelet, kube-proxy and kube-router by name."""

import json
from collections.abc import Mapping
from pathlib import Path

from slaharness.cluster.local import containerd, network, store
from slaharness.cluster.local.control_plane import Trust
from slaharness.cluster.local.layout import Layout, Node
from slaharness.cluster.local.machine import Furniture, Machine, Program, switch_on
from slaharness.cluster.local.pki import secret

ROLE = "slaharness.dev/role"
KUBELET = "/var/lib/kubelet"
EVICTIONS = (
    "memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available", "imagefs.inodesFree",
)  # fmt: skip
#: Where a node sees the programs that the toolchain made.
TOOLS = "/run/tools"
PROGRAMS = ("kubelet", "kube-proxy", "kube-router")
#: As whom the node asks which pods may speak to which.
POLICE = "slaharness:network-policies"


def furnish(layout: Layout, node: Node, trust: Trust, pause: str, images: Path) -> None:
    """Write all that the node's programs read onto its disk. ``images`` is the store it starts with."""
    folder = node.disk / "lib/kubelet"
    folder.mkdir(parents=True, mode=0o700)
    (node.disk / "log").mkdir()
    root = node.disk / "lib/containerd"
    root.mkdir()
    store.furnish(images, root)
    containerd.write_config(root, pause)
    containerd.write_pod_network(node)
    (folder / "clients-ca.crt").write_bytes(trust.clients.pem)
    trust.kubelets.server(node.name, names=[node.name], addresses=[node.address]).write(folder, "serving")
    secret(folder / "kubeconfig", trust.kubeconfig(f"system:node:{node.name}", "system:nodes"))
    secret(folder / "kube-proxy.kubeconfig", trust.kubeconfig("system:kube-proxy"))
    secret(folder / "kube-router.kubeconfig", trust.kubeconfig(POLICE))
    (folder / "config.yaml").write_text(json.dumps(_kubelet(layout, node), indent=1))


def _kubelet(layout: Layout, node: Node) -> dict[str, object]:
    """KubeletConfiguration. The host's full disk must not look like a fault, so nothing is evicted for it.

    Nor are images: one that is gone could not be pulled again.
    """
    taint = {"key": ROLE, "value": "infra", "effect": "NoSchedule"}
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": f"{KUBELET}/clients-ca.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": f"{KUBELET}/serving.crt",
        "tlsPrivateKeyFile": f"{KUBELET}/serving.key",
        "address": str(node.address),
        "clusterDNS": [str(layout.dns)],
        "clusterDomain": "cluster.local",
        "resolvConf": "",
        "containerRuntimeEndpoint": f"unix://{containerd.SOCKET}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/slah-{layout.name}/{node.name}",
        "registerWithTaints": [] if node.index else [taint],
        "failSwapOn": False,
        "localStorageCapacityIsolation": False,
        "evictionHard": dict.fromkeys(EVICTIONS, "0%"),
        "imageGCHighThresholdPercent": 100,
        "nodeStatusUpdateFrequency": "8s",
        "nodeStatusReportFrequency": "1m",
        "nodeStatusMaxImages": -1,
        "nodeLeaseDurationSeconds": 24,
        "serializeImagePulls": False,
        "volumeStatsAggPeriod": "-1s",
    }


def boot(layout: Layout, node: Node, control: Machine, tools: Mapping[str, Path], images: Path) -> Machine:
    """Switch the node on and plug it in."""
    node.run.mkdir(parents=True)
    binds = {
        "/var/lib": node.disk / "lib",
        "/var/log": node.disk / "log",
        "/run": node.run,
        store.INSIDE: images,
    }
    programs = {f"{TOOLS}/{name}": tools[name] for name in PROGRAMS}
    furniture = Furniture(node.disk / "root", binds, programs, network.SYSCTLS)
    machine = switch_on(layout, node.name, furniture)
    network.plug_node(layout, control, machine, node)
    return machine


def start_kubelet(node: Node, machine: Machine) -> Program:
    """Once the API server serves: it retries ever more slowly."""
    return machine.start("kubelet", [
        f"{TOOLS}/kubelet", "--config", f"{KUBELET}/config.yaml", "--kubeconfig", f"{KUBELET}/kubeconfig",
        "--cert-dir", f"{KUBELET}/pki", "--hostname-override", node.name, "--node-ip", node.address,
        "--node-labels", f"{ROLE}={node.role}",
    ])  # fmt: skip


def start_proxy(layout: Layout, node: Node, machine: Machine) -> Program:
    """Once the roles are there that its identity rests on."""
    return machine.start("kube-proxy", [
        f"{TOOLS}/kube-proxy", "--kubeconfig", f"{KUBELET}/kube-proxy.kubeconfig",
        "--hostname-override", node.name, "--cluster-cidr", layout.pods, "--proxy-mode", "iptables",
        "--conntrack-max-per-core", "0", "--conntrack-tcp-timeout-established", "0",
        "--conntrack-tcp-timeout-close-wait", "0", "--bind-address", node.address,
        "--healthz-bind-address", f"{node.address}:10256",
    ])  # fmt: skip


def start_policies(layout: Layout, node: Node, machine: Machine) -> Program:
    """Enforces NetworkPolicies on the way to and from the node's pods, and does nothing else.

    Once the node is known to the API server, or it ends at once. It asks for one health port a node, and
    stays whole when nobody asks; its metrics are not served.
    """
    return machine.start("kube-router", [
        f"{TOOLS}/kube-router", "--kubeconfig", f"{KUBELET}/kube-router.kubeconfig",
        "--hostname-override", node.name, "--run-firewall", "--run-router=false",
        "--run-service-proxy=false", "--enable-cni=false", "--service-cluster-ip-range", layout.services,
        "--health-port", "0",
    ])  # fmt: skip
