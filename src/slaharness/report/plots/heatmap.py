"""Every request by when it was due and how long it took: a band that widens, a second band, a hole."""

import numpy as np

from slaharness.ledger.ledger import Ledger
from slaharness.model import Timeline
from slaharness.model.words import number
from slaharness.report.plots.drawing import figure, mark, origin, svg

#: Seconds of a column, and the rows: from a millisecond to a minute, evenly on a logarithmic scale.
COLUMN = 1.0
ROWS = np.geomspace(0.001, 60.0, 49)


def draw_heatmap(ledger: Ledger, timeline: Timeline) -> str:
    """An SVG; "" when no window passed or nothing was asked. What had no answer stands at its time-out."""
    start = min((one.start for one in timeline.windows), default=0.0)
    end = max((one.end for one in timeline.windows), default=0.0)
    due, took = ledger.column("intended"), ledger.column("finished") - ledger.column("intended")
    inside = (due >= start) & (due < end)
    if not inside.any():
        return ""
    zero = origin(timeline)
    edges = np.arange(start, end + COLUMN, COLUMN) - zero
    counts, _, _ = np.histogram2d(
        due[inside] - zero, np.clip(took[inside], ROWS[0], ROWS[-1]), bins=(edges, ROWS)
    )
    with figure(2.6) as drawn:
        axes = drawn.subplots()
        seen = np.ma.masked_equal(counts.T, 0)
        cells = axes.pcolormesh(edges, ROWS * 1000, seen, cmap="viridis_r", rasterized=True)
        axes.set_yscale("log", subs=(2, 5))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter("{x:g}")  # of a narrow range there is no other
        used = np.nonzero(counts.any(axis=0))[0]
        axes.set_ylim(ROWS[used[0]] * 1000, ROWS[used[-1] + 1] * 1000)
        axes.set_ylabel("took, ms")
        axes.set_xlabel("seconds since the fault struck")
        drawn.colorbar(cells, label="requests a second", pad=0.01)
        mark(axes, timeline, named=True)
        return svg(drawn, _in_words(took[inside]))


def _in_words(took: "np.typing.NDArray[np.float64]") -> str:
    half, most = np.quantile(took, [0.5, 0.99])
    return (
        f"How long each of {len(took):,} requests took, by when it was due: half within "
        f"{number(half * 1000)} ms, 99 % within {number(most * 1000)} ms, the slowest {number(took.max())} s"
    )
