"""Load profiles: found by name, and refused before anything is deployed when Locust could not run them.

Locust itself looks at them, in a child process: importing it here would patch this interpreter.
"""

import ast
import sys
from pathlib import Path

from slaharness.errors import BadInput, CommandFailed
from slaharness.host import command

#: What Locust prints before the names of the user classes.
LISTING = "Available Users:"


def find(name: str, folder: Path) -> Path:
    """The locustfile called ``name`` in ``folder``. Raises BadInput naming those there are."""
    path = folder / f"{name}.py"
    if path.parent != folder or not path.is_file():
        there = ", ".join(sorted(file.stem for file in folder.glob("*.py"))) or "none"
        raise BadInput(f"no load profile {name!r} in {folder}; there are: {there}")
    return path


def check(path: Path) -> tuple[str, ...]:
    """The names of the profile's user classes.

    Raises BadInput when the file is not there, Locust cannot load it, or it has no user class.
    """
    workers(path)
    users = _listed(path)
    if not users:
        raise BadInput(f"load profile {path}: has no user class, so nobody would send anything")
    return users


def workers(path: Path) -> int:
    """How many processes share the profile's rates: one, or what its line ``WORKERS = …`` says.

    Raises BadInput when the file is not there, is no Python, or says something else than a number from 1.
    """
    wanted: object = 1
    for statement in _parsed(path).body:
        match statement:
            case ast.Assign(targets=[ast.Name("WORKERS")], value=value):
                wanted = value.value if isinstance(value, ast.Constant) else None
    if not isinstance(wanted, int) or wanted < 1:
        raise BadInput(f"load profile {path}: WORKERS is how many processes share the load: a number from 1")
    return wanted


def _parsed(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes(), path)
    except OSError as error:
        raise BadInput(f"load profile {path}: {error.strerror}") from error
    except (SyntaxError, ValueError) as error:
        raise BadInput(f"load profile {path}: no Python: {error}") from error


def _listed(path: Path) -> tuple[str, ...]:
    locust = [sys.executable, "-m", "locust", "-f", str(path), "--list"]
    try:
        listing = command.run(locust, purpose=f"load profile {path}", within=60)
    except CommandFailed as error:
        reason = str(error).strip().splitlines()[-1]
        raise BadInput(f"load profile {path}: {reason}; see `locust -f {path} --list`") from error
    return tuple(listing.partition(LISTING)[2].split())
