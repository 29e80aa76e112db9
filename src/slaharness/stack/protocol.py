"""What the harness must know of a system under test: six small protocols, all but the first optional.

A missing optional part makes the objectives that rest on it UNKNOWN with that reason, never an error.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from slaharness.cluster.api import Api
from slaharness.model import Columns, CostJobs

if TYPE_CHECKING:  # pyarrow; what only names a stack needs none of it
    from slaharness.ledger.ledger import Request

#: Of ``PrometheusAt.load``: the stack's Prometheus is told of the load's pods by an object that we make.
POD_MONITOR = "pod-monitor"


@dataclass(frozen=True)
class ImageSource:
    """How one image is built: a folder with a Containerfile, on ``base`` (another image of the stack, or "").

    ``extra`` are files and folders from elsewhere: name in the build context → path.
    """

    folder: Path
    base: str = ""
    extra: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Auth:
    """How a Prometheus knows us: the names of environment variables, never what they hold; "" for none.

    ``ca``, ``cert`` and ``key`` name variables that hold paths of PEM files. ``tenant`` is sent as
    ``X-Scope-OrgID``, by which Mimir and Cortex tell their users apart.
    """

    token: str = ""
    user: str = ""
    password: str = ""
    ca: str = ""
    cert: str = ""
    key: str = ""
    tenant: str = ""


@dataclass(frozen=True)
class RemoteWrite:
    """Where the load's samples are sent to, too: a URL as pods of the cluster reach it. No ``tenant``."""

    url: str
    auth: Auth = Auth()


@dataclass(frozen=True)
class PrometheusAt:
    """Where the stack's Prometheus answers: a Service (reached through the API server), or a URL.

    ``load`` says how the load's own metrics reach it: "scraped", because it finds the load's pods;
    "pod-monitor", because an operator tells it of them by a PodMonitor with ``pod_monitor_labels``; "own": it
    cannot, and a small one of the harness, beside the load, does; "remote-write": that one sends them to
    ``remote_write``, too. ``interval`` is seconds between two scrapes. ``kept`` is a regular expression of
    the names of series that a record keeps beside those that objectives ask for; ``slower`` one of the jobs
    that are scraped less often, for which no verdict on requests waits.
    """

    namespace: str = ""
    service: str = ""
    port: int = 9090
    url: str = ""
    interval: float = 1.0
    kept: str = ""
    slower: str = ""
    load: str = "scraped"
    auth: Auth = Auth()
    pod_monitor_labels: Mapping[str, str] = field(default_factory=dict)
    remote_write: RemoteWrite | None = None


@dataclass(frozen=True)
class Authorities:
    """Where clients find whom to trust: a key of a ConfigMap or Secret in the load's namespace, PEM.

    It may change while a load runs: an authority that is new there is trusted from then on.
    """

    kind: Literal["ConfigMap", "Secret"]
    name: str
    key: str = "ca.crt"


@dataclass(frozen=True)
class Entry:
    """A URL as pods of the cluster reach it; HTTPS there is verified by ``authorities``.

    None: by what the world trusts, where a client of the load verifies at all.
    """

    url: str
    authorities: Authorities | None = None


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


def scrapes_load(stack: Stack) -> bool:
    """Whether its own Prometheus scrapes the load, so that nothing of ours has to."""
    return stack.prometheus is not None and stack.prometheus.load in {"scraped", POD_MONITOR}


@runtime_checkable
class Readable(Protocol):
    """A stack whose data can be read back and held against the ledger of what the load wrote."""

    @property
    def columns(self) -> Columns:
        """The columns of what is read back, and what they are for."""
        ...

    def readback(self, api: Api, into: Path) -> None:
        """Save all rows as gzip CSV with ``columns`` as its header, ending in ``# end,<count>``.

        One try, which is made again while the stack heals: raise HarnessError, or what requests and urllib3
        raise, when they cannot be had whole.
        """
        ...


@runtime_checkable
class Pipelined(Protocol):
    """A stack that passes on what was written, to stages that can be read back: a topic, a lake."""

    def pipeline(self, api: Api) -> Mapping[str, Columns]:
        """The stages that there are now, by name, each with the columns of its rows."""
        ...

    def read_stage(self, api: Api, stage: str, into: Path) -> None:
        """Save what ``stage`` holds now, as ``readback`` does, with a further last column ``ARRIVED``.

        A row is what whoever reads the stage rightly takes for one: repeats that readers are told to know by
        their key are one row, and what was deleted is none.
        """
        ...


@runtime_checkable
class Deriving(Protocol):
    """A stack some of whose stages hold what follows from what was asked, by a rule of its own: alerts."""

    def due(self, stage: str, asked: Iterable["Request"]) -> "Iterable[Request] | None":
        """What must be at ``stage`` after all that was ``asked``; None where that is what was written itself.

        It is told as writes, one of each row: of ``key`` and ``value`` as ``stage`` has them, and sent and
        finished when what it follows from was. ``ok`` is one that had to come; ``unknown`` one that may have
        been due or not, which is then neither lost nor wrong.
        """
        ...


@runtime_checkable
class Priced(Protocol):
    """A stack whose cost can be told."""

    @property
    def cost(self) -> CostJobs: ...


@runtime_checkable
class Secured(Protocol):
    """A stack that may speak HTTPS at its entry, with certificates of an authority of its own.

    May: profiles differ, and the same stack may be deployed without.
    """

    def entrance(self, api: Api) -> Entry:
        """Where the load goes in what is deployed now."""
        ...


def entrance(stack: Stack, api: Api) -> Entry:
    """Where the load goes, and by whom its clients verify who answers there."""
    return stack.entrance(api) if isinstance(stack, Secured) else Entry(stack.entry)
