"""etcd, API server, controller manager, scheduler: each a program on the control machine, with its identity.

etcd listens on the loopback of that machine's namespace, where nothing but the control plane is.
"""

from collections.abc import Mapping
from pathlib import Path

import yaml

from slaharness.cluster.local import host, network
from slaharness.cluster.local.layout import Layout
from slaharness.cluster.local.machine import Furniture, Machine, Program, switch_on
from slaharness.cluster.local.pki import Authority, Pair, key_pem, kubeconfig, new_key, public_pem, secret

PART = "control"
ETCD = "http://127.0.0.1:2379"
SCHEDULER_PORT = "10259"
#: Seconds after which pods leave a node that went silent. Kubernetes' own 300 is longer than a scenario.
TOLERATION = 30
#: What pods may be where their namespace's label says nothing else: none that could take its node.
POD_SECURITY = {
    "apiVersion": "pod-security.admission.config.k8s.io/v1",
    "kind": "PodSecurityConfiguration",
    "defaults": {"enforce": "baseline", "enforce-version": "latest"},
}
ADMISSION = {
    "apiVersion": "apiserver.config.k8s.io/v1",
    "kind": "AdmissionConfiguration",
    "plugins": [{"name": "PodSecurity", "configuration": POD_SECURITY}],
}
AUTHORITIES = ("clients", "kubelets", "servers", "front-proxy")


class Trust:
    """The cluster's authorities, and what was signed for the control plane, as files under ``home``/pki."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.folder = layout.home / "pki"
        self.clients, self.kubelets, self.servers, self._front = map(Authority, AUTHORITIES)

    def kubeconfig(self, user: str, *groups: str) -> bytes:
        """How ``user`` reaches the API server."""
        return self._kubeconfig(self.clients.client(user, *groups))

    def _kubeconfig(self, client: Pair) -> bytes:
        return kubeconfig(
            server=self._layout.server,
            authority=self.servers.pem,
            client=client,
            context=self._layout.context,
        )

    def write(self) -> None:
        """All that the control plane's programs read."""
        self.folder.mkdir(parents=True, mode=0o700)
        for name, authority in self._authorities().items():
            (self.folder / f"{name}-ca.crt").write_bytes(authority.pem)
        # What pods are given to trust: whoever asks the API server, and whoever measures nodes.
        (self.folder / "roots.crt").write_bytes(self.servers.pem + self.kubelets.pem)
        pairs = self._pairs()
        for name, pair in pairs.items():
            pair.write(self.folder, name)
        tokens = new_key()
        secret(self.folder / "tokens.key", key_pem(tokens))
        (self.folder / "tokens.pub").write_bytes(public_pem(tokens))
        for part in ("kube-controller-manager", "kube-scheduler"):
            secret(self.folder / f"{part}.kubeconfig", self.kubeconfig(f"system:{part}"))
        secret(self._layout.kubeconfig, self._kubeconfig(pairs["admin"]))

    def _authorities(self) -> Mapping[str, Authority]:
        return dict(zip(AUTHORITIES, (self.clients, self.kubelets, self.servers, self._front), strict=True))

    def _pairs(self) -> Mapping[str, Pair]:
        names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost"]
        names.append("kubernetes.default.svc.cluster.local")
        addresses = [self._layout.control, self._layout.services[1]]
        return {
            "admin": self.clients.client("slaharness-admin", "system:masters"),
            "apiserver": self.servers.server("kube-apiserver", names=names, addresses=addresses),
            "kube-scheduler": self.servers.server("kube-scheduler", addresses=[self._layout.control]),
            "kubelet-client": self.clients.client("kube-apiserver", "system:masters"),
            "front-proxy": self._front.client("front-proxy-client"),
        }


def start_machine(layout: Layout, tools: Mapping[str, Path]) -> Machine:
    """Its programs and their files are where they are on the host, so that one path serves both."""
    folders = {str(tool.parent): tool.parent for tool in tools.values()}
    home = {str(layout.home): layout.home}
    own = Furniture(layout.home / PART, binds=home, programs=folders, sysctls=network.SYSCTLS)
    return switch_on(layout, PART, own)


