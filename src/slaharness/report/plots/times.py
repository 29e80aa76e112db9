"""How long things took beside what was promised: recovery in its parts, RPO and RTO, each cold start."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from slaharness.model import Outcome, Verdict
from slaharness.model.words import number
from slaharness.report.plots.drawing import FAILED, GOOD, UNANSWERED, figure, svg

SECONDS = re.compile(r"(-?\d+(?:\.\d+)?) s\b")
UNIT = " (s)"
COLOURS = {Outcome.MET: GOOD, Outcome.MISSED: FAILED, Outcome.UNKNOWN: UNANSWERED}


class _Bar(NamedTuple):
    name: str
    seconds: float
    limit: float | None
    colour: str


def draw_times(verdicts: Sequence[Verdict]) -> str:
    """An SVG; "" when no verdict is of a time. A line is the limit that was promised."""
    bars = [bar for one in verdicts for bar in _bars(one)]
    if not bars:
        return ""
    with figure(0.8 + 0.26 * len(bars)) as drawn:
        axes = drawn.subplots()
        rows = range(len(bars))
        axes.barh(rows, [bar.seconds for bar in bars], color=[bar.colour for bar in bars], height=0.6)
        for row, bar in enumerate(bars):
            axes.text(bar.seconds, row, f" {number(bar.seconds)} s", va="center", fontsize="small")
            if bar.limit is not None:
                axes.plot([bar.limit, bar.limit], [row - 0.42, row + 0.42], color="black", linewidth=1.5)
        axes.set_yticks(rows, [bar.name for bar in bars])
        axes.margins(x=0.12)
        axes.set_xlim(left=0)
        axes.set_xlabel("seconds; the upright line is what was promised")
        axes.invert_yaxis()
        told = "; ".join(f"{bar.name} {number(bar.seconds)} s" for bar in bars)
        return svg(drawn, f"Times: {told}")


def _bars(verdict: Verdict) -> Iterator[_Bar]:
    """The time that counts, with its limit, and below it its parts."""
    if seen := SECONDS.search(verdict.seen):
        limit = SECONDS.search(verdict.target)
        yield _Bar(
            verdict.objective, float(seen[1]), float(limit[1]) if limit else None, COLOURS[verdict.outcome]
        )
    for name, seconds in verdict.figures.items():
        if name.endswith(UNIT) and seconds is not None and seconds >= 0:
            yield _Bar(f"{verdict.objective}: {name.removesuffix(UNIT)}", seconds, None, "#0072B2")
