"""What every picture of a run shares: seconds since the fault struck, windows shaded, events marked."""

import html
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from slaharness.events import STRUCK
from slaharness.model import BACKUP, FAULT, Timeline

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Inches.
WIDTH = 9.0
#: Colours that stay apart for colour-blind readers and in print (Okabe and Ito), by how a request ended.
GOOD, FAILED, UNANSWERED = "#009E73", "#D55E00", "#E69F00"
SHADES = {FAULT: "#D55E0022", BACKUP: "#0072B222"}


@contextmanager
def figure(height: float) -> Iterator["Figure"]:
    """An empty figure whose text stays text in the SVG."""
    from matplotlib import rc_context  # noqa: PLC0415  # takes half a second
    from matplotlib.figure import Figure  # noqa: PLC0415

    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "slaharness", "font.size": 9}):
        yield Figure(figsize=(WIDTH, height), layout="constrained")


def origin(timeline: Timeline) -> float:
    """What seconds are counted from: the strike, else the first window's start. Epoch seconds."""
    struck = [one.at for one in timeline.events if one.name == STRUCK]
    return min(struck or [one.start for one in timeline.windows], default=0.0)


def mark(axes: Any, timeline: Timeline, *, named: bool) -> None:
    """Shade the windows and draw a line where the fault struck; with their names when ``named``."""
    zero = origin(timeline)
    for one in timeline.windows:
        if one.phase.whole is not one.phase:
            continue  # it lies in FAULT, and its strike has a line
        axes.axvspan(
            one.start - zero, one.end - zero, color=SHADES.get(one.phase, "#00000008"), linewidth=0, zorder=0
        )
        if named:
            axes.text(
                one.start - zero,
                1.02,
                f" {one.phase}",
                fontsize="small",
                transform=axes.get_xaxis_transform(),
            )
    for event in timeline.events:
        if event.name == STRUCK:
            axes.axvline(event.at - zero, color=FAILED, linewidth=1.2, linestyle="--")


def svg(drawn: "Figure", title: str) -> str:
    """The figure as an SVG element with a name for those who cannot see it."""
    into = io.StringIO()
    drawn.savefig(into, format="svg", metadata={"Date": None})
    element = into.getvalue()[into.getvalue().index("<svg") :]
    head, tag, rest = element.partition(">")
    return (
        f'{head} role="img" aria-label="{html.escape(title)}"{tag}<title>{html.escape(title)}</title>{rest}'
    )
