"""The second witness: availability, latency and recovery as the ledger tells them. Pure.

What Prometheus counted over a window must agree with what the ledger holds for it, or neither is believed.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from slaharness.load.ledger import OUTCOMES, Ledger
from slaharness.model import Slice, Window

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ratio:
    """Of ``total`` requests, ``good``."""

    good: int
    total: int

    @property
    def value(self) -> float | None:
        """None when there were no requests."""
        return self.good / self.total if self.total else None


def availability(ledger: Ledger, window: Window, names: Collection[str] = ()) -> Ratio:
    """Requests that ended well, of all that ended in the window: counters count requests as they end.

    Of ``names`` alone where there are any.
    """
    ended = _ended(ledger, window, names)
    return _ratio(ended & ledger.where("outcome", "ok"), ended)


def latency_ratio(ledger: Ledger, window: Window, threshold: float, names: Collection[str] = ()) -> Ratio:
    """Requests that ended well within ``threshold`` seconds of when they were meant to be sent, likewise."""
    ended = _ended(ledger, window, names)
    # The ledger keeps microseconds; a difference of two of its times must not show more.
    took = np.round(ledger.column("finished") - ledger.column("intended"), 6)
    return _ratio(ended & ledger.where("outcome", "ok") & (took <= threshold), ended)


def failures(ledger: Ledger, window: Window) -> tuple[float, ...]:
    """When the requests of the window that were not answered well ended, in order."""
    wrong = _ended(ledger, window) & ~ledger.where("outcome", "ok")
    return tuple(np.sort(ledger.column("finished")[wrong]).tolist())


def slices(ledger: Ledger, start: float, end: float, width: float) -> tuple[Slice, ...]:
    """The whole slices of ``width`` seconds from ``start`` to ``end``, with the requests meant for each."""
    count = max(0, int((end - start) / width + 1e-9))
    intended = ledger.column("intended")
    numbers = np.floor_divide(intended - start, width)
    inside = (numbers >= 0) & (numbers < count)
    meant = numbers[inside].astype(np.intp)
    ok, fail, unknown = (
        np.bincount(meant[ledger.where("outcome", word)[inside]], minlength=count).tolist()
        for word in OUTCOMES
    )
    slowest = _p95((ledger.column("finished") - intended)[inside], meant, count)
    return tuple(
        Slice(start + number * width, ok[number], fail[number], unknown[number], slowest[number], width)
        for number in range(count)
    )


def _p95(latencies: Numbers, meant: npt.NDArray[np.intp], count: int) -> list[float | None]:
    """The nearest rank: a latency that was really seen; None where there was none."""
    ordered = latencies[np.lexsort((latencies, meant))]
    sizes = np.bincount(meant, minlength=count)
    ranks = np.cumsum(sizes) - sizes + np.ceil(0.95 * sizes).astype(np.intp) - 1
    return [float(ordered[rank]) if size else None for rank, size in zip(ranks, sizes, strict=True)]


def _ratio(good: npt.NDArray[np.bool_], total: npt.NDArray[np.bool_]) -> Ratio:
    return Ratio(int(np.count_nonzero(good)), int(np.count_nonzero(total)))


def _ended(ledger: Ledger, window: Window, names: Collection[str] = ()) -> npt.NDArray[np.bool_]:
    finished = ledger.column("finished")
    ended: npt.NDArray[np.bool_] = (window.start < finished) & (finished <= window.end)
    return ended & ledger.named(names) if names else ended
