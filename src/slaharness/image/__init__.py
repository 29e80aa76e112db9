"""Images: from a folder with a Containerfile to an OCI archive in the cache, keyed by its content.

``build`` is called for every image of the stack and of the cluster's own addons; whoever runs a cluster loads
the archives into its nodes. No registry is needed: ``base`` makes a small Debian where none answers.
"""

from slaharness.image.archive import Image, build, planned
from slaharness.image.debian import base
from slaharness.image.debian import planned as base_planned
from slaharness.image.platform import Platform, foreign
from slaharness.image.registry import Registry

__all__ = ["Image", "Platform", "Registry", "base", "base_planned", "build", "foreign", "planned"]
