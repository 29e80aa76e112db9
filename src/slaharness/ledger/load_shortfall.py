"""Did the load keep its own pace? What it could not send says nothing about who should have answered."""

from collections.abc import Sequence

from slaharness.metrics.evidence import Series
from slaharness.model import Window

#: The least share of the arrivals offered that must have been started, or found no room.
LEAST = 0.99
_NAME = "loadgen_arrivals_{}_total"


def shortfall(kept: Sequence[Series], window: Window) -> str:
    """Why the window's load was not the one that was asked for; "" when it was, or is no open-loop load.

    ``kept`` are the record's series.
    """
    offered = _grown(kept, "offered", window)
    begun = _grown(kept, "started", window) + _grown(kept, "overflowed", window)
    if begun >= LEAST * offered:
        return ""
    return (
        f"the load began only {begun:,.0f} of {offered:,.0f} arrivals that were due: it was short of "
        "processor time itself, or asks for more than one worker"
    )


def _grown(kept: Sequence[Series], kind: str, window: Window) -> float:
    ends = [
        (first, last)
        for one in kept
        if one.name == _NAME.format(kind)
        if (first := one.before(window.start)) and (last := one.before(window.end))
    ]
    return sum(last[1] - first[1] for first, last in ends)
