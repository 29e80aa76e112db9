"""Images into the nodes of a cluster that kind made, by kind's own program where it is installed."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from slaharness.errors import ClusterTrouble, CommandFailed
from slaharness.host import command

#: How kind calls the context of a cluster.
PREFIX = "kind-"
#: Seconds for one image into all nodes.
WITHIN = 600.0


def takes_images(context: str) -> bool:
    """Whether the context's nodes can be given images from here."""
    return context.startswith(PREFIX) and shutil.which("kind") is not None


def load_images(context: str, archives: Iterable[Path]) -> None:
    """Put OCI archives into every node. Raises ClusterTrouble with kind's own words."""
    name = context.removeprefix(PREFIX)
    for archive in archives:
        try:
            command.run(
                ["kind", "load", "image-archive", archive, "--name", name],
                purpose=f"loading {archive.name} into kind's nodes", within=WITHIN,
            )  # fmt: skip
        except CommandFailed as error:
            raise ClusterTrouble(str(error)) from error
