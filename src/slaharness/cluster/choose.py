"""Chooses where the cluster comes from. A provider is added by one line in ``PROVIDERS``."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from slaharness.errors import BadInput

if TYPE_CHECKING:
    from slaharness.cluster.provider import Provider

#: Where each kind's class stands. It is loaded when a cluster of that kind is asked for: options need the
#: kinds alone, and clients of Kubernetes take seconds.
PROVIDERS: Mapping[str, str] = {
    "local": "slaharness.cluster.local.provider:Local",
    "existing": "slaharness.cluster.existing:Existing",
}


def provider(
    kind: str = "local",
    *,
    name: str = "default",
    nodes: int = 3,
    context: str | None = None,
    released: Iterable[str] = (),
) -> "Provider":
    """``local`` takes ``name`` and ``nodes`` (workers), ``existing`` takes ``context``.

    ``released`` are contexts that the project's settings release, beside those of this machine's user.

    Raises BadInput for an unknown kind or a missing context, NotAllowed for a context that was not released.
    """
    from slaharness.cluster.provider import Request  # noqa: PLC0415 as slow as a provider

    return _provider(known(kind)).asked(Request(name, nodes, context, tuple(released)))


def undo(args: Mapping[str, Any]) -> None:
    """Undo what a killed ``up`` made, by what its provider wrote down: ``provider``, and what is its own."""
    _provider(known(args.get("provider", "local"))).undo(args)


def known(kind: str) -> str:
    """The kind itself. Raises BadInput for one that no provider has."""
    if kind not in PROVIDERS:
        raise BadInput(f"no cluster provider {kind!r}; there are: {', '.join(PROVIDERS)}")
    return kind


def _provider(kind: str) -> "type[Provider]":
    module, _, name = PROVIDERS[kind].partition(":")
    found: type[Provider] = getattr(import_module(module), name)
    return found
