"""The ``existing`` provider: finds a context, makes nothing."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from slaharness.cluster.existing import Existing
from slaharness.errors import BadInput, ClusterTrouble

UNSAID = ("major", "minor", "gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform")
VERSION = {**dict.fromkeys(UNSAID, ""), "gitVersion": "v1.34.4"}
NODES = {
    "apiVersion": "v1",
    "kind": "NodeList",
    "items": [
        {"metadata": {"name": "a", "labels": {"slaharness.dev/role": "infra"}}},
        {"metadata": {"name": "b"}},
    ],
}
SYSTEM = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system", "uid": "c-1"}}


class _Cluster(BaseHTTPRequestHandler):
    """As much of an API server as the provider asks for."""

    def do_GET(self) -> None:
        found = VERSION if self.path.startswith("/version") else NODES
        body = json.dumps(SYSTEM if self.path.endswith("/kube-system") else found).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Cluster) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
        thread.join()


def _kubeconfig(folder: Path, server: str) -> Path:
    file = folder / "config"
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": name, "context": {"cluster": "c", "user": "u"}} for name in ("two", "one")],
        "current-context": "one",
    }
    file.write_text(yaml.safe_dump(document))
    return file


def test_a_context_that_answers_is_described(tmp_path: Path, server: str) -> None:
    """``up`` tells version, nodes and what the cluster can do."""
    info = Existing("two", _kubeconfig(tmp_path, server)).up()
    assert (info.context, info.kubernetes, info.nodes) == ("two", "v1.34.4", ("a", "b"))
    assert info.capabilities == set()
    assert info.uid == "c-1"


def test_an_unknown_context_lists_those_there_are(tmp_path: Path) -> None:
    """A mistyped context is told apart from a cluster that is down, with the names to choose from."""
    with pytest.raises(BadInput, match=r"no context 'three'.*there are: one, two"):
        Existing("three", _kubeconfig(tmp_path, "http://127.0.0.1:1")).up()


def test_a_missing_kubeconfig_is_named(tmp_path: Path) -> None:
    """Without a kubeconfig the error says which file was looked for."""
    with pytest.raises(BadInput, match="nowhere"):
        Existing("one", tmp_path / "nowhere").up()


def test_the_environment_names_the_kubeconfig(
    tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """KUBECONFIG counts as it does for kubectl."""
    monkeypatch.setenv("KUBECONFIG", str(_kubeconfig(tmp_path, server)))
    assert Existing("one").up().name == "one"


def test_a_kubeconfig_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    """It is bad input, not a bug."""
    (tmp_path / "kubeconfig").write_text("contexts: [")
    with pytest.raises(BadInput, match=r"kubeconfig: no usable kubeconfig"):
        Existing("one", tmp_path / "kubeconfig").up()


def test_a_relative_kubeconfig_is_kept_whole(
    tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is undone later may be undone from another folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", _kubeconfig(tmp_path, server).name)
    assert Existing("one").up().kubeconfig == tmp_path / _kubeconfig(tmp_path, server).name


def test_a_cluster_that_does_not_answer_is_trouble(tmp_path: Path) -> None:
    """The error names context and address in one line; ``find`` says there is none."""
    cluster = Existing("one", _kubeconfig(tmp_path, "http://127.0.0.1:1"))
    with pytest.raises(
        ClusterTrouble, match=r"context 'one' at http://127\.0\.0\.1:1: no answer .*: connection refused; is"
    ) as caught:
        cluster.up()
    assert "\n" not in str(caught.value)
    assert cluster.find() is None


def test_images_cannot_be_loaded() -> None:
    """The error says how to get the images there by hand; having none to load is no error."""
    Existing("one").load_images([])
    with pytest.raises(ClusterTrouble, match=r"x\.tar.*images import"):
        Existing("one").load_images([Path("/x.tar")])


def test_down_touches_nothing(tmp_path: Path) -> None:
    """What we did not make we do not remove: not even the kubeconfig is read."""
    assert not Existing("one", tmp_path / "nowhere").down()


def test_what_an_api_holds_is_remembered_in_the_state_folder(cluster, state, tmp_path):
    """The library's default is a file of everybody's folder whose name anybody can guess, and believes it."""
    assert cluster.info.api().knows("v1", "Pod")
    (file,) = (state / "client").rglob("discovery.json")
    assert '"groupVersion"' in file.read_text() or "resources" in file.read_text()
    assert list(tmp_path.glob("osrcp-*")) == []
