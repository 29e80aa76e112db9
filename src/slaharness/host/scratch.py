"""Temporary folders: gone with the body, and of a harness that was killed in it, with the next run."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "slaharness-scratch-"


@contextmanager
def folder() -> Iterator[Path]:
    """An empty one, which only this user may enter, and which is locked for as long as the body lasts."""
    path, handle = _made()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(handle)


def sweep() -> None:
    """Remove those of this user whose holders were killed."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # it is held, or gone by now, or no folder
            handle = _opened(path)
            try:
                if os.fstat(handle).st_uid == os.geteuid():
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(handle)


def _made() -> tuple[Path, int]:
    path = Path(tempfile.mkdtemp(prefix=PREFIX))
    with suppress(FileNotFoundError):
        handle = _opened(path)
        fcntl.flock(handle, fcntl.LOCK_EX)
        if path.exists():
            return path, handle
        os.close(handle)
    return _made()  # somebody swept between two of these steps


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
