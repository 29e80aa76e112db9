"""Chooses where the cluster comes from, and refuses contexts that nobody released for faults.

Our own local clusters may always be used. A context of a kubeconfig must be named, either in the environment,
``SLAHARNESS_CONTEXTS=one,two``, or in ``~/.config/slaharness/config.toml``: ``contexts = ["one", "two"]``.
"""

import os
import tomllib
from pathlib import Path

from platformdirs import user_config_path

from slaharness.cluster.existing import Existing
from slaharness.cluster.local.provider import Local
from slaharness.cluster.provider import Provider
from slaharness.errors import BadInput, NotAllowed

KINDS = ("local", "existing")
VARIABLE = "SLAHARNESS_CONTEXTS"


def provider(
    kind: str = "local", *, name: str = "default", nodes: int = 3, context: str | None = None
) -> Provider:
    """``local`` takes ``name`` and ``nodes`` (workers), ``existing`` takes ``context``.

    Raises BadInput for an unknown kind or a missing context, NotAllowed for a context that was not released.
    """
    if kind == "local":
        return Local(name, nodes)
    if kind != "existing":
        raise BadInput(f"no cluster provider {kind!r}; there are: {', '.join(KINDS)}")
    if not context:
        raise BadInput("an existing cluster is named by its context: --context NAME")
    return Existing(_allowed(context))


def settings_file() -> Path:
    return user_config_path("slaharness") / "config.toml"


def allowed_contexts() -> frozenset[str]:
    """The contexts released for faults. BadInput when the settings file is malformed."""
    named = os.environ.get(VARIABLE, "").split(",")
    return frozenset(filter(None, map(str.strip, named))) | frozenset(_from_file(settings_file()))


def _from_file(file: Path) -> list[str]:
    if not file.exists():
        return []
    try:
        found = tomllib.loads(file.read_text()).get("contexts", [])
    except (ValueError, OSError) as error:  # of TOML, and of what is no text at all
        raise BadInput(f"{file}: {error}") from error
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise BadInput(f'{file}: contexts: expected a list of names like ["staging"], found {found!r}')
    return found


def _allowed(context: str) -> str:
    released = allowed_contexts()
    if context not in released:
        raise NotAllowed(
            f"context {context!r} is not released for faults, "
            f"only these are: {', '.join(sorted(released)) or 'none'}; "
            f'if faults may hit it: {VARIABLE}={context}, or contexts = ["{context}"] in {settings_file()}'
        )
    return context
