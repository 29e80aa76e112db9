"""What every local cluster carries."""

from pathlib import Path
from types import SimpleNamespace

import yaml

from slaharness.cluster.local import addons, control_plane, layout
from slaharness.cluster.local.layout import Layout

REFERENCES = {"coredns": "img/coredns:1", "provisioner": "img/provisioner:1", "helper": "img/helper:1"}


def _manifests():
    return addons.manifests(Layout("a", 1, 3), REFERENCES)


def _deployments():
    return [body for body in _manifests() if body["kind"] == "Deployment"]


def test_addons_live_on_the_node_that_faults_never_touch():
    """Names and volumes keep working while workers are being killed."""
    specs = [body["spec"]["template"]["spec"] for body in _deployments()]
    assert [spec["nodeSelector"] for spec in specs] == [{"slaharness.dev/role": "infra"}] * 2
    assert all({"key": "slaharness.dev/role", "operator": "Exists"} in spec["tolerations"] for spec in specs)


def test_addons_never_pull():
    """Their images are in every node from the start; there may be no registry at all."""
    containers = [body["spec"]["template"]["spec"]["containers"][0] for body in _deployments()]
    assert {container["image"] for container in containers} == {"img/coredns:1", "img/provisioner:1"}
    assert {container["imagePullPolicy"] for container in containers} == {"Never"}


def test_names_are_asked_where_the_kubelets_say():
    """The Service has the address that every pod's resolv.conf names."""
    service = next(body for body in _manifests() if body["kind"] == "Service")
    assert service["spec"]["clusterIP"] == "198.18.96.10"


def test_volumes_need_no_class():
    """A claim without a class gets a volume on the node its pod runs on."""
    storage = next(body for body in _manifests() if body["kind"] == "StorageClass")
    assert storage["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true"
    assert storage["volumeBindingMode"] == "WaitForFirstConsumer"


def test_what_the_cluster_says_of_itself_is_found_by_name():
    """The scheduler on the control machine, a kubelet on every node: addresses as the layout has them."""
    slices = {body["metadata"]["name"]: body for body in _manifests() if body["kind"] == "EndpointSlice"}
    found = {
        name: [address for one in body["endpoints"] for address in one["addresses"]]
        for name, body in slices.items()
    }
    layout = Layout("a", 1, 3)
    assert found == {
        "kube-scheduler": [str(layout.control)],
        "kubelet": [str(node.address) for node in layout.nodes],
    }
    headless = [
        body for body in _manifests() if body["kind"] == "Service" and body["metadata"]["name"] in found
    ]
    assert [body["spec"]["clusterIP"] for body in headless] == ["None"] * 2


def test_only_the_provisioner_may_reach_into_its_node():
    """Volumes are folders of a node; names are asked of a pod like any other."""
    label = "pod-security.kubernetes.io/enforce"
    labels = {
        body["metadata"]["name"]: body["metadata"].get("labels", {}).get(label)
        for body in _manifests()
        if body["kind"] == "Namespace"
    }
    assert labels == {"local-path-storage": "privileged"}


def test_pods_are_confined_where_no_label_says_otherwise(tmp_path, monkeypatch):
    """The API server itself says so, for every namespace that anybody makes."""
    started = SimpleNamespace(start=lambda _, words: list(map(str, words)))
    monkeypatch.setattr(layout, "FOLDER", tmp_path)
    (tmp_path / "a").mkdir()
    words = control_plane.start_api(Layout("a", 1, 3), started, {"kube-apiserver": "kube-apiserver"})
    file = words[words.index("--admission-control-config-file") + 1]
    (plugin,) = yaml.safe_load(Path(file).read_text())["plugins"]
    assert plugin["name"] == "PodSecurity"
    assert plugin["configuration"]["defaults"]["enforce"] == "baseline"
    assert "exemptions" not in plugin["configuration"]
