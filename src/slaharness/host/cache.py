"""Things that are made once, keyed by what they are made from: there complete, or not there at all."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from slaharness.host import wait

#: Seconds to wait for another process that makes the same thing: the longest build, with time to spare.
PATIENCE = 3600.0


def entry(path: Path, fill: Callable[[Path], Path]) -> Path:
    """Return ``path``, and make it first when it is not there.

    ``fill`` gets an empty scratch folder beside ``path`` and returns what in it is to become ``path``: a file
    or a folder. The move is one rename, so a killed maker leaves no half result; what it leaves in the
    scratch folder goes with the next try. Of several makers, also in other processes, one works and the
    others wait. Raises NotYet when that takes over ``PATIENCE`` seconds.
    """
    if path.exists():
        return path
    with _lock(path):
        if not path.exists():
            _make(path, fill)
    return path


def _make(path: Path, fill: Callable[[Path], Path]) -> None:
    scratch = path.with_name(f".{path.name}.making")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    try:
        fill(scratch).rename(path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold the lock of one entry. The kernel lets go of it when its holder dies, however that happens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("w") as file:

        def taken() -> bool:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        wait.until(taken, within=PATIENCE, every=0.5, what=f"another process has made {path.name}")
        yield
