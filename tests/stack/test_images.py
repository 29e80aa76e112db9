"""Images get to the nodes once, and a cluster that takes none is told so."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from slaharness.cluster.provider import Capability
from slaharness.errors import StackTrouble
from slaharness.image import Image
from slaharness.stack import images

API = Image("api", "localhost/slaharness/api:1", Path("api.tar"))
EDGE = Image("edge", "localhost/slaharness/edge:1", Path("edge.tar"))


class Nodes:
    """A provider that notes what it loads."""

    def __init__(self):
        self.loaded = []

    def load_images(self, archives):
        self.loaded += archives


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
    images.load(cluster, nodes, [API, EDGE])
    assert nodes.loaded == [EDGE.archive]


def test_cluster_that_takes_no_images_is_told_what_it_lacks(cluster):
    """Rather than waiting for pods that can never start."""
    cluster.capabilities = set()
    with pytest.raises(StackTrouble, match="lacks the images edge"):
        images.load(cluster, Nodes(), [API, EDGE])


def test_an_image_may_be_built_on_another_one_of_ours(monkeypatch):
    """The backup's tools are the very ones of the ring that it is of."""
    built = {}

    def build(name, _folder, *, args, extra):
        built[name] = args["BASE"]
        return Image(name, f"localhost/slaharness/{name}:1", Path())

    monkeypatch.setattr(images.image, "build", build)
    monkeypatch.setattr(images.image, "base", lambda: SimpleNamespace(reference="base:1"))
    images.make(["backup", "edge"])
    assert built == {
        "backup": "localhost/slaharness/cassandra:1", "cassandra": "base:1", "edge": "base:1",
    }  # fmt: skip
