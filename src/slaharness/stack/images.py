"""The stack's images: built side by side from ``weather/images``, then put into the cluster's nodes."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from slaharness import image
from slaharness.cluster.provider import Capability, ClusterInfo, Provider
from slaharness.errors import StackTrouble
from slaharness.host import project
from slaharness.host.progress import step
from slaharness.image import Image
from slaharness.stack import manifests
from slaharness.stack.objects import items

#: What an image takes from elsewhere in ``weather/``: name in its build context → path.
TAKES: Mapping[str, Mapping[str, str]] = {"api": {"weather": "services/weather"}}
#: Images that are built on another one of ours instead of the base.
ON: Mapping[str, str] = {"backup": "cassandra"}


def build(folders: Iterable[Path]) -> tuple[Image, ...]:
    """The images that the Kustomize folders name: a guess, while Kustomize itself is being built."""
    return make(sorted({name for folder in folders for name in manifests.named(folder)}))


def make(names: Iterable[str]) -> tuple[Image, ...]:
    """Build the named images side by side; those built before from the same content cost nothing.

    Raises StackTrouble when one cannot be built.
    """
    weather = project.root() / "weather"
    base = image.base().reference
    with ThreadPoolExecutor() as pool:
        return tuple(pool.map(lambda name: _one(name, weather, base), names))


def _one(name: str, weather: Path, base: str) -> Image:
    extra = {inside: weather / path for inside, path in TAKES.get(name, {}).items()}
    if name in ON:  # whoever builds that one at the same time shares the work: the cache lets one build it
        base = _one(ON[name], weather, base).reference
    return image.build(name, weather / "images" / name, args={"BASE": base}, extra=extra)


def load(cluster: ClusterInfo, provider: Provider, images: Sequence[Image]) -> None:
    """Put those images into the cluster's nodes which some node does not have yet.

    Raises StackTrouble for a cluster whose nodes take no images and which lacks one.
    """
    held = _held_by_all(cluster)
    missing = [image for image in images if image.reference not in held]
    if not missing:
        return
    names = ", ".join(image.name for image in missing)
    if Capability.LOAD_IMAGES not in cluster.capabilities:
        raise StackTrouble(
            f"cluster {cluster.name} lacks the images {names}, and its nodes cannot be given any from here: "
            "push them where the nodes can pull, and set the tags with an overlay"
        )
    with step(f"Images into the nodes: {names}"):
        provider.load_images([image.archive for image in missing])


def _held_by_all(cluster: ClusterInfo) -> set[str]:
    """References that every node says it has."""
    nodes = items(cluster.api().core.list_node())
    held = [{name for entry in node.status.images or () for name in entry.names or ()} for node in nodes]
    return set.intersection(*held) if held else set()
