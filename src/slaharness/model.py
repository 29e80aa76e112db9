"""The nouns of a run, as frozen values. Times are seconds since the epoch, durations are seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from operator import ge, gt, le, lt

from slaharness.errors import Inconclusive


class Phase(StrEnum):
    """The windows of a run, in order. BACKUP is there in runs that make one, and may reach into FAULT.

    A control run has CONTROL in the place of FAULT and RECOVERY: as long as a fault would last, without one.
    """

    BASELINE = "BASELINE"
    BACKUP = "BACKUP"
    FAULT = "FAULT"
    RECOVERY = "RECOVERY"
    CONTROL = "CONTROL"


BASELINE, BACKUP, FAULT, RECOVERY, CONTROL = Phase


@dataclass(frozen=True)
class Window:
    """A closed span of time with a name."""

    phase: Phase
    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


@dataclass(frozen=True)
class Event:
    """Something that happened at one instant."""

    at: float
    name: str
    detail: str = ""


@dataclass(frozen=True)
class Timeline:
    """What happened when. Only ever grows: each method returns a longer one."""

    windows: tuple[Window, ...] = ()
    events: tuple[Event, ...] = ()

    def with_window(self, window: Window) -> "Timeline":
        return Timeline((*self.windows, window), self.events)

    def with_event(self, event: Event) -> "Timeline":
        return Timeline(self.windows, (*self.events, event))

    def window(self, phase: Phase) -> Window | None:
        return next((w for w in self.windows if w.phase is phase), None)


@dataclass(frozen=True)
class Scenario:
    """One question: a load, a fault, and the windows over which the objectives must hold (seconds).

    Without an ``experiment`` ("") it is a control run, whose CONTROL lasts as long as ``fault`` says.
    """

    name: str
    load: str
    experiment: str
    baseline: float = 20.0
    fault: float = 30.0
    recovery: float = 20.0
    profile: str = "core"
    nodeid: str = ""
    question: str = ""
    topic: str = ""


@dataclass(frozen=True)
class Strike:
    """One action of the method that was to do harm, from ``at`` to ``ended``.

    ``proven``: it brought its own proof of what it hit. Of any other, the effect has to be seen by our watch:
    on the ``hit`` where it names them, else on anything in ``namespace`` ("": anywhere). The dose that it
    asked for is a size of ``replicas`` of the workload that was hit, or so many ``pods`` to hit; None where
    it named no number.
    """

    action: str
    at: float
    ended: float
    proven: bool
    namespace: str = ""
    hit: tuple[str, ...] = ()
    replicas: int | None = None
    pods: int | None = None


@dataclass(frozen=True)
class FaultReport:
    """What the fault really did, from Chaos Toolkit's journal and our own looks at the cluster.

    ``events`` are what its activities stamped. ``problems`` non-empty means that the fault cannot count as
    having happened: verdicts become UNKNOWN.
    """

    experiment: str
    status: str
    started: float
    ended: float
    matched: tuple[str, ...] = ()
    died: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    strikes: tuple[Strike, ...] = ()


class ColumnType(StrEnum):
    """What a column of a readback holds."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"


@dataclass(frozen=True)
class Columns:
    """The columns of a table that the load writes and that is read back, in their order in the file.

    ``key`` names the column by which a row is known. The others, in order and joined by ``|``, are what the
    ledger calls a write's value. ``run`` names the column that tells rows of this run from those of others;
    "" where the table holds no others.
    """

    types: Mapping[str, ColumnType]
    key: str
    run: str

    @property
    def values(self) -> tuple[str, ...]:
        """Names of the columns that make a value."""
        return tuple(name for name in self.types if name != self.key)


@dataclass(frozen=True)
class CostJobs:
    """Where Prometheus knows what things cost: jobs of the scheduler, of kubelets and of claims, "" for none.

    ``sent`` is a counter, of job ``edge``, of bytes that left the stack: a name, and the labels that its
    series must have. ``intervals`` are seconds between two scrapes of a job, where they are not 1.
    """

    requests: str = ""
    usage: str = ""
    claims: str = ""
    edge: str = ""
    sent: str = ""
    sent_labels: Mapping[str, str] = field(default_factory=dict)
    intervals: Mapping[str, float] = field(default_factory=dict)


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


@dataclass(frozen=True)
class LatencyBin:
    """The requests meant to be sent in ``[start, start + seconds)``, by how they ended.

    ``p95`` is their latency in seconds from the intended time, None when there were none.
    """

    start: float
    ok: int
    fail: int
    unknown: int
    p95: float | None
    seconds: float = 0.2

    @property
    def end(self) -> float:
        return self.start + self.seconds

    @property
    def requests(self) -> int:
        return self.ok + self.fail + self.unknown


@dataclass(frozen=True)
class Measurement:
    """What the source answered for one objective over one window, and how far that can be trusted.

    ``value`` is None when there is no number; ``total`` is the number of requests (for LEDGER: of
    acknowledged writes looked for) behind it. ``slices`` holds good and total of each slice, for an
    objective with a timeslice; ``window`` is what was measured over. ``no_data``: the source answered, and
    had nothing to count; ``noise``: why its machine may have been slow. ``problems`` says why
    nothing may be concluded from it; ``evidence`` holds what else was noted: queries, samples seen and
    expected, age of the newest, resets.
    """

    objective: str
    phase: Phase
    value: float | None
    good: float | None = None
    total: float | None = None
    problems: tuple[str, ...] = ()
    evidence: Mapping[str, int | float | str | None] = field(default_factory=dict)
    slices: tuple[tuple[float, float], ...] = ()
    window: Window | None = None
    no_data: bool = False
    noise: str = ""


class Outcome(StrEnum):
    """Three values, on purpose."""

    MET = "MET"
    MISSED = "MISSED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, repr=False)
class Verdict:
    """The answer for one objective over one window. True when MET, false when MISSED, raises when UNKNOWN.

    ``figures`` are what else was measured on the way, in the units that their names say.
    """

    objective: str
    phase: Phase
    outcome: Outcome
    target: str
    seen: str
    requests: int | None
    reason: str
    figures: Mapping[str, float | None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        if self.outcome is Outcome.UNKNOWN:
            raise Inconclusive(str(self))
        return self.outcome is Outcome.MET

    def __str__(self) -> str:
        seen = f"seen {self.seen}, target {self.target}"
        return f"{self.outcome}: {self.objective} over {self.phase}: {seen}: {self.reason}"

    __repr__ = __str__  # what pytest shows of a failed assert


class Verdicts(tuple[Verdict, ...]):
    """Answers to one question: false when one is MISSED, else raises when one is UNKNOWN, else true."""

    __slots__ = ()

    def __bool__(self) -> bool:
        if any(one.outcome is Outcome.MISSED for one in self):
            return False
        return all(self)

    def __str__(self) -> str:
        return "; ".join(map(str, self))

    __repr__ = __str__
