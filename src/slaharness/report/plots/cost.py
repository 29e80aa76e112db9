"""What a run cost over its time, as a picture: each namespace on top of the others, the windows marked."""

from pathlib import Path

from slaharness.cost.cost_over_time import cost_over_time
from slaharness.cost.cost_report import CostReport

WIDTH, HEIGHT = 9.0, 3.2


def draw_cost(report: CostReport, into: Path) -> bool:
    """Write an SVG; whether there was anything to draw."""
    if not report.prices:
        return False
    instants, spaces = cost_over_time(report.series, report.prices)
    if not instants:
        return False
    from matplotlib import rc_context  # noqa: PLC0415  # takes half a second
    from matplotlib.figure import Figure  # noqa: PLC0415

    start = min((one.start for one in report.windows), default=instants[0])
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "slaharness"}):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        axes = figure.subplots()
        axes.stackplot(
            [at - start for at in instants], list(spaces.values()), labels=list(spaces), step="post"
        )
        axes.margins(x=0, y=0.12)
        for one in report.windows:
            if one.phase.whole is not one.phase:
                continue  # it lies in FAULT
            axes.axvline(one.start - start, color="black", linewidth=0.8, linestyle=":")
            axes.text(one.start - start, axes.get_ylim()[1], f" {one.phase}", va="top", fontsize="small")
        axes.set_xlabel("seconds since the first window began")
        axes.set_ylabel(f"{report.prices.currency} an hour, as asked for")
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize="small", frameon=False)
        figure.savefig(into, metadata={"Date": None})
    return True
