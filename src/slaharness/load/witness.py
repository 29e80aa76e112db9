"""The second witness: availability, latency and recovery as the ledger tells them. Pure.

What Prometheus counted over a window must agree with what the ledger holds for it, or neither is believed.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from slaharness.load.ledger import Ledger, Request
from slaharness.model import Slice, Window


@dataclass(frozen=True)
class Ratio:
    """Of ``total`` requests, ``good``."""

    good: int
    total: int

    @property
    def value(self) -> float | None:
        """None when there were no requests."""
        return self.good / self.total if self.total else None


def availability(ledger: Ledger, window: Window) -> Ratio:
    """Requests that ended well, of all that ended in the window: counters count requests as they end."""
    ended = _ended(ledger, window)
    return Ratio(sum(request.outcome == "ok" for request in ended), len(ended))


def latency_ratio(ledger: Ledger, window: Window, threshold: float) -> Ratio:
    """Requests that ended well within ``threshold`` seconds, of all that ended in the window."""
    ended = _ended(ledger, window)
    # The ledger keeps microseconds; a difference of two of its times must not show more.
    good = sum(r.outcome == "ok" and round(r.finished - r.sent, 6) <= threshold for r in ended)
    return Ratio(good, len(ended))


def failures(ledger: Ledger, window: Window) -> tuple[float, ...]:
    """When the requests of the window that were not answered well ended, in order."""
    return tuple(sorted(one.finished for one in _ended(ledger, window) if one.outcome != "ok"))


def slices(ledger: Ledger, start: float, end: float, width: float) -> tuple[Slice, ...]:
    """The whole slices of ``width`` seconds from ``start`` to ``end``, with the requests meant for each."""
    count = int((end - start) / width + 1e-9)
    meant: defaultdict[int, list[Request]] = defaultdict(list)
    for request in ledger.requests:
        meant[int((request.intended - start) // width)].append(request)
    return tuple(_slice(start + number * width, width, meant[number]) for number in range(count))


def _slice(start: float, width: float, requests: Sequence[Request]) -> Slice:
    ended = Counter(request.outcome for request in requests)
    latencies = sorted(request.finished - request.intended for request in requests)
    p95 = latencies[ceil(0.95 * len(latencies)) - 1] if latencies else None
    return Slice(start, ended["ok"], ended["fail"], ended["unknown"], p95, width)


def _ended(ledger: Ledger, window: Window) -> list[Request]:
    return [request for request in ledger.requests if window.start < request.finished <= window.end]
