"""Load profiles: found by name, and refused before anything is deployed when their pod could not run them.

``source.read`` looks at the text alone, which is quick; ``check`` has Locust itself load the file, in a child
process and in a folder that holds what the pod would hold: importing it here would patch this interpreter.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from slaharness.errors import BadInput, CommandFailed
from slaharness.host import command
from slaharness.load import imports, source

#: What Locust prints before the names of the user classes.
LISTING = "Available Users:"
#: Of this machine's environment, what Python needs; and what the pod sets.
KEPT = ("PATH", "LANG", "HOME")
IN_THE_POD = ("RUN_ID=check", "WORKERS=1")


def find(name: str, folder: Path) -> Path:
    """The locustfile called ``name`` in ``folder``. Raises BadInput naming those there are."""
    path = folder / f"{name}.py"
    if path.parent != folder or not path.is_file():
        there = ", ".join(sorted(file.stem for file in folder.glob("*.py"))) or "none"
        raise BadInput(f"no load profile {name!r} in {folder}; there are: {there}")
    return path


def check(path: Path) -> tuple[str, ...]:
    """The names of the profile's user classes.

    Raises BadInput when the file is not there, the pod lacks what it imports, Locust cannot load it there, or
    it has no user class.
    """
    users = _listed(source.read(path))
    if not users:
        raise BadInput(f"load profile {path}: has no user class, so nobody would send anything")
    return users


def workers(path: Path) -> int:
    """How many processes share the profile's load. Raises BadInput when the file does not say it plainly."""
    return source.workers(path, imports.parsed(path))


def _listed(profile: source.LoadProfile) -> tuple[str, ...]:
    path = profile.path
    with tempfile.TemporaryDirectory(prefix="slaharness-profile-") as folder:
        _copied(profile, Path(folder))
        locust = [sys.executable, "-m", "locust", "-f", str(Path(folder) / path.name), "--list"]
        kept = [f"{name}={os.environ[name]}" for name in KEPT if name in os.environ]
        bare = ["env", "-i", *kept, f"PYTHONPATH={folder}", *IN_THE_POD]
        try:
            listing = command.run(
                [*bare, *locust], purpose=f"load profile {path}", within=60, cwd=Path(folder)
            )
        except CommandFailed as error:
            reason = str(error).strip().splitlines()[-1]
            raise BadInput(f"load profile {path}: {reason}; see `locust -f {path} --list`") from error
    return tuple(listing.partition(LISTING)[2].split())


def _copied(profile: source.LoadProfile, folder: Path) -> None:
    """What travels into the pod, under the names that it has there."""
    for file in (profile.path, *profile.beside):
        copy = folder / file.relative_to(profile.path.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
