"""The base of the images: Debian with Python, from a registry where one answers, else from packages."""

import os
from dataclasses import replace
from pathlib import Path

from slaharness.errors import CommandFailed
from slaharness.image import builder
from slaharness.image.archive import Image, Recipe, build
from slaharness.image.platform import Platform

HERE = Path(__file__).parent
#: A short name: the builder's own configuration says which registry that means.
OFFICIAL = "debian:bookworm-slim"
#: Seconds that a registry may take to deliver 30 MB before we stop believing in it.
PATIENCE = 45.0
#: From packages alone.
MADE = Recipe("base", HERE / "debian_rootfs")


def base(platform: Platform | None = None) -> Image:
    """The value for ``ARG BASE`` is this image's ``reference``.

    ``SLAHARNESS_BASE_IMAGE`` says where it comes from: ``auto`` (the registry, else packages),
    ``mmdebstrap`` (packages), or the reference of an image of Debian's or Ubuntu's kind.
    """
    recipe = _cached(platform) or (_official() if _registry_answers() else MADE)
    return build(recipe.name, recipe.folder, args=recipe.args, platform=platform)


def planned(platform: Platform | None = None) -> Image | None:
    """What ``base`` would return, its archive there or not; None when a registry would have to be asked."""
    recipe = _cached(platform)
    return recipe.image() if recipe else None


def _cached(platform: Platform | None) -> Recipe | None:
    """The one asked for, or in the cache: a registry that comes and goes must not rebuild every image."""
    wanted = os.environ.get("SLAHARNESS_BASE_IMAGE") or "auto"
    if wanted == "mmdebstrap":
        return replace(MADE, platform=platform)
    if wanted != "auto":
        return replace(_official(wanted), platform=platform)
    both = (replace(one, platform=platform) for one in (_official(), MADE))
    return next((one for one in both if one.image().archive.exists()), None)


def _official(reference: str = OFFICIAL) -> Recipe:
    return Recipe("base", HERE / "debian_registry", {"FROM": reference})


def _registry_answers() -> bool:
    try:
        builder.find().pull(OFFICIAL, within=PATIENCE)
    except CommandFailed:
        return False
    return True
