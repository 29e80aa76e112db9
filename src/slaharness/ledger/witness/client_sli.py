"""The second witness: availability, latency and recovery as the ledger tells them. Pure.

What Prometheus counted over a window must agree with what the ledger holds for it, or neither is believed.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from math import ceil

import numpy as np
import numpy.typing as npt

from slaharness.ledger.ledger import OUTCOMES, Ledger
from slaharness.model import LatencyBin, Window

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: How many kinds of complaints are told apart.
KINDS = 3
#: Seconds after which a request that the load itself sent late says nothing of when it was due.
LATE = 0.5


@dataclass(frozen=True)
class Ratio:
    """Of ``total`` requests, ``good``."""

    good: int
    total: int

    @property
    def value(self) -> float | None:
        """None when there were no requests."""
        return self.good / self.total if self.total else None


class Sent(Enum):
    """What to make of requests that the load itself sent late: nothing was seen of when they were due."""

    AS_IT_WAS = "counted from when they were due, as any other"
    LATE_IS_BAD = "what was sent too late would have failed"
    LATE_IS_GOOD = "what was sent late would have been answered as soon as it was once it was sent"


def availability(ledger: Ledger, window: Window, names: Collection[str] = ()) -> Ratio:
    """Requests that ended well, of all that ended in the window: counters count requests as they end.

    Of ``names`` alone where there are any.
    """
    ended = _ended(ledger, window, names)
    return _ratio(ended & _good(ledger), ended)


def latency_ratio(ledger: Ledger, window: Window, threshold: float, names: Collection[str] = ()) -> Ratio:
    """Requests that ended well within ``threshold`` seconds of when they were meant to be sent, likewise."""
    ended = _ended(ledger, window, names)
    return _ratio(ended & _good(ledger, threshold), ended)


def due(
    ledger: Ledger,
    window: Window,
    threshold: float | None = None,
    names: Collection[str] = (),
    sent: Sent = Sent.AS_IT_WAS,
    *,
    excused: Flags | None = None,
) -> Ratio:
    """Requests that ended well, within ``threshold`` seconds if given, of all meant to be sent in the window.

    Whenever they ended: one without an answer within its client's patience has failed. Of those ``excused``
    any answer is soon enough.
    """
    meant, good = due_in(ledger, window, names), _good(ledger, threshold)
    if excused is not None:
        good |= excused & _good(ledger)
    if sent is Sent.LATE_IS_BAD:
        good &= ledger.column("sent") - ledger.column("intended") <= LATE
    elif sent is Sent.LATE_IS_GOOD:
        good |= _good(ledger, threshold, since="sent")
    return _ratio(meant & good, meant)


def sent_late(ledger: Ledger, window: Window, names: Collection[str] = ()) -> tuple[int, float]:
    """How many requests of the window were sent after the instant they were meant for, and the worst (s)."""
    late = (ledger.column("sent") - ledger.column("intended"))[due_in(ledger, window, names)]
    return int(np.count_nonzero(late > LATE)), float(late.max(initial=0.0))


def under_way_since(ledger: Ledger, at: float) -> float:
    """When the first was due of the requests under way at that instant; the instant where none was."""
    return float(ledger.column("intended")[ledger.column("finished") > at].min(initial=at))


def complaints(
    ledger: Ledger, window: Window, since: float, threshold: float | None = None, names: Collection[str] = ()
) -> str:
    """What was wrong with the requests that ended in the window and were not good; "" when all were good.

    Like ``read current 503 (2), post reading late (1); 1.2 s to 1.4 s into FAULT``, the commonest first and
    the seconds counted from ``since``.
    """
    bad = _ended(ledger, window, names) & ~_good(ledger, threshold)
    return _complaints(ledger, np.flatnonzero(bad), window, since)


def complaints_of_due(
    ledger: Ledger, window: Window, threshold: float | None = None, names: Collection[str] = ()
) -> str:
    """What was wrong with the requests that were due in the window and were not good, likewise."""
    bad = due_in(ledger, window, names) & ~_good(ledger, threshold)
    return _complaints(ledger, np.flatnonzero(bad), window, window.start)


def _complaints(ledger: Ledger, bad: npt.NDArray[np.intp], window: Window, since: float) -> str:
    if not bad.size:
        return ""
    columns = (ledger.table.column(name).take(bad).to_pylist() for name in ("name", "outcome", "status"))
    counted = Counter((name, _wrong(*answer)) for name, *answer in zip(*columns, strict=True)).most_common()
    told = [f"{name} {wrong} ({count:,})" for (name, wrong), count in counted[:KINDS]]
    rest = ["others"] if counted[KINDS:] else []
    first, last = (edge(ledger.column("finished")[bad]) - since for edge in (np.min, np.max))
    return f"{', '.join(told + rest)}; {first:.1f} s to {last:.1f} s into {window.phase}"


def _wrong(outcome: str, status: int) -> str:
    """What a client would say of its answer."""
    if outcome == "ok":
        return "late"
    return str(status) if status else {"fail": "not sent for want of room"}.get(outcome, "without an answer")


def failures(ledger: Ledger, window: Window) -> tuple[float, ...]:
    """When the requests of the window that were not answered well ended, in order."""
    wrong = _ended(ledger, window) & ~_good(ledger)
    return tuple(np.sort(ledger.column("finished")[wrong]).tolist())


def latencies(ledger: Ledger, since: str = "intended") -> Numbers:
    """Seconds from when each request was ``intended``, or ``sent``, to its end, as fine as the ledger has it.

    Since it was sent is without what the load itself was late.
    """
    took: Numbers = np.round(ledger.column("finished") - ledger.column(since), 6)
    return took


def slices(
    ledger: Ledger, start: float, end: float, width: float, *, took: Numbers | None = None
) -> tuple[LatencyBin, ...]:
    """Slices of ``width`` seconds from ``start`` to ``end``, with the requests meant for each.

    What is left over at the end is a shorter one. ``took`` are the requests' latencies, where they are not
    counted since they were intended.
    """
    count = max(0, ceil((end - start) / width - 1e-9))
    intended = ledger.column("intended")
    numbers = np.floor_divide(intended - start, width)
    inside = (numbers >= 0) & (numbers < count) & (intended < end)
    meant = numbers[inside].astype(np.intp)
    ok, fail, unknown = (
        np.bincount(meant[ledger.where("outcome", word)[inside]], minlength=count).tolist()
        for word in OUTCOMES
    )
    slowest = _p95((latencies(ledger) if took is None else took)[inside], meant, count)
    starts = [start + number * width for number in range(count)]
    lengths = [width] * (count - 1) + [end - one for one in starts[-1:]]
    return tuple(map(LatencyBin, starts, ok, fail, unknown, slowest, lengths))


def _p95(latencies: Numbers, meant: npt.NDArray[np.intp], count: int) -> list[float | None]:
    """The nearest rank: a latency that was really seen; None where there was none."""
    ordered = latencies[np.lexsort((latencies, meant))]
    sizes = np.bincount(meant, minlength=count)
    ranks = np.cumsum(sizes) - sizes + np.ceil(0.95 * sizes).astype(np.intp) - 1
    return [float(ordered[rank]) if size else None for rank, size in zip(ranks, sizes, strict=True)]


def _good(ledger: Ledger, threshold: float | None = None, since: str = "intended") -> Flags:
    """Which requests ended well, and within ``threshold`` seconds of when they were meant to be sent."""
    ok = ledger.where("outcome", "ok")
    if threshold is None:
        return ok
    good: Flags = ok & (latencies(ledger, since) <= threshold)
    return good


def _ratio(good: Flags, total: Flags) -> Ratio:
    return Ratio(int(np.count_nonzero(good)), int(np.count_nonzero(total)))


def _ended(ledger: Ledger, window: Window, names: Collection[str] = ()) -> Flags:
    finished = ledger.column("finished")
    ended: Flags = (window.start < finished) & (finished <= window.end)
    return ended & ledger.named(names) if names else ended


def due_in(ledger: Ledger, window: Window, names: Collection[str] = ()) -> Flags:
    """Which requests were meant to be sent in the window, of ``names`` alone where there are any."""
    intended = ledger.column("intended")
    meant: Flags = (window.start <= intended) & (intended < window.end)
    return meant & ledger.named(names) if names else meant
