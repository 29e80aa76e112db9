"""The base of the images: Debian with Python, from a registry where one answers, else from packages."""

import os
from pathlib import Path

from slaharness.errors import CommandFailed
from slaharness.image import builder
from slaharness.image.archive import Image, Recipe, build

HERE = Path(__file__).parent
#: A short name: the builder's own configuration says which registry that means.
OFFICIAL = "debian:bookworm-slim"
#: Seconds that a registry may take to deliver 30 MB before we stop believing in it.
PATIENCE = 45.0


def base() -> Image:
    """The value for ``ARG BASE`` is this image's ``reference``.

    ``SLAHARNESS_BASE_IMAGE`` says where it comes from: ``auto`` (the registry, else packages),
    ``mmdebstrap`` (packages), or the reference of an image of Debian's or Ubuntu's kind.
    """
    wanted = os.environ.get("SLAHARNESS_BASE_IMAGE") or "auto"
    if wanted == "mmdebstrap":
        return build("base", HERE / "debian_rootfs")
    if wanted == "auto":
        return _whichever()
    return build("base", HERE / "debian_registry", args={"FROM": wanted})


def _whichever() -> Image:
    """What is in the cache stays: a registry that comes and goes must not rebuild every image."""
    official = Recipe("base", HERE / "debian_registry", {"FROM": OFFICIAL}).image()
    made = Recipe("base", HERE / "debian_rootfs").image()
    if made.archive.exists() and not official.archive.exists():
        return made
    if official.archive.exists() or _registry_answers():
        return build("base", HERE / "debian_registry", args={"FROM": OFFICIAL})
    return build("base", HERE / "debian_rootfs")


def _registry_answers() -> bool:
    try:
        builder.find().pull(OFFICIAL, within=PATIENCE)
    except CommandFailed:
        return False
    return True
