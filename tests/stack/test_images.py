"""Images get to the nodes once, and a cluster that takes none is told so."""

import platform as machine
from pathlib import Path
from types import SimpleNamespace

import pytest

from slaharness.cluster.provider import Capability
from slaharness.errors import BadInput, StackTrouble
from slaharness.image import Image, Platform
from slaharness.image.platform import MACHINES
from slaharness.stack import images
from slaharness.stack.protocol import ImageSource

API = Image("api", "localhost/slaharness/api:1", Path("api.tar"))
EDGE = Image("edge", "localhost/slaharness/edge:1", Path("edge.tar"))


class Nodes:
    """A provider that notes what it loads."""

    def __init__(self):
        self.loaded = []
        self.registries = []

    def load_images(self, archives):
        self.loaded += archives

    def pull_from(self, registry):
        self.registries.append(registry)


@pytest.fixture
def cluster(holding, thing):
    """Two nodes: both hold the API's image, one the edge's."""
    nodes = [
        thing({"status": {"images": [{"names": [API.reference, EDGE.reference]}]}}),
        thing({"status": {"images": [{"names": [API.reference]}]}}),
    ]
    api = holding(list_node=nodes)
    return SimpleNamespace(name="dev", api=lambda: api, capabilities={Capability.LOAD_IMAGES})


def test_only_what_some_node_lacks_is_loaded(cluster):
    """An image on every node costs nothing; one that a single node lacks is loaded."""
    nodes = Nodes()
    assert images.deliver(cluster, nodes, [API, EDGE]) == (API, EDGE)
    assert nodes.loaded == [EDGE.archive]


def test_cluster_that_takes_no_images_is_told_what_it_lacks(cluster):
    """Rather than waiting for pods that can never start."""
    cluster.capabilities = set()
    with pytest.raises(StackTrouble, match=r"lacks the images edge: name a registry .*--registry.*or import"):
        images.deliver(cluster, Nodes(), [API, EDGE])


def test_with_a_registry_nothing_is_loaded_and_pods_name_what_was_pushed(cluster, monkeypatch):
    """Also on a cluster whose nodes could be given images, and which has them all."""
    pushed = Image("edge", "registry.example.org/edge@sha256:ab", Path("edge.tar"))
    monkeypatch.setattr(images.Registry, "push", lambda registry, found: (pushed,) if registry.plain else ())
    nodes = Nodes()
    assert images.deliver(cluster, nodes, [EDGE], "http://registry.example.org") == (pushed,)
    assert (nodes.loaded, nodes.registries) == ([], ["http://registry.example.org"])


def test_an_image_may_be_built_on_another_one_of_ours(monkeypatch):
    """The backup's tools are the very ones of the ring that it is of."""
    built = {}

    def build(name, _folder, *, args, extra, platform):
        built[name] = args["BASE"]
        return Image(name, f"localhost/slaharness/{name}:1", Path())

    monkeypatch.setattr(images.image, "build", build)
    monkeypatch.setattr(images.image, "base", lambda platform: SimpleNamespace(reference="base:1"))
    ring, edge = ImageSource(Path("cassandra")), ImageSource(Path("edge"))
    sources = {"backup": ImageSource(Path("backup"), base="cassandra"), "cassandra": ring, "edge": edge}
    images.make(sources, ["backup", "edge"])
    assert built == {
        "backup": "localhost/slaharness/cassandra:1", "cassandra": "base:1", "edge": "base:1",
    }  # fmt: skip


def test_an_image_that_the_stack_does_not_have_is_bad_input(monkeypatch):
    """A manifest with a typing error is told with the names there are."""
    monkeypatch.setattr(images.image, "base", lambda platform: SimpleNamespace(reference="base:1"))
    with pytest.raises(BadInput, match="image egde: the manifests name it, but the stack's images are edge"):
        images.make({"edge": ImageSource(Path("edge"))}, ["egde"])


@pytest.mark.parametrize(
    ("nodes", "foreign"), [(["own"], False), (["other", "own"], False), (["other"], True), ([], False)]
)
def test_images_are_for_the_nodes_only_where_none_is_like_this_machine(holding, thing, nodes, foreign):
    """A cluster of another kind could run none of this machine's."""
    own = MACHINES[machine.machine()]
    names = {"own": own, "other": next(name for name in MACHINES.values() if name != own)}
    there = [thing({"status": {"node_info": {"architecture": names[word]}}}) for word in nodes]
    api = holding(list_node=there)
    found = images.platform(SimpleNamespace(api=lambda: api))
    assert found == (Platform(names["other"]) if foreign else None)
