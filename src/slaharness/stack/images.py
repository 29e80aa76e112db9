"""The stack's images: built side by side, then brought to where the cluster's pods can have them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from slaharness import image
from slaharness.cluster.provider import Capability, ClusterInfo, Provider
from slaharness.errors import BadInput, StackTrouble
from slaharness.host.progress import step
from slaharness.host.threads import Threads
from slaharness.image import Image, Platform, Registry
from slaharness.stack.objects import items
from slaharness.stack.protocol import ImageSource


def make(
    sources: Mapping[str, ImageSource], names: Iterable[str], platform: Platform | None = None
) -> tuple[Image, ...]:
    """Build the named images side by side; those built before from the same content cost nothing.

    ``platform`` is that of the nodes where it is not this machine's. Raises BadInput for a name that is not
    among ``sources``, StackTrouble when an image cannot be built.
    """
    names = tuple(names)
    if not names:
        return ()
    base = image.base(platform).reference
    build = partial(image.build, platform=platform)
    with Threads() as pool:
        return tuple(pool.map(lambda name: _one(name, sources, base, build), names))


def planned(sources: Mapping[str, ImageSource]) -> Mapping[str, Image | None]:
    """What ``make`` would return, whether built yet or not; None where a registry must say."""
    base = image.base_planned()
    return {name: _one(name, sources, base.reference, image.planned) if base else None for name in sources}


def _one(name: str, sources: Mapping[str, ImageSource], base: str, make_one: Callable[..., Image]) -> Image:
    if (source := sources.get(name)) is None:
        raise BadInput(
            f"image {name}: the manifests name it, but the stack's images are {', '.join(sources) or 'none'}"
        )
    if source.base:  # whoever builds that one at the same time shares the work: the cache lets one build it
        base = _one(source.base, sources, base, make_one).reference
    return make_one(name, source.folder, args={"BASE": base}, extra=source.extra)


def deliver(
    cluster: ClusterInfo, provider: Provider, images: Sequence[Image], registry: str = ""
) -> tuple[Image, ...]:
    """Bring ``images`` to where the cluster's pods can have them; return them as pods must name them.

    With a ``registry`` they are pushed there and named by digest, else they are put into the nodes. Raises
    BadInput for an address that is none, StackTrouble for a push that fails, or for a cluster that lacks an
    image and whose nodes cannot be given any.
    """
    if not registry:
        _load(cluster, provider, images)
        return tuple(images)
    provider.pull_from(registry)
    return Registry.at(registry).push(images)


def platform(cluster: ClusterInfo) -> Platform | None:
    """That of the nodes, where none of them is of this machine's kind. Raises BadInput for an unknown one."""
    nodes = items(cluster.api().core.list_node())
    found = [image.foreign(f"linux/{node.status.node_info.architecture}") for node in nodes]
    return found[0] if found and all(found) else None


def _load(cluster: ClusterInfo, provider: Provider, images: Sequence[Image]) -> None:
    held = _held_by_all(cluster)
    missing = [image for image in images if image.reference not in held]
    if not missing:
        return
    names = ", ".join(image.name for image in missing)
    if Capability.LOAD_IMAGES not in cluster.capabilities:
        raise StackTrouble(
            f"cluster {cluster.name} lacks the images {names}: name a registry that its nodes pull from "
            "(--registry HOST/PATH), or import the archives that `slaharness images list` names into every "
            "node (`ctr --namespace k8s.io images import FILE`)"
        )
    with step(f"Images into the nodes of cluster {cluster.name}: {names}"):
        provider.load_images([image.archive for image in missing])


def _held_by_all(cluster: ClusterInfo) -> set[str]:
    """References that every node says it has."""
    nodes = items(cluster.api().core.list_node())
    held = [{name for entry in node.status.images or () for name in entry.names or ()} for node in nodes]
    return set.intersection(*held) if held else set()
