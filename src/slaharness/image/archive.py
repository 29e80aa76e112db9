"""One image: what it is made from, its name by that content, and the archive that holds it."""

import functools
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from slaharness.errors import BadInput
from slaharness.host import cache, paths
from slaharness.host.progress import step
from slaharness.image import builder, context
from slaharness.image.platform import Platform

PREFIX = "localhost/slaharness/"


@dataclass(frozen=True)
class Image:
    """A built image, as an OCI archive with gzip layers.

    ``reference`` is what pods name: that of the archive, or ``REGISTRY/NAME@sha256:…`` once it was pushed.
    Each archive carries its base again, so images that share one import twice as quickly (measured) as
    uncompressed ones would.
    """

    name: str
    reference: str
    archive: Path

    @classmethod
    def called(cls, reference: str) -> "Image":
        """The image of ours with this reference, whether built yet or not."""
        name, tag = reference.removeprefix(PREFIX).split(":")
        return cls(name, reference, paths.CACHE / "images" / f"{name}-{tag}.tar")


@dataclass(frozen=True)
class Recipe:
    """All that decides what an image becomes."""

    name: str
    folder: Path
    args: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Path] = field(default_factory=dict)
    platform: Platform | None = None

    def image(self) -> Image:
        digest = hashlib.sha256()
        for part in self._parts():
            digest.update(hashlib.sha256(part).digest())
        return Image.called(f"{PREFIX}{self.name}:{digest.hexdigest()[:12]}")

    def _parts(self) -> Iterator[bytes]:
        if self.platform:
            yield self.platform.words.encode()
        for name, value in sorted(self.args.items()):
            yield f"{name}={value}".encode()
        for root, inside in [(self.folder, ""), *((path, name) for name, path in sorted(self.extra.items()))]:
            for file in context.files(root):
                yield f"{inside}/{file.relative_to(root)} {file.stat().st_mode & 0o111}".encode()
                yield _content(file, file.stat().st_size, file.stat().st_mtime_ns)


@functools.cache
def _content(file: Path, size: int, changed: int) -> bytes:  # noqa: ARG001 - a file that changed is asked anew
    """The digest of a file, worked out once: the addons' programs are hundreds of megabytes."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").digest()


def build(
    name: str,
    folder: Path,
    *,
    args: Mapping[str, str] | None = None,
    extra: Mapping[str, Path] | None = None,
    platform: Platform | None = None,
) -> Image:
    """Build the image of ``folder``'s Containerfile, or find the archive of one built from the same content.

    ``args`` become build arguments; a base of ours is named by its reference. ``extra`` copies files or
    folders into the context by the names given. A ``requirements.txt`` in the folder puts Python packages
    into the context's ``site/``, a ``pom.xml`` puts jars into ``lib/``; both are fetched on the host, so that
    its mirrors, proxies and certificates count. What the network gives is of the day of the first build.
    ``platform`` is another machine's: programs that the Containerfile runs then need an emulator here.
    Raises BadInput without a Containerfile, StackTrouble when the build fails.
    """
    recipe = _recipe(name, folder, args, extra, platform)
    image = recipe.image()
    cache.entry(image.archive, lambda scratch: _make(recipe, image, scratch))
    return image


def planned(
    name: str,
    folder: Path,
    *,
    args: Mapping[str, str] | None = None,
    extra: Mapping[str, Path] | None = None,
    platform: Platform | None = None,
) -> Image:
    """What ``build`` would return; its archive is there if it was built. Builds nothing."""
    return _recipe(name, folder, args, extra, platform).image()


def _recipe(
    name: str,
    folder: Path,
    args: Mapping[str, str] | None,
    extra: Mapping[str, Path] | None,
    platform: Platform | None,
) -> Recipe:
    if not (folder / "Containerfile").is_file():
        raise BadInput(f"image {name}: no Containerfile in {folder}")
    return Recipe(name, folder, args or {}, extra or {}, platform)


def _make(recipe: Recipe, image: Image, scratch: Path) -> Path:
    with step(f"Image: {recipe.name}") as now:
        maker = builder.find()
        for reference in recipe.args.values():
            if reference.startswith(PREFIX) and not maker.has(reference):
                now.say("loading its base")
                maker.load(Image.called(reference).archive)
        folder = context.assemble(recipe.folder, recipe.extra, scratch / "context", now.say, recipe.platform)
        now.say(f"building with {maker.program}")
        maker.build(folder, image.reference, recipe.args, recipe.platform)
        now.say("saving")
        archive = scratch / "image.tar"
        maker.save(image.reference, archive)
        return archive
