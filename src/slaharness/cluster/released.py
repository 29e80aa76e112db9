"""Which contexts of a kubeconfig faults may hit: none, unless somebody says so.

In the environment, ``SLAHARNESS_CONTEXTS=one,two``, or in ``~/.config/slaharness/config.toml``:
``contexts = ["one", "two"]``; or in a project's settings: ``faults.contexts``.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from platformdirs import user_config_path

from slaharness.errors import BadInput, NotAllowed
from slaharness.host import toml

VARIABLE = "SLAHARNESS_CONTEXTS"


def released(context: str, by_project: Iterable[str] = ()) -> str:
    """``context``, if it was released for faults, also ``by_project``; else NotAllowed with ways to do so."""
    known = contexts() | frozenset(by_project)
    if context not in known:
        raise NotAllowed(
            f"context {context!r} is not released for faults, "
            f"only these are: {', '.join(sorted(known)) or 'none'}; "
            f'if faults may hit it: {VARIABLE}={context}, or contexts = ["{context}"] in {settings_file()} '
            "or under [faults] in the project's settings"
        )
    return context


def settings_file() -> Path:
    return user_config_path("slaharness") / "config.toml"


def contexts() -> frozenset[str]:
    """The contexts released for faults. BadInput when the settings file is malformed."""
    named = os.environ.get(VARIABLE, "").split(",")
    return frozenset(filter(None, map(str.strip, named))) | frozenset(_from_file(settings_file()))


def _from_file(file: Path) -> list[str]:
    if not file.exists():
        return []
    found = toml.read(file).get("contexts", [])
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise BadInput(f'{file}: contexts: expected a list of names like ["staging"], found {found!r}')
    return found
