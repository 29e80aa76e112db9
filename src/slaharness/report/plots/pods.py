"""Which pods were not Ready, and when: one lane for each that changed during the run."""

from collections.abc import Mapping

from slaharness.events import POD_NOT_READY, POD_READY
from slaharness.model import Timeline
from slaharness.report.plots.drawing import FAILED, GOOD, figure, mark, origin, svg

#: Inches: of the picture without lanes, and of a lane.
FRAME, LANE = 1.0, 0.25
#: More lanes than this say nothing to anybody.
MOST = 24


def draw_pods(timeline: Timeline) -> str:
    """An SVG; "" when no pod changed."""
    away = _away(timeline)
    if not away or not timeline.windows:
        return ""
    zero, end = origin(timeline), max(one.end for one in timeline.windows)
    start = min(one.start for one in timeline.windows)
    with figure(FRAME + LANE * len(away)) as drawn:
        axes = drawn.subplots()
        for lane, spans in enumerate(away.values()):
            axes.broken_barh([(start - zero, end - start)], (lane - 0.4, 0.8), color=GOOD, alpha=0.35)
            axes.broken_barh(
                [(low - zero, min(high, end) - low) for low, high in spans], (lane - 0.4, 0.8), color=FAILED
            )
        axes.set_yticks(range(len(away)), list(away))
        axes.invert_yaxis()
        axes.set_xlim(start - zero, end - zero)
        axes.set_xlabel("seconds since the fault struck")
        mark(axes, timeline, named=False)
        return svg(drawn, _in_words(away, end))


def _away(timeline: Timeline) -> Mapping[str, list[tuple[float, float]]]:
    """By pod: from when to when it was not Ready; to infinity when it did not come back."""
    since: dict[str, float] = {}
    spans: dict[str, list[tuple[float, float]]] = {}
    for event in sorted(timeline.events, key=lambda one: one.at):
        if event.name == POD_NOT_READY:
            since.setdefault(event.detail, event.at)
        elif event.name == POD_READY and event.detail in since:
            spans.setdefault(event.detail, []).append((since.pop(event.detail), event.at))
    for pod, at in since.items():
        spans.setdefault(pod, []).append((at, float("inf")))
    return dict(sorted(spans.items())[:MOST])


def _in_words(away: Mapping[str, list[tuple[float, float]]], end: float) -> str:
    told = [
        f"{pod} for {sum(min(high, end) - low for low, high in spans):.0f} s" for pod, spans in away.items()
    ]
    return f"Pods that were not Ready: {', '.join(told)}"
