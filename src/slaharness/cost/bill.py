"""Usage times prices: what each namespace costs an hour, over one window. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from slaharness.cost.prices import Prices
from slaharness.cost.usage import Share, Usage, workload
from slaharness.model import Window

GIB, GB = 2**30, 10**9
#: A year of 8,760 hours has twelve of them.
HOURS_A_MONTH = 730.0
SECONDS_AN_HOUR = 3600.0


@dataclass(frozen=True)
class Line:
    """What there is to pay an hour, by what for."""

    processors: float = 0.0
    memory: float = 0.0
    storage: float = 0.0
    traffic: float = 0.0

    @property
    def total(self) -> float:
        return self.processors + self.memory + self.storage + self.traffic

    def __add__(self, other: "Line") -> "Line":
        return Line(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


@dataclass(frozen=True)
class Bill:
    """In ``currency`` an hour: ``lines`` by namespace, ``workloads`` by ``namespace/workload`` of its pods.

    ``problems`` say why it may not be believed.
    """

    window: Window
    currency: str
    lines: Mapping[str, Line]
    workloads: Mapping[str, Line]
    known: frozenset[str]
    problems: tuple[str, ...] = ()

    @property
    def hourly(self) -> float:
        """Of all namespaces together."""
        return sum(line.total for line in self.lines.values())

    @property
    def whole(self) -> float:
        """For all of the window."""
        return self.hourly * self.window.seconds / SECONDS_AN_HOUR


def bill(usage: Usage, prices: Prices) -> Bill:
    """A namespace without pods, claims and traffic has no line: it costs nothing."""
    pods = {key: of_pod(share, prices) for key, share in usage.pods.items()}
    spaces = [
        *((space, line) for (space, _), line in pods.items()),
        *((space, of_claim(size, prices)) for (space, _), size in usage.claims.items()),
        *((space, _of_traffic(rate, prices)) for space, rate in usage.sent.items()),
    ]
    workloads = [(f"{space}/{workload(name)}", line) for (space, name), line in pods.items()]
    return Bill(
        usage.window, prices.currency, _summed(spaces), _summed(workloads), usage.known, usage.problems
    )


def _summed(priced: Iterable[tuple[str, Line]]) -> dict[str, Line]:
    lines: dict[str, Line] = {}
    for name, line in priced:
        lines[name] = lines.get(name, Line()) + line
    return dict(sorted(lines.items()))


def of_pod(share: Share, prices: Prices) -> Line:
    return Line(processors=share.cores * prices.vcpu_hour, memory=share.memory / GIB * prices.gib_hour)


def of_claim(size: float, prices: Prices) -> Line:
    return Line(storage=size / GIB * prices.gib_month / HOURS_A_MONTH)


def _of_traffic(rate: float, prices: Prices) -> Line:
    """``rate`` is in bytes a second."""
    return Line(traffic=rate * SECONDS_AN_HOUR / GB * prices.gb_traffic)
