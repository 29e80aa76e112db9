"""What the harness must know of a system under test: three small protocols, the last two optional.

A missing optional part makes the objectives that rest on it UNKNOWN with that reason, never an error.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from slaharness.cluster.api import Api
from slaharness.model import Columns


@dataclass(frozen=True)
class ImageSource:
    """How one image is built: a folder with a Containerfile, on ``base`` (another image of the stack, or "").

    ``extra`` are files and folders from elsewhere: name in the build context → path.
    """

    folder: Path
    base: str = ""
    extra: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class PrometheusAt:
    """Where the stack's Prometheus answers: a Service (reached through the API server), or a URL.

    ``interval`` is seconds between two scrapes. ``kept`` is a regular expression of the names of series
    that a record keeps beside those that objectives ask for; ``slower`` one of the jobs that are scraped less
    often, for which no verdict on requests waits.
    """

    namespace: str = ""
    service: str = ""
    port: int = 9090
    url: str = ""
    interval: float = 1.0
    kept: str = ""
    slower: str = ""


class Stack(Protocol):
    """The system under test."""

    @property
    def name(self) -> str:
        """On every object that is made of it, as ``app.kubernetes.io/part-of``."""
        ...

    @property
    def entry(self) -> str:
        """Where the load goes: a URL as pods of the cluster reach it."""
        ...

    @property
    def namespaces(self) -> Sequence[str]:
        """Those that it lives in; faults may go nowhere else."""
        ...

    @property
    def load_namespace(self) -> str:
        """Where the load's pods run: one of its own, so that no fault meets them."""
        ...

    @property
    def prometheus(self) -> PrometheusAt | None:
        """Its Prometheus; None when it has none."""
        ...

    def profile(self, name: str) -> Path | None:
        """The Kustomize folder of a profile; None when others deploy it. Raises BadInput if unknown."""
        ...

    def images(self) -> Mapping[str, ImageSource]:
        """The images that its manifests name as ``localhost/slaharness/NAME``, by NAME."""
        ...

    def missing(self, api: Api) -> list[str]:
        """What is missing until it serves its users, in words: ask what they rely on. Empty: it serves."""
        ...


@runtime_checkable
class Readable(Protocol):
    """A stack whose data can be read back and held against the ledger of what the load wrote."""

    @property
    def columns(self) -> Columns:
        """The columns of what is read back, and what they are for."""
        ...

    def readback(self, api: Api, into: Path) -> None:
        """Save all rows as gzip CSV with ``columns`` as its header, ending in ``# end,<count>``.

        Raises HarnessError when they cannot be had whole.
        """
        ...


@dataclass(frozen=True)
class CostJobs:
    """Where Prometheus knows what things cost: the job or metric of each, "" where there is none.

    ``sent`` is a counter of bytes that left the stack.
    """

    requests: str = ""
    usage: str = ""
    claims: str = ""
    sent: str = ""


@runtime_checkable
class Priced(Protocol):
    """A stack whose cost can be told."""

    @property
    def cost(self) -> CostJobs: ...
