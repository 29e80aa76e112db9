"""Service level objectives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from operator import ge, gt, le, lt


class Op(StrEnum):
    """How a measured value is held against its target."""

    AT_LEAST = "gte"
    AT_MOST = "lte"
    ABOVE = "gt"
    BELOW = "lt"

    def holds(self, value: float, target: float) -> bool:
        """Whether ``value`` is where it should be, seen from ``target``."""
        compare = {Op.AT_LEAST: ge, Op.AT_MOST: le, Op.ABOVE: gt, Op.BELOW: lt}[self]
        return bool(compare(value, target))


class SourceType(StrEnum):
    """Where an objective's number comes from."""

    RATIO = "ratio"
    THRESHOLD = "threshold"
    LEDGER = "ledger"


@dataclass(frozen=True)
class Timeslice:
    """A slice of ``seconds``; it is good when ``target`` of its requests, as a share, were good.

    Without a ``target`` it is as good as the share of its requests that were.
    """

    seconds: float
    target: float | None


@dataclass(frozen=True)
class BurnAlert:
    """An alert on ``burn`` times what the objective allows, over the last ``lookback`` seconds."""

    name: str
    burn: float
    lookback: float


@dataclass(frozen=True)
class Objective:
    """An SLO. ``good``/``total`` are PromQL templates for RATIO, ``total`` alone for THRESHOLD.

    For LEDGER, ``total`` names the figure of the ledger's check (``lost``, ``unexpected``, …).
    ``floor`` is the number of requests below which nothing is concluded. ``bad`` says, in a sentence's place,
    what a request did that is not good: "3 of 2,410 requests ``failed``". With a ``timeslice``, ``target`` is
    the share of slices of the window that must be good, not of requests.

    ``period`` is what its error budget is for, in seconds, 0 when it names none; ``alerts`` are those that
    its policies raise. ``no_data_misses``: where Prometheus has nothing to count, it is MISSED. ``read_as``
    says what of its file means something else, or nothing, to one window of a run.
    """

    name: str
    title: str
    service: str
    source: SourceType
    total: str
    target: float
    op: Op
    good: str = ""
    floor: int = 1
    bad: str = "failed"
    file: str = ""
    timeslice: Timeslice | None = None
    period: float = 0.0
    alerts: tuple[BurnAlert, ...] = ()
    no_data_misses: bool = False
    read_as: Mapping[str, str] = field(default_factory=dict)

    @property
    def population(self) -> str:
        """What it counts the bad of: ``requests``, or the ledger's ``acknowledged`` or ``deleted`` keys."""
        if self.source is not SourceType.LEDGER:
            return "requests"
        return "deleted" if self.total == "resurrected" else "acknowledged"
