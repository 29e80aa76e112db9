"""What a local cluster must be able to do: everything that a scenario takes for granted."""

import socket
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest
import requests
from kubernetes.client.exceptions import ApiException

from slaharness.cluster.local import processes, toolchain
from slaharness.cluster.local.layout import Layout
from slaharness.cluster.local.parts import gather
from slaharness.cluster.local.provider import Local
from slaharness.errors import CommandFailed
from slaharness.host.wait import until

from .conftest import NAME, ready_pods

pytestmark = pytest.mark.live


def _layout(local):
    return Layout(local.name, local.status().slot, local.nodes)


def test_up_again_finds_the_cluster_and_is_quick(local):
    """A healthy cluster is left as it is."""
    before, began = {part.pid for part in local.status().parts}, time.monotonic()
    assert local.up().nodes == ("n0", "n1", "n2")
    assert time.monotonic() - began < 5
    assert {part.pid for part in local.status().parts} == before


def test_status_tells_nodes_programs_and_cost(local):
    """Every program is running where it belongs, with its memory."""
    status = local.status()
    assert status.healthy
    assert status.nodes == {"n0": "", "n1": "", "n2": ""}
    per_node = [p.program for p in status.parts if p.machine == "n1"]
    assert sorted(per_node) == ["containerd", "kube-proxy", "kube-router", "kubelet"]
    assert len(status.parts) == 4 + 3 * 4
    assert all(part.memory > 2**20 for part in status.parts)
    assert status.age > 0


def test_pods_run_on_workers_with_a_volume_each(web, kubectl):
    """A StatefulSet with claims gets its volumes on the nodes where its pods run, never on the infra node."""
    assert {pod.spec.node_name for pod in web.values()} == {"n1", "n2"}
    assert kubectl("exec", "web-0", "--", "cat", "/data/name").strip() == "web-0"
    assert "started" in kubectl("logs", "web-1")


def test_pods_reach_each_other_over_nodes_by_name_and_by_service(web, kubectl):
    """DNS answers, headless names lead to the pod, a Service's address to all of them."""
    named = kubectl("exec", "web-0", "--", "nslookup", "web-1.each.default.svc.cluster.local")
    assert web["web-1"].status.pod_ip in named
    for name, pod in web.items():
        assert _asked(kubectl, f"{pod.status.pod_ip} 8080") == [name]
    service = kubectl("get", "service", "all", "-o", "jsonpath={.spec.clusterIP}")
    assert set(_asked(kubectl, f"{service} 80", times=24)) == set(web)


def _asked(kubectl, where, times=1, by="web-0"):
    """The names that answer a pod. (The shell's own wget cannot: it is linked without a resolver.)"""
    ask = f"printf 'GET /name HTTP/1.0\\r\\n\\r\\n' | nc -w 5 {where} | tail -n 1"
    return kubectl("exec", by, "--", "sh", "-c", f"for i in $(seq {times}); do {ask}; done").split()


