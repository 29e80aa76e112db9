"""The protocol every provider of a cluster keeps, and what a cluster can do, as data."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, Self

from slaharness.cluster.api import Api
from slaharness.cluster.local.layout import RANGE


class Capability(StrEnum):
    """What some clusters can do and others cannot. Asked for by name, never guessed from the provider."""

    LOAD_IMAGES = "load-images"
    #: Made by us, so that all that is in it is ours.
    OURS = "ours"


@dataclass(frozen=True)
class ClusterInfo:
    """A cluster that answers: how to reach it, what it can do.

    ``uid`` is its kube-system's, which no two clusters share; ``verified``: whether its server proves itself.
    """

    provider: str
    name: str
    kubeconfig: Path
    context: str
    kubernetes: str
    nodes: tuple[str, ...]
    capabilities: frozenset[Capability]
    uid: str = ""
    verified: bool = True

    def api(self) -> Api:
        return Api(self.kubeconfig, self.context)


def uid(api: Api) -> str:
    """What tells this cluster from any other, also from a later one of the same name or address."""
    found: Any = api.core.read_namespace("kube-system")
    return str(found.metadata.uid)


def direct() -> dict[str, str]:
    """What to add to a program's environment so that it asks no proxy for a cluster on this machine."""
    return {
        name: ",".join(filter(None, (os.environ.get(name), str(RANGE)))) for name in ("NO_PROXY", "no_proxy")
    }


@dataclass(frozen=True)
class Request:
    """What was asked for: each provider takes of it what is its own."""

    name: str = "default"
    nodes: int = 3
    context: str | None = None
    #: Contexts that the project's settings release for faults, beside those of this machine's user.
    released: tuple[str, ...] = ()


class Provider(Protocol):
    """Where clusters come from. Every method may be called again with no harm."""

    @classmethod
    def asked(cls, request: Request) -> Self:
        """The provider for what was asked for. Raises BadInput when that is not enough."""
        ...

    @classmethod
    def undo(cls, args: Mapping[str, Any]) -> None:
        """Remove what ``up`` of a killed process made, by its ``undo_args``, and nothing else."""
        ...

    def undo_args(self) -> Mapping[str, Any] | None:
        """What ``undo`` has to know, as JSON, ``provider`` among it; None when ``up`` makes nothing."""
        ...

    def up(self) -> ClusterInfo:
        """Make the cluster, or find it already there; return when its nodes are Ready."""
        ...

    def find(self) -> ClusterInfo | None:
        """The cluster if it is up and answers, else None. Changes nothing."""
        ...

    def load_images(self, archives: Sequence[Path]) -> None:
        """Put OCI archives into every node's image store. Needs LOAD_IMAGES."""
        ...

    def pull_from(self, registry: str) -> None:
        """Let the nodes pull from ``registry`` (``[http://]HOST[:PORT][/PATH]``), as far as they are ours."""
        ...

    def down(self) -> bool:
        """Remove all that ``up`` made, also what a killed ``up`` left half-made; whether there was any.

        Nothing for ``existing``.
        """
        ...
