"""How much of what was allowed to fail did fail, a bar a promise and window."""

from collections.abc import Mapping, Sequence

from slaharness.model import BASELINE, Measurement, Objective
from slaharness.model.words import share_of
from slaharness.objectives.budget import burn
from slaharness.report.plots.drawing import FAILED, GOOD, figure, svg

#: Bars are cut there: how far beyond what is allowed an outage is, its words say, for which there is ROOM.
MOST, ROOM = 2.0, 1.3
ALLOWED = "what is allowed"


def draw_budget(objectives: Mapping[str, Objective], measurements: Sequence[Measurement]) -> str:
    """An SVG; "" when no promise has an error budget. The calm before the fault is left out."""
    burnt = {
        f"{one.objective}, {one.phase}": found
        for one in measurements
        if one.phase is not BASELINE and one.objective in objectives
        if (found := burn(objectives[one.objective], one)) is not None
    }
    if not burnt:
        return ""
    with figure(0.8 + 0.28 * len(burnt)) as drawn:
        axes = drawn.subplots()
        names, shares = list(burnt), list(burnt.values())
        colours = [GOOD if share <= 1 else FAILED for share in shares]
        axes.barh(names, [min(share, MOST) for share in shares], color=colours, height=0.6)
        for place, share in enumerate(shares):
            said = f" {share_of(share, ALLOWED)}"
            axes.text(min(share, MOST), place, said, va="center", fontsize="small")
        axes.axvline(1.0, color="black", linewidth=1, linestyle="--")
        axes.set_xlim(0, MOST * ROOM)
        axes.set_xticks([0, 0.5, 1, 1.5, MOST], ["0 %", "50 %", "100 %", "150 %", "200 % and more"])
        axes.set_xlabel("of the failures that the objective allows over the window")
        axes.invert_yaxis()
        told = "; ".join(f"{name}: {share_of(share, ALLOWED)}" for name, share in burnt.items())
        return svg(drawn, f"Error budget spent: {told}")
