"""Whether the machine that a local cluster shares with others was short of processor time in a window.

Sampled once a second from ``/proc`` and the cluster's cgroups while a run goes on, and kept among the
record's series. What is not there (no ``/proc``, no pressure, a cluster elsewhere) says nothing.
"""

import os
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from slaharness.metrics.evidence import Series
from slaharness.model import Measurement, Objective, Window

PROC = Path("/proc")
#: Seconds between two samples.
EVERY = 1.0
#: Before the names of our series.
OURS = "host_"
#: What is counted, in seconds since the machine started: of processor time, but for what waited.
STEAL, BUSY, ALL, CLUSTER, THROTTLED, WAITED = (
    f"{OURS}{name}_seconds_total" for name in ("steal", "busy", "cpu", "cluster", "throttled", "waited")
)
#: What is told of a window, and the share above which it explains slow answers. Programs that are none of the
#: cluster's do only while some program waited.
STOLEN, OTHERS = "share of processor time stolen by the host", "share of processor time of others"
HELD, WAITING = (
    "share of time that nodes were throttled",
    "share of time that programs waited for processors",
)
MOST = {STOLEN: 0.05, OTHERS: 0.25, HELD: 0.05, WAITING: 0.2}
#: Divided by less than this, nothing is a share.
SOME = 1e-9
#: An objective of latency counts in a bucket of a histogram that has a bound.
BUCKET = re.compile(r'[{,]\s*le\s*=~?\s*"(?!\\*\+?Inf")', re.IGNORECASE)
Numbers = npt.NDArray[np.float64]


@dataclass
class Machine:
    """What was sampled until now."""

    samples: list[tuple[float, dict[str, float]]] = field(default_factory=list)

    @property
    def series(self) -> list[Series]:
        samples = tuple(self.samples)
        names = sorted({name for _, counted in samples for name in counted})
        return [
            Series(
                {"__name__": name}, tuple((at, counted[name]) for at, counted in samples if name in counted)
            )
            for name in names
        ]


@contextmanager
def watched(cgroups: Sequence[Path]) -> Iterator[Machine]:
    """Sample this machine until the body ends.

    ``cgroups`` are a local cluster's own, one in each hierarchy; none for a cluster elsewhere.
    """
    machine, over = Machine(), threading.Event()

    def sample() -> None:
        while not over.wait(EVERY):
            machine.samples.append((time.time(), counts(cgroups)))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield machine
    finally:
        over.set()
        thread.join()


def counts(cgroups: Sequence[Path], *, proc: Path = PROC) -> dict[str, float]:
    """What the kernel has counted until now, by the names of our series; without what it does not count."""
    return {**_processors(proc), **_pressure(proc), **_cluster(cgroups)}


def noted(objective: Objective, measurement: Measurement, host: Sequence[Series]) -> Measurement:
    """The measurement with the machine's figures, and with what explains slow answers, if anything does."""
    if measurement.window is None:
        return measurement
    shares = _shares(host, measurement.window)
    notes = {f"machine: {name}": round(share, 3) for name, share in shares.items()}
    slow = _explanation(shares) if BUCKET.search(objective.good) else ""
    return replace(measurement, evidence={**measurement.evidence, **notes}, noise=slow)


def _processors(proc: Path) -> dict[str, float]:
    with suppress(OSError, ValueError, IndexError):
        ticks = [int(word) for word in (proc / "stat").read_text().splitlines()[0].split()[1:9]]
        hertz = os.sysconf("SC_CLK_TCK")
        user, nice, system, idle, iowait, irq, softirq, steal = (tick / hertz for tick in ticks)
        busy = user + nice + system + irq + softirq
        return {STEAL: steal, BUSY: busy, ALL: busy + idle + iowait + steal}
    return {}


def _pressure(proc: Path) -> dict[str, float]:
    with suppress(OSError):
        if found := re.search(r"^some .*total=(\d+)", (proc / "pressure/cpu").read_text(), re.MULTILINE):
            return {WAITED: int(found[1]) / 1e6}
    return {}


def _cluster(cgroups: Sequence[Path]) -> dict[str, float]:
    """Processor time of the cluster, and time that its nodes were throttled; pods' limits are the stack's."""
    used: dict[str, float] = {}
    for group in cgroups:
        with suppress(OSError, ValueError):
            used[CLUSTER] = max(used.get(CLUSTER, 0.0), int((group / "cpuacct.usage").read_text()) / 1e9)
        for node in (group, *_children(group)):
            for name, figure in _stat(node).items():
                if name == "usage_usec" and node == group:
                    used[CLUSTER] = max(used.get(CLUSTER, 0.0), figure / 1e6)
                elif name in {"throttled_usec", "throttled_time"}:
                    seconds = figure / (1e6 if name == "throttled_usec" else 1e9)
                    used[THROTTLED] = used.get(THROTTLED, 0.0) + seconds
    return used


def _children(group: Path) -> list[Path]:
    with suppress(OSError):
        return [child for child in group.iterdir() if child.is_dir()]
    return []


def _stat(group: Path) -> dict[str, int]:
    with suppress(OSError, ValueError):
        lines = (line.split() for line in (group / "cpu.stat").read_text().splitlines())
        return {name: int(figure) for name, figure in lines}
    return {}


def shares(grown: Mapping[str, Numbers], seconds: Numbers) -> dict[str, Numbers]:
    """Of so many seconds each, in which our series have grown so much: the shares that ``MOST`` names."""
    found: dict[str, Numbers] = {}
    if ALL in grown:
        every = np.maximum(grown[ALL], SOME)
        found[STOLEN] = grown.get(STEAL, np.zeros(1)) / every
        if CLUSTER in grown and BUSY in grown:
            found[OTHERS] = np.maximum(0.0, grown[BUSY] - grown[CLUSTER]) / every
    for name, counter in ((WAITING, WAITED), (HELD, THROTTLED)):
        if counter in grown:
            found[name] = grown[counter] / np.maximum(seconds, SOME)
    return found


def _shares(host: Sequence[Series], window: Window) -> dict[str, float]:
    """Of the window: what it had of each, as far as it was sampled."""
    grown: dict[str, Numbers] = {}
    seconds = window.seconds
    for one in host:
        first, inside = one.before(window.start), one.within(window)
        if one.name.startswith(OURS) and first and inside:
            grown[one.name] = np.array([inside[-1][1] - first[1]])
            seconds = max(seconds, inside[-1][0] - first[0])
    return {name: float(share[0]) for name, share in shares(grown, np.array([seconds])).items()}


def _explanation(shares: Mapping[str, float]) -> str:
    """Why answers were slow that is none of the stack's doing, or ""."""
    much = {name for name, share in shares.items() if share > MOST[name]}
    reasons = (much & {STOLEN, HELD}) | (much & {OTHERS} if WAITING in much else set())
    said = ", ".join(f"{shares[name]:.0%} {name.removeprefix('share of ')}" for name in sorted(reasons))
    return f"the machine was short of processor time ({said})" if said else ""
