"""Load profiles: found by name, and refused before anything is deployed when their pod could not run them.

``source.read`` looks at the text alone, which is quick; ``check`` has Locust itself load the file, in a child
process and in a folder that holds what the pod would hold: importing it here would patch this interpreter.
"""

import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from slaharness.errors import BadInput, CommandFailed, HostTrouble
from slaharness.host import command, scratch
from slaharness.load import source
from slaharness.load.locustfile import imports

INSPECTION = Path(__file__).parent / "locustfile" / "inspection.py"
#: What Locust prints before the names of the user classes.
LISTING = "Available Users:"
#: Its exit code for arguments that it does not know, and how it says so.
USAGE, REFUSED = 2, "locust: error: "
#: Of this machine's environment, what Python needs; and what the pod sets.
KEPT = ("PATH", "LANG", "HOME")
IN_THE_POD = ("RUN_ID=check", "WORKERS=1")
#: Locust asks pytest of a file without users; its plugins are this machine's.
NO_PLUGINS = "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1"


def find(name: str, folder: Path) -> Path:
    """The locustfile called ``name`` in ``folder``. Raises BadInput naming those there are."""
    path = folder / f"{name}.py"
    if path.parent != folder or not path.is_file():
        there = ", ".join(sorted(file.stem for file in folder.glob("*.py"))) or "none"
        raise BadInput(f"no load profile {name!r} in {folder}; there are: {there}")
    return path


def check(path: Path) -> tuple[str, ...]:
    """The names of the profile's user classes.

    Raises BadInput when the file is not there, the pod lacks what it imports, Locust cannot load it there or
    knows no such argument, or it has no user class.
    """
    (found,) = check_all([path])
    if isinstance(found, BadInput):
        raise found
    return found


def check_all(paths: Sequence[Path]) -> list[tuple[str, ...] | BadInput]:
    """``check`` of each, with what it would raise: to start Locust takes longer than to look at them all."""
    found: dict[Path, tuple[str, ...] | BadInput] = {}
    read: list[source.LoadProfile] = []
    for path in paths:
        try:
            read.append(source.read(path))
        except BadInput as error:
            found[path] = error
    if read:
        found |= {one.path: said for one, said in zip(read, _inspected(read), strict=True)}
    return [found[path] for path in paths]


def workers(path: Path) -> int:
    """How many processes share the profile's load. Raises BadInput when the file does not say it plainly."""
    return source.workers(path, imports.parsed(path))


def _inspected(profiles: Sequence[source.LoadProfile]) -> list[tuple[str, ...] | BadInput]:
    with scratch.folder() as folder:
        jobs = []
        for number, profile in enumerate(profiles):
            own = folder / str(number)
            _copied(profile, own)
            told = {"arguments": profile.arguments, "workers": profile.workers}
            jobs.append({"folder": str(own), "file": profile.path.name, **told})
        kept = [f"{name}={os.environ[name]}" for name in KEPT if name in os.environ]
        words = ["env", "-i", *kept, *IN_THE_POD, NO_PLUGINS, sys.executable, "-P", str(INSPECTION)]
        try:
            answer = command.run(
                words, purpose="load profiles", within=60 + 30 * len(jobs), stdin=json.dumps(jobs)
            )
        except CommandFailed as error:
            raise HostTrouble(f"Locust cannot look at load profiles: {error}") from error
    return [_users(one.path, **said) for one, said in zip(profiles, json.loads(answer), strict=True)]


def _users(path: Path, code: int, said: str, *, ended: bool) -> tuple[str, ...] | BadInput:
    if ended or (not code and LISTING not in said):
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return BadInput(
            f"load profile {path}: ends the process that loads it, before it has any user ({how})"
        )
    if code:
        return BadInput(f"load profile {path}: {_reason(code, said)}; see `locust -f {path} --list`")
    users = tuple(said.partition(LISTING)[2].split())
    return users or BadInput(f"load profile {path}: has no user class, so nobody would send anything")


def _reason(code: int, said: str) -> str:
    """The last words; of arguments those before any advice."""
    lines = [line.strip() for line in said.strip().splitlines()]
    of_arguments = [line for line in lines if REFUSED in line] if code == USAGE else []
    return [f"Locust ended with {code}", *lines, *of_arguments][-1]


def _copied(profile: source.LoadProfile, folder: Path) -> None:
    """What travels into the pod, under the names that it has there."""
    for file in (profile.path, *profile.beside):
        copy = folder / file.relative_to(profile.path.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
