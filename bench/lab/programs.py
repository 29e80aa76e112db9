"""k6 and the small server of ``bench/load``, built with Go."""

import hashlib
from pathlib import Path

from slaharness.host import cache, golang, paths

MODULE = Path(__file__).parents[1] / "load"


def built() -> Path:
    """The folder of both, in the user's cache; built once for these pins."""
    digest = hashlib.sha256()
    for file in (MODULE / "go.mod", MODULE / "go.sum", MODULE / "server/main.go"):
        digest.update(file.read_bytes())

    def build(scratch: Path) -> Path:
        golang.install_tools(MODULE, scratch / "bin", ())
        return scratch / "bin"

    return cache.entry(paths.CACHE / "tools" / f"bench-load-{digest.hexdigest()[:12]}", build)