def _policy(ingress):
    """Who may reach the three pods that serve their names."""
    spec = {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"], "ingress": ingress}
    kind = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
    return [{**kind, "metadata": {"name": "who", "namespace": "default"}, "spec": spec}]


def test_who_may_reach_a_pod_is_enforced(web, api, kubectl):
    """On its own node and from another; the kubelet's probes go through, and what is allowed again works."""
    nodes = Counter(pod.spec.node_name for pod in web.values())
    asks, *others = sorted(web, key=lambda name: -nodes[web[name].spec.node_name])
    assert sorted(nodes.values()) == [1, 2], "one of its own node, one of another"
    asked = {f"{web[name].status.pod_ip} 8080" for name in others}
    try:
        api.apply(_policy([]))
        for where in asked:
            until(lambda to=where: not _asked(kubectl, to, by=asks), within=30, what="nobody gets in")
        time.sleep(5)
        assert set(ready_pods(api) or ()) == set(web), "probes of their own nodes still reach them"
        api.apply(_policy([{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}]))
        for where in asked:
            until(lambda to=where: _asked(kubectl, to, by=asks), within=30, what="who is named gets in")
    finally:
        api.delete(_policy([]))


def test_ports_are_forwarded_and_services_proxied(web, local, api):
    """A person's kubectl and the harness's own way to a Service both work."""
    answer = api.endpoint("default", "all", 80)
    assert answer.session.get(answer.url + "/name", timeout=10).text.strip() in web
    kubectl = [toolchain.ensure()["kubectl"], "--kubeconfig", local.find().kubeconfig]
    with subprocess.Popen(
        [*kubectl, "port-forward", "pod/web-2", ":8080"], stdout=subprocess.PIPE, text=True
    ) as forward:
        port = int(forward.stdout.readline().split("->")[0].rpartition(":")[2])
        assert requests.get(f"http://127.0.0.1:{port}/name", timeout=10).text.strip() == "web-2"
        forward.kill()


def test_a_pod_killed_with_no_grace_dies_within_seconds(web, api, local):
    """Deleted by force, its processes are gone soon, and its successor has the same volume."""
    victim = web["web-1"]
    inside = [p.pid for p in processes.on(NAME, victim.spec.node_name) if _is_in(p.pid, victim.metadata.uid)]
    assert len(inside) >= 2, "the pod's pause and its own process"
    api.core.delete_namespaced_pod("web-1", "default", grace_period_seconds=0)
    until(lambda: not any(map(processes.alive, inside)), within=15, every=0.05, what="its processes are gone")
    until(lambda: _replaced(api, victim.metadata.uid), within=60, what="web-1 is back")
    starts = local.status() and api.endpoint("default", "web-1", 8080, kind="pods")
    assert starts.session.get(starts.url + "/starts", timeout=10).text.split() == ["x", "x"]


def _is_in(pid, uid):
    return uid in Path(f"/proc/{pid}/cgroup").read_text()


def _replaced(api, uid):
    pods = ready_pods(api)
    return pods and pods["web-1"].metadata.uid != uid


def test_nobody_talks_to_the_parts_without_a_certificate(local):
    """API server and kubelets turn away whoever does not say who they are."""
    layout = _layout(local)
    pki = layout.home / "pki"
    with requests.Session() as session:
        session.trust_env = False
        kubelet = f"https://{layout.nodes[1].address}:10250/pods"
        assert session.get(kubelet, verify=pki / "kubelets-ca.crt", timeout=5).status_code == 401
        pods = f"{layout.server}/api/v1/pods"
        assert session.get(pods, verify=pki / "servers-ca.crt", timeout=5).status_code in {401, 403}


def test_a_node_may_not_speak_for_another(local, kubectl):
    """Each kubelet has an identity of its own, and it is good for its own node only."""
    own = _layout(local).home / "n1/lib/kubelet/kubeconfig"
    program = toolchain.ensure()["kubectl"]
    words = [program, "--kubeconfig", own, "label", "node"]
    done = [
        subprocess.run([*words, node, "x=y", "--overwrite"], capture_output=True, check=False, timeout=30)
        for node in ("n1", "n2")
    ]
    assert [one.returncode == 0 for one in done] == [True, False]


def test_a_pod_that_could_take_its_node_is_refused(api):
    """In every namespace without a label: the API server itself enforces Pod Security ``baseline``."""
    host = {"name": "host", "hostPath": {"path": "/etc"}}
    container = {"name": "main", "image": "any", "volumeMounts": [{"name": "host", "mountPath": "/host"}]}
    spec = {"containers": [container], "volumes": [host]}
    with pytest.raises(ApiException, match=r"violates PodSecurity .*baseline.*hostPath"):
        api.core.create_namespaced_pod("default", {"metadata": {"name": "intruder"}, "spec": spec})


@pytest.fixture
def on_the_root(api, kubectl):
    """A namespace where everything is allowed, and in it a pod that has its node's root at /host."""
    labels = {"pod-security.kubernetes.io/enforce": "privileged"}
    api.core.create_namespace({"metadata": {"name": "root", "labels": labels}})
    host = {"name": "host", "hostPath": {"path": "/"}}
    shell = {
        "name": "main", "image": gather().images["busybox"].reference, "command": ["sleep", "300"],
        "volumeMounts": [{"name": "host", "mountPath": "/host"}],
    }  # fmt: skip
    spec = {"containers": [shell], "volumes": [host], "terminationGracePeriodSeconds": 0}
    api.core.create_namespaced_pod("root", {"metadata": {"name": "main"}, "spec": spec})
    kubectl("wait", "pod/main", "--namespace", "root", "--for", "condition=Ready", "--timeout", "60s")
    yield lambda script: kubectl("exec", "main", "--namespace", "root", "--", "sh", "-c", script)
    api.core.delete_namespace("root")


def test_a_pod_that_has_its_nodes_root_has_nothing_of_the_host(on_the_root, api, tmp_path):
    """It sees its node's own files, none of ours, and cannot change the programs that both run."""
    (tmp_path / "secret").write_text("of the host")
    node = api.core.read_namespaced_pod("main", "root").spec.node_name
    assert on_the_root("cat /host/etc/hostname").strip() == node
    assert on_the_root(f"ls /host{tmp_path} /host/root/.ssh /host/home/* 2>/dev/null || true") == ""
    on_the_root("touch /host/etc/made-in-a-pod")
    assert not Path("/etc/made-in-a-pod").exists()
    for program in ("/usr/bin/made-in-a-pod", "/bin/made-in-a-pod"):
        with pytest.raises(CommandFailed, match="Read-only file system"):
            on_the_root(f"touch /host{program}")


def test_nothing_of_the_block_leaks_to_other_networks(local):
    """An address of the block that nobody has is refused by the host itself."""
    unused = str(_layout(local).block[63 * 256 + 1])
    with pytest.raises(OSError, match=r"unreachable|No route"):
        socket.create_connection((unused, 80), timeout=3)


def test_pods_cannot_leave_the_cluster(web, kubectl):
    """There is no way out of the cluster: load and faults stay inside."""
    with pytest.raises(CommandFailed, match=r"unreachable"):
        kubectl("exec", "web-0", "--", "nc", "-w", "3", "192.0.2.1", "80")


def test_logs_are_collected(local, tmp_path):
    """One file for each program of each machine."""
    local.collect_logs(tmp_path)
    names = {log.name for log in tmp_path.iterdir()}
    assert {"control-kube-apiserver.log", "n0-kubelet.log", "n2-containerd.log"} <= names


def test_a_cluster_that_lost_a_part_is_made_anew(local):
    """``up`` does not hand out a cluster that does not work."""
    server = next(part.pid for part in local.status().parts if part.program == "kube-apiserver")
    processes.kill([p for p in processes.find(NAME) if p.pid == server])
    assert Local(NAME, 2).find() is None
    assert local.up().nodes == ("n0", "n1", "n2")
    assert local.status().healthy
