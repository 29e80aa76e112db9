"""The images of a containerd that listens, by way of its own ``ctr``; and what an archive says it holds."""

import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

from slaharness.cluster.local import host
from slaharness.errors import BadInput
from slaharness.host.command import run

#: The note in an OCI archive's index that names an image.
REFERENCE = "org.opencontainers.image.ref.name"
#: Seconds for the largest image on a very busy machine.
IMPORTS_WITHIN = 600


@dataclass(frozen=True)
class Images:
    """The images of a containerd; ``socket`` is its path on the host."""

    socket: Path

    def names(self) -> set[str]:
        """References of the images that are there."""
        return set(self._ctr("list the images", "list", "--quiet").split())

    def load(self, archive: Path) -> None:
        """Import an OCI archive and unpack it, unless all its images are there already."""
        if not references(archive) <= self.names():
            self._ctr(f"import {archive.name}", "import", "--snapshotter", "overlayfs", str(archive))

    def keep_only(self, wanted: set[str]) -> None:
        """Forget every other image, and what only that one needed."""
        for name in self.names() - wanted:
            self._ctr(f"remove {name}", "remove", "--sync", name)

    def _ctr(self, purpose: str, *words: str) -> str:
        ctr: list[str | Path] = [host.installed("ctr"), "--address", self.socket, "--namespace", "k8s.io"]
        return run([*ctr, "images", *words], purpose=purpose, within=IMPORTS_WITHIN)


def references(archive: Path) -> set[str]:
    """The names that an OCI archive gives to its images. BadInput when it is not one, or names none."""
    try:
        with tarfile.open(archive) as tar:
            index = json.load(tar.extractfile("index.json") or io.BytesIO())
    except (OSError, tarfile.TarError, KeyError, ValueError) as error:
        raise BadInput(f"{archive}: not an OCI archive: {error}") from error
    noted = [manifest.get("annotations", {}) for manifest in index.get("manifests", [])]
    named = {notes[REFERENCE] for notes in noted if REFERENCE in notes}
    if not named:
        raise BadInput(f"{archive}: names no image; push it as oci-archive:FILE:NAME")
    return named
