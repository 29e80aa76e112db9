"""What a run looks like while it goes on, for whoever watches: window, load, pods, events, as small curves.

Nothing is judged by it. It asks Prometheus on a connection of its own, at most every two seconds; what goes
wrong with it ends no run.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event as Flag
from threading import Thread
from typing import Protocol

from rich.markup import escape
from rich.table import Table

from slaharness.errors import HarnessError
from slaharness.host import progress
from slaharness.host.unreachable import why
from slaharness.model import Event, Window
from slaharness.record.recorder import RunRecorder
from slaharness.stack.watch.watched import Seen

#: Seconds between two looks; how many a curve shows; how many events are listed.
EVERY, KEPT, EVENTS = 2.0, 40, 5
BARS = "▁▂▃▄▅▆▇█"
BUCKETS = "sum by (le) (rate(loadgen_request_duration_seconds_bucket[{span}s]))"
#: What is asked, over the last {span} seconds, and how each is shown.
ASKED = {
    "requests a second": "sum(rate(loadgen_requests_total[{span}s]))",
    "failed": 'sum(rate(loadgen_requests_total{{outcome!="ok"}}[{span}s])) '
    "/ sum(rate(loadgen_requests_total[{span}s]))",
    "half within": f"histogram_quantile(0.5, {BUCKETS})",
    "99 % within": f"histogram_quantile(0.99, {BUCKETS})",
}
READY = "pods Ready"
SHOWN: Mapping[str, Callable[[float], str]] = {
    "requests a second": "{:.1f}".format,
    "failed": "{:.2%}".format,
    "half within": lambda seconds: f"{1000 * seconds:.0f} ms",
    "99 % within": lambda seconds: f"{1000 * seconds:.0f} ms",
    READY: "{:.0f}".format,
}


class Glance(Protocol):
    """What is asked of a Meter here."""

    def glance(self, queries: Mapping[str, str]) -> Mapping[str, float]:
        """The number that each query answers now, by name; without those that have no answer."""
        ...


@dataclass
class View:
    """What is shown; ``look`` takes the next point of each curve."""

    scenario: str
    seen: Seen
    recorder: RunRecorder
    curves: dict[str, deque[float]] = field(default_factory=dict)
    trouble: str = ""

    def look(self, source: Glance, span: int) -> None:
        found = source.glance({name: query.format(span=span) for name, query in ASKED.items()})
        ready = self.ready()
        for name, value in [*found.items(), *([(READY, float(ready.total()))] if ready else [])]:
            self.curves.setdefault(name, deque(maxlen=KEPT)).append(value)

    def ready(self) -> Counter[str]:
        """How many pods are Ready, by namespace."""
        pods = dict(self.seen.pods)
        return Counter(name.partition("/")[0] for name, pod in pods.items() if pod.ready)

    def __rich__(self) -> Table:
        table = Table.grid(padding=(0, 2))
        table.add_row("", _countdown(self.scenario, self.recorder.under_way))
        table.add_row("", escape(self.trouble))
        for name, curve in self.curves.items():
            table.add_row(f"[dim]{name}", f"{SHOWN[name](curve[-1]):>9}  {sparkline(curve)}")
        if ready := self.ready():
            table.add_row("", " · ".join(f"{space} {count}" for space, count in sorted(ready.items())))
        for event in _newest([*self.seen, *self.recorder.record.timeline.events]):
            at = time.strftime("%H:%M:%S", time.localtime(event.at))
            table.add_row(f"[dim]{at}", escape(f"{event.name} {event.detail}"[:100]))
        return table


def _countdown(scenario: str, window: Window | None) -> str:
    if window is None:
        return escape(scenario)
    left = max(0.0, window.end - time.time())
    return f"{escape(scenario)}  [bold]{window.phase}[/bold] {left:.0f} s of {window.seconds:.0f} s left"


def _newest(events: Sequence[Event]) -> list[Event]:
    return sorted(events, key=lambda one: one.at)[-EVENTS:]


def sparkline(values: Sequence[float]) -> str:
    """A character a value, from nothing to the largest."""
    most = max((value for value in values if value == value), default=0.0)  # noqa: PLR0124  # NaN is not itself
    if most <= 0:
        return BARS[0] * len(values)
    return "".join(BARS[min(7, int(8 * value / most))] if value >= 0 else " " for value in values)


@contextmanager
def shown(recorder: RunRecorder, prometheus: Glance, seen: Seen) -> Iterator[None]:
    """Show the run while the body lasts, where somebody watches."""
    if not progress.watched():
        yield
        return
    view = View(recorder.record.scenario.name, seen, recorder)
    span = max(5, round(3.5 * recorder.record.load_interval))
    over = Flag()

    def look() -> None:
        try:
            while not over.wait(EVERY):
                view.look(prometheus, span)
        except Exception as error:  # noqa: BLE001  # nobody is there to catch it; the run does not need the view
            told = why(error) if isinstance(error, (HarnessError, OSError)) else repr(error)
            view.trouble = f"no figures any more: {told}"

    looker = Thread(target=look, name="live view", daemon=True)
    looker.start()
    try:
        with progress.below(view):
            yield
    finally:
        over.set()  # nobody waits for an answer that is on its way
