"""A machine that holds what a load's pod holds: no other packages, and a folder that nobody writes into."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from slaharness.load.locustfile import imports

#: Size and time of each file.
Looks = dict[Path, tuple[int, int]]


class OnlyTheImages(MetaPathFinder):
    """Finds nothing, and refuses packages of this machine that the image of loads lacks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._looking = False

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """None of what others may find. Raises ModuleNotFoundError, as the pod would."""
        del path, target  # the finder's signature
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or self._looking or self._beside(top):
            return None
        if not self._in_the_pod(top, name):
            raise ModuleNotFoundError(f"No module named {name!r} in the load's image", name=name)
        return None

    def _beside(self, top: str) -> bool:
        return (self._folder / f"{top}.py").is_file() or (self._folder / top).is_dir()

    def _in_the_pod(self, top: str, name: str) -> bool:
        self._looking = True  # which takes modules itself
        try:
            return imports.in_the_pod(top, name)
        finally:
            self._looking = False


def looks(folder: Path) -> Looks:
    """How its files look, to tell later which were written."""
    there = {file: file.stat() for file in folder.rglob("*") if file.is_file()}
    return {file: (its.st_size, its.st_mtime_ns) for file, its in there.items()}


def written(folder: Path, before: Looks) -> list[str]:
    """Names of the files that look otherwise than before."""
    now = looks(folder)
    return sorted(str(file.relative_to(folder)) for file in now if now[file] != before.get(file))
