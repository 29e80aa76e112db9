"""What a cluster is made of before anything runs: the programs, and the images of its own pods."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from slaharness.cluster.local import addon_images, toolchain
from slaharness.cluster.local.addon_images import BUSYBOX, COREDNS, PAUSE, PROVISIONER
from slaharness.image import Image


@dataclass(frozen=True)
class Ingredients:
    """Programs and addon images, each by its name."""

    tools: Mapping[str, Path]
    images: Mapping[str, Image]

    @property
    def pause(self) -> str:
        """The reference of the image that holds a pod's namespaces."""
        return self.images[PAUSE].reference

    @property
    def references(self) -> Mapping[str, str]:
        """What the addons' manifests want to know."""
        names = {"coredns": COREDNS, "provisioner": PROVISIONER, "helper": BUSYBOX}
        return {word: self.images[name].reference for word, name in names.items()}

    @property
    def archives(self) -> tuple[Path, ...]:
        return tuple(image.archive for image in self.images.values())


def gather() -> Ingredients:
    """Fetch or build what the cache lacks. HostTrouble and StackTrouble say what stands in the way."""
    tools = toolchain.ensure()
    return Ingredients(tools, addon_images.ensure(tools))
