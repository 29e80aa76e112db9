"""What a node's container runtime is told."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from slaharness.cluster.local import containerd, host
from slaharness.cluster.local.layout import Layout
from slaharness.image import Registry


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("http://198.18.0.254:5000/team", "http://198.18.0.254:5000"),
        ("registry.example.org/team", "https://registry.example.org"),
    ],
)
def test_a_running_node_learns_of_a_registry_where_its_runtime_looks_at_every_pull(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, url: str
) -> None:
    """By its own scheme; again and again with no harm."""
    monkeypatch.setattr(host, "cni_folder", lambda: Path("/cni"))
    node = replace(Layout("one", 0, 1).nodes[1], disk=tmp_path)
    root = tmp_path / "lib/containerd"
    root.mkdir(parents=True)
    containerd.write_config(root, "pause:1")
    for _ in range(2):
        containerd.write_registry(node, Registry.at(address))
    config = tomllib.loads((root / "config.toml").read_text())
    looked_at = config["plugins"]["io.containerd.grpc.v1.cri"]["registry"]["config_path"]
    inside = tmp_path / "lib" / Path(looked_at).relative_to("/var/lib")
    hosts = tomllib.loads((inside / Registry.at(address).host / "hosts.toml").read_text())
    assert hosts["server"] == url
    assert hosts["host"][url]["capabilities"] == ["pull", "resolve"]
