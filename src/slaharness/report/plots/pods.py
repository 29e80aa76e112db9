"""Which pods were not Ready, and when: one lane for each that changed during the run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slaharness.events import POD_CREATED, POD_GONE, POD_NOT_READY, POD_READY, POD_RESTARTED
from slaharness.model import Event, Timeline
from slaharness.model.words import counted
from slaharness.report.plots.drawing import FAILED, GOOD, figure, mark, origin, svg

#: Inches: of the picture without lanes, and of a lane.
FRAME, LANE = 1.1, 0.25
#: Heights in a lane: of a pod that is Ready, thin enough for the windows to be seen, and of one that is not.
READY, AWAY = 0.16, 0.8
#: More lanes than this say nothing to anybody.
MOST = 24
#: What changes a pod for those who rely on it; whoever is only scheduled is neither more nor less Ready.
_TOLD = {POD_CREATED, POD_NOT_READY, POD_READY, POD_RESTARTED, POD_GONE}


@dataclass
class _Lane:
    """A pod, from when to when it was there; the spans in which it was not Ready; when it restarted."""

    since: float
    until: float
    away: list[tuple[float, float]] = field(default_factory=list)
    restarts: list[float] = field(default_factory=list)


def draw_pods(timeline: Timeline) -> str:
    """An SVG; "" when no pod changed."""
    if not timeline.windows:
        return ""
    start, end = min(one.start for one in timeline.windows), max(one.end for one in timeline.windows)
    lanes = dict(_lanes(timeline, start, end))
    if not lanes:
        return ""
    shown, zero = dict(list(lanes.items())[:MOST]), origin(timeline)
    with figure(FRAME + LANE * len(shown)) as drawn:
        axes = drawn.subplots()
        for row, lane in enumerate(shown.values()):
            _draw(axes, row, lane, zero, end)
        axes.set_yticks(range(len(shown)), list(shown))
        axes.invert_yaxis()
        axes.set_xlim(start - zero, end - zero)
        axes.set_xlabel("seconds since the fault struck; broad: not Ready, x: gone, ▾: restarted")
        mark(axes, timeline, named=True)
        return svg(drawn, _in_words(shown, len(lanes) - len(shown), end))


def _draw(axes: Any, row: int, lane: _Lane, zero: float, end: float) -> None:
    axes.broken_barh([(lane.since - zero, lane.until - lane.since)], (row - READY / 2, READY), color=GOOD)
    spans = [(low - zero, high - low) for low, high in lane.away]
    axes.broken_barh(spans, (row - AWAY / 2, AWAY), color=FAILED)
    for at, marker in [(one, "v") for one in lane.restarts] + [(lane.until, "x")] * (lane.until < end):
        axes.plot(at - zero, row, marker, color="black", markersize=5)


def _lanes(timeline: Timeline, start: float, end: float) -> Iterator[tuple[str, _Lane]]:
    """By pod, of those that were there between ``start`` and ``end`` and did not stay Ready throughout."""
    told: dict[str, list[Event]] = {}
    for event in sorted(timeline.events, key=lambda one: one.at):
        if event.name in _TOLD:
            told.setdefault(event.detail, []).append(event)
    for pod, events in sorted(told.items()):
        lane = _lane(events, start, end)
        if (lane.away or lane.restarts) and lane.since < end and lane.until > start:
            yield pod, lane


def _lane(events: Sequence[Event], start: float, end: float) -> _Lane:
    """One of the same name that follows, as in a StatefulSet, is the same pod to those who rely on it."""
    lane = _Lane(start, end)
    away: float | None = None
    for event in events:
        at = min(max(event.at, start), end)
        if event.name == POD_RESTARTED:
            lane.restarts.append(at)
        elif event.name == POD_READY:
            lane.away += [(away, at)] if away is not None and away < at else []
            away = None
        else:
            away = at if away is None else away
            lane.until = at if event.name == POD_GONE else end
        lane.since = at if event is events[0] and event.name == POD_CREATED else lane.since
    lane.away += [(away, lane.until)] if away is not None else []
    return lane


def _in_words(lanes: Mapping[str, _Lane], more: int, end: float) -> str:
    told = [
        f"{pod} for {sum(high - low for low, high in lane.away):.0f} s"
        + (", then gone" if lane.until < end else "")
        + (f", {counted(len(lane.restarts), 'restart')}" if lane.restarts else "")
        for pod, lane in lanes.items()
    ]
    told += [f"and {more} more that are not drawn"] if more else []
    return f"Pods that were not Ready: {'; '.join(told)}"
