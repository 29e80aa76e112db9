"""What was measured, before anyone judges it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from slaharness.model.timeline import Phase, Window


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
