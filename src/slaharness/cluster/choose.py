"""Chooses where the cluster comes from. A provider is added by one line in ``PROVIDERS``."""

from collections.abc import Iterable, Mapping
from typing import Any

from slaharness.cluster.existing import Existing
from slaharness.cluster.local.provider import Local
from slaharness.cluster.provider import Provider, Request
from slaharness.errors import BadInput

PROVIDERS: Mapping[str, type[Provider]] = {
    "local": Local,
    "existing": Existing,
}


def provider(
    kind: str = "local",
    *,
    name: str = "default",
    nodes: int = 3,
    context: str | None = None,
    released: Iterable[str] = (),
) -> Provider:
    """``local`` takes ``name`` and ``nodes`` (workers), ``existing`` takes ``context``.

    ``released`` are contexts that the project's settings release, beside those of this machine's user.

    Raises BadInput for an unknown kind or a missing context, NotAllowed for a context that was not released.
    """
    return _provider(kind).asked(Request(name, nodes, context, tuple(released)))


def undo(args: Mapping[str, Any]) -> None:
    """Undo what a killed ``up`` made, by what its provider wrote down: ``provider``, and what is its own."""
    _provider(args.get("provider", "local")).undo(args)


def _provider(kind: str) -> type[Provider]:
    if kind not in PROVIDERS:
        raise BadInput(f"no cluster provider {kind!r}; there are: {', '.join(PROVIDERS)}")
    return PROVIDERS[kind]
