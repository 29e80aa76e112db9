"""What users saw over the time of a run: how their requests ended, and how long the answers took."""

from collections.abc import Sequence
from typing import Any

from slaharness.ledger.ledger import Ledger
from slaharness.ledger.witness.client_sli import slices
from slaharness.model import LatencyBin, Timeline
from slaharness.model.words import number
from slaharness.report.plots.drawing import FAILED, GOOD, UNANSWERED, figure, mark, origin, svg

#: Seconds of one bar.
BAR = 1.0
_KINDS = (("answered well", GOOD, "ok"), ("failed", FAILED, "fail"), ("no answer", UNANSWERED, "unknown"))


def draw_requests(ledger: Ledger, timeline: Timeline) -> str:
    """An SVG; "" when no window passed. Each request is drawn where it was due."""
    start = min((one.start for one in timeline.windows), default=0.0)
    end = max((one.end for one in timeline.windows), default=0.0)
    # Less than a second at the end would look like a load that sends less.
    bars, zero = [one for one in slices(ledger, start, end, BAR) if one.seconds >= BAR], origin(timeline)
    if not bars:
        return ""
    with figure(3.6) as drawn:
        counts, latency = drawn.subplots(2, sharex=True, height_ratios=[2, 1.4])
        _counts(counts, bars, zero)
        _latency(latency, bars, zero)
        mark(counts, timeline, named=True)
        mark(latency, timeline, named=False)
        latency.set_xlabel("seconds since the fault struck")
        return svg(drawn, _in_words(bars))


def _counts(axes: Any, bars: Sequence[LatencyBin], zero: float) -> None:
    edges = [one.start - zero for one in bars] + [bars[-1].end - zero]
    below = [0] * len(edges)
    for label, colour, outcome in _KINDS:
        heights = [getattr(one, outcome) for one in bars]
        above = [low + height for low, height in zip(below, [*heights, heights[-1]], strict=True)]
        axes.fill_between(edges, below, above, step="post", color=colour, label=label, linewidth=0)
        below = above
    axes.set_ylabel("requests a second")
    axes.set_ylim(bottom=0)
    axes.legend(loc="lower left", fontsize="small", ncols=len(_KINDS))
    axes.margins(x=0)


def _latency(axes: Any, bars: Sequence[LatencyBin], zero: float) -> None:
    """On a logarithmic scale: a wait of ten seconds must not flatten what users usually see."""
    seen = [(one.start - zero + BAR / 2, one.p95 * 1000) for one in bars if one.p95]
    axes.plot([at for at, _ in seen], [p95 for _, p95 in seen], color="black", linewidth=1)
    axes.set_yscale("log", subs=(2, 5))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:g}")
    axes.set_ylabel("95 % within, ms")


def _in_words(bars: Sequence[LatencyBin]) -> str:
    asked, bad = sum(one.requests for one in bars), sum(one.fail + one.unknown for one in bars)
    slowest = max((one.p95 for one in bars if one.p95), default=0.0)
    return (
        f"Requests over time: {asked:,} were due, {bad:,} failed or had no answer; "
        f"in the slowest second 95 % were answered within {number(slowest, 2)} s"
    )
