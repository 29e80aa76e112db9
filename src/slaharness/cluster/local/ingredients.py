"""What a cluster is made of before anything runs: the programs, and the images of its own pods."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ingredients:
    """Programs by name; for ``pause coredns provisioner helper`` the image's reference, and all archives."""

    tools: Mapping[str, Path]
    references: Mapping[str, str]
    archives: tuple[Path, ...]


def gather() -> Ingredients:
    """Fetch or build what the cache lacks."""
    found = json.loads(Path(os.environ["SLAHARNESS_INGREDIENTS"]).read_text())
    return Ingredients(
        {name: Path(path) for name, path in found["tools"].items()},
        found["references"],
        tuple(map(Path, found["archives"])),
    )
