"""``slaharness images``: build them, push them to where a cluster can pull them, say which there are."""

from collections.abc import Mapping, Sequence

import click

from slaharness.cli import options, show
from slaharness.errors import BadInput
from slaharness.host import interrupt
from slaharness.image import Image, Registry, foreign
from slaharness.load import locust, scraper
from slaharness.settings import harness
from slaharness.settings import read as settings
from slaharness.stack import images
from slaharness.stack.protocol import ImageSource

#: The images of the load and of what measures it, beside those of the stack.
LOAD = {
    locust.NAME: ImageSource(locust.HERE / "image"),
    scraper.NAME: ImageSource(scraper.HERE / "prometheus"),
}
PLATFORM = click.option(
    "--platform", default="", metavar="OS/ARCH", help="linux/arm64 or linux/amd64; this machine's own."
)
NAMES = click.argument("names", nargs=-1)


@click.group("images")
def images_group() -> None:
    """Build, push and list the images of the stack, those of the load, and that of the harness itself."""


@images_group.command()
@NAMES
@PLATFORM
@options.JSON
def build(names: tuple[str, ...], *, platform: str, as_json: bool) -> None:
    """Build the images NAMES (all but harness); those built before from the same content cost nothing."""
    with interrupt.undoing():
        _show({image.name: image for image in _built(names, platform)}, as_json=as_json)


@images_group.command()
@NAMES
@options.REGISTRY
@PLATFORM
@options.JSON
def push(names: tuple[str, ...], *, registry: str, platform: str, as_json: bool) -> None:
    """Build the images NAMES (all but harness) and push them; print by which digest each is pulled."""
    address = registry or settings.here().settings.load.registry
    if not address:
        raise BadInput("no registry: name one by --registry HOST/PATH, or under [load] in the settings")
    to = Registry.at(address)
    with interrupt.undoing():
        _show({image.name: image for image in to.push(_built(names, platform))}, as_json=as_json)


@images_group.command("list")
@options.JSON
def list_images(*, as_json: bool) -> None:
    """Say which images there are, by which reference, and where the archives are. Builds nothing."""
    _show(images.planned(_sources()), as_json=as_json)


def _built(names: Sequence[str], platform: str) -> tuple[Image, ...]:
    sources, wanted = _sources(), foreign(platform)
    if unknown := [name for name in names if name not in sources]:
        raise BadInput(f"no image {', '.join(unknown)}; there are: {', '.join(sources)}")
    # No run needs the harness's own, which is as large as all others together.
    return images.make(sources, names or [name for name in sources if name != harness.NAME], wanted)


def _sources() -> Mapping[str, ImageSource]:
    here = settings.here()
    return {**here.stack.images(), **LOAD, harness.NAME: harness.source(here)}


def _show(found: Mapping[str, Image | None], *, as_json: bool) -> None:
    """Images without a reference or an archive are yet to be built."""
    rows = {name: _places(image) for name, image in sorted(found.items())}
    if as_json:
        show.data([{"name": name, "reference": ref, "archive": file} for name, (ref, file) in rows.items()])
        return
    for name, (reference, archive) in rows.items():
        click.echo(f"{name}\t{reference or '(a registry must be asked)'}\t{archive or 'not built'}")


def _places(image: Image | None) -> tuple[str, str]:
    """Reference and archive, "" for what there is not."""
    if image is None:
        return "", ""
    return image.reference, str(image.archive) if image.archive.exists() else ""
