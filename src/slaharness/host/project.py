"""Where scenarios, experiments, load profiles and settings are, and what code of theirs may not do to us."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from slaharness.errors import BadInput

#: One of them is in a project's folder, beside ``scenarios/``.
SETTINGS = ("slaharness.toml", "pyproject.toml")
#: What ends a process at once, or puts another program in its place; the others of `os` call these.
ENDS = ("_exit", "execv", "execve")


def root() -> Path:
    """The current folder or its nearest parent that holds settings and ``scenarios/``.

    Raises BadInput when there is none.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "scenarios").is_dir() and any((folder / name).is_file() for name in SETTINGS):
            return folder
    raise BadInput(
        f"no project here: neither {here} nor a parent of it holds {' or '.join(SETTINGS)} and scenarios/; "
        "change into the project's folder, or write one with `slaharness init DIR`"
    )


@contextmanager
def survived() -> Iterator[None]:
    """Meanwhile code of a project cannot end this process past all who would say that it did not finish.

    Its exit code would be taken for an answer. What would end it raises SystemExit, as ``sys.exit`` does;
    in a fork it does what it always did.
    """
    kept = {name: getattr(os, name) for name in ENDS}
    vars(os).update({name: _told(name, ends) for name, ends in kept.items()})
    try:
        yield
    finally:
        vars(os).update(kept)


def _told(name: str, ends: Callable[..., NoReturn]) -> Callable[..., NoReturn]:
    ours = os.getpid()

    def instead(*given: Any, **named: Any) -> NoReturn:
        if os.getpid() != ours:
            ends(*given, **named)
        raise SystemExit(f"os.{name}({', '.join(map(repr, given))})")

    return instead