def start_etcd(layout: Layout, machine: Machine) -> Program:
    """No fsync: the cluster ends with its machine."""
    return machine.start("etcd", [
        host.installed("etcd"), "--name", layout.name, "--data-dir", layout.home / "etcd",
        "--unsafe-no-fsync",
        "--listen-client-urls", ETCD, "--advertise-client-urls", ETCD,
        "--listen-peer-urls", "http://127.0.0.1:2380",
        "--initial-advertise-peer-urls", "http://127.0.0.1:2380",
        "--initial-cluster", f"{layout.name}=http://127.0.0.1:2380",
        "--log-level", "warn", "--logger", "zap",
    ])  # fmt: skip


def start_api(layout: Layout, machine: Machine, tools: Mapping[str, Path]) -> Program:
    pki, admission = layout.home / "pki", layout.home / "admission.yaml"
    admission.write_text(yaml.safe_dump(ADMISSION))
    return machine.start("kube-apiserver", [
        tools["kube-apiserver"],
        "--etcd-servers", ETCD, "--advertise-address", layout.control, "--bind-address", layout.control,
        "--secure-port", "6443", "--service-cluster-ip-range", layout.services, "--allow-privileged",
        "--authorization-mode", "Node,RBAC", "--enable-admission-plugins", "NodeRestriction",
        "--admission-control-config-file", admission,
        "--tls-cert-file", pki / "apiserver.crt", "--tls-private-key-file", pki / "apiserver.key",
        "--client-ca-file", pki / "clients-ca.crt",
        "--kubelet-certificate-authority", pki / "kubelets-ca.crt",
        "--kubelet-client-certificate", pki / "kubelet-client.crt",
        "--kubelet-client-key", pki / "kubelet-client.key",
        "--kubelet-preferred-address-types", "InternalIP",
        "--service-account-issuer", "https://kubernetes.default.svc",
        "--service-account-key-file", pki / "tokens.pub",
        "--service-account-signing-key-file", pki / "tokens.key",
        "--enable-aggregator-routing", "--requestheader-client-ca-file", pki / "front-proxy-ca.crt",
        "--requestheader-allowed-names", "front-proxy-client",
        "--requestheader-extra-headers-prefix", "X-Remote-Extra-",
        "--requestheader-group-headers", "X-Remote-Group",
        "--requestheader-username-headers", "X-Remote-User",
        "--proxy-client-cert-file", pki / "front-proxy.crt",
        "--proxy-client-key-file", pki / "front-proxy.key",
        "--default-not-ready-toleration-seconds", TOLERATION,
        "--default-unreachable-toleration-seconds", TOLERATION,
        "--enable-priority-and-fairness=false", "--profiling=false",
    ])  # fmt: skip


def start_controllers(layout: Layout, machine: Machine, tools: Mapping[str, Path]) -> list[Program]:
    """Secure port 0: nobody asks the controller manager anything; the scheduler says what pods ask for."""
    pki = layout.home / "pki"
    controllers = machine.start("kube-controller-manager", [
        tools["kube-controller-manager"], "--kubeconfig", pki / "kube-controller-manager.kubeconfig",
        "--secure-port", "0", "--leader-elect=false", "--profiling=false",
        "--use-service-account-credentials", "--allocate-node-cidrs=false",
        "--cluster-cidr", layout.pods, "--service-cluster-ip-range", layout.services,
        "--service-account-private-key-file", pki / "tokens.key", "--root-ca-file", pki / "roots.crt",
        "--node-monitor-period", "3s", "--node-monitor-grace-period", "16s",
        "--terminated-pod-gc-threshold", "20",
        "--horizontal-pod-autoscaler-sync-period", "2s",
        "--horizontal-pod-autoscaler-initial-readiness-delay", "5s",
        "--horizontal-pod-autoscaler-cpu-initialization-period", "10s",
    ])  # fmt: skip
    own = pki / "kube-scheduler.kubeconfig"
    scheduler = machine.start("kube-scheduler", [
        tools["kube-scheduler"], "--kubeconfig", own, "--leader-elect=false", "--profiling=false",
        "--bind-address", layout.control, "--secure-port", SCHEDULER_PORT,
        "--tls-cert-file", pki / "kube-scheduler.crt", "--tls-private-key-file", pki / "kube-scheduler.key",
        "--authentication-kubeconfig", own, "--authorization-kubeconfig", own,
    ])  # fmt: skip
    return [controllers, scheduler]
