"""What is going on now, on standard error: a live display on a terminal; in CI and logs, a line a step."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.segment import Segment
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from slaharness.errors import HarnessError

console = Console(stderr=True, highlight=False)
#: Seconds after which a log says, once, what a step is at: its reader wonders whether anything goes on.
LONG = 10.0
#: Seconds between two drawings of what is shown below the steps: a drawing takes 5 ms.
ONCE = 1.0


@dataclass
class Step:
    """One thing under way. ``say`` what it is at now."""

    title: str
    began: float = field(default_factory=time.monotonic)
    detail: str = ""
    thread: int = field(default_factory=threading.get_ident)

    def say(self, detail: str) -> None:
        self.detail = detail

    @property
    def took(self) -> str:
        return f"{time.monotonic() - self.began:.1f} s"


class _Display:
    """All steps under way, in one live table; steps may run side by side in threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._steps: list[Step] = []
        self._below: list[_Harmless] = []
        self._live: Live | None = None

    def __rich__(self) -> Group:
        table = Table.grid(padding=(0, 1))
        for step in list(self._steps):
            table.add_row(Spinner("dots"), step.title, f"[dim]{step.took}", f"[dim]{step.detail[:100]}")
        return Group(table, *self._below)

    @contextmanager
    def below(self, shown: RenderableType) -> Iterator[None]:
        harmless = _Harmless(shown)
        self._below.append(harmless)
        try:
            yield
        finally:
            self._below.remove(harmless)

    def add(self, step: Step) -> None:
        with self._lock:
            self._steps.append(step)
            if watched() and self._live is None:
                self._live = Live(self, console=console, refresh_per_second=4, transient=True)
                self._live.start()

    def end(self, step: Step, mark: str, why: str = "") -> None:
        with self._lock:
            self._steps.remove(step)
            console.print(f"{mark} {step.title} [dim]{step.took}[/dim]")
            if why and any(other.thread != step.thread for other in self._steps):
                # Else nobody would hear of it before a compiler beside it has come to its end.
                told = f"  {why}\n  What else is under way ends first; Ctrl-C ends it now."
                console.print(told, markup=False, soft_wrap=True)
            if not self._steps and self._live is not None:
                self._live.stop()
                self._live = None


@dataclass
class _Harmless:
    """What people see, drawn once a second. Where it cannot be, that is said, and work goes on."""

    shown: RenderableType
    drawn: list[Segment | Text] = field(default_factory=list)
    at: float = -ONCE

    def __rich_console__(self, on: Console, options: ConsoleOptions) -> RenderResult:
        if time.monotonic() - self.at >= ONCE:
            self.at = time.monotonic()
            try:
                self.drawn = list(on.render(self.shown, options))
            except Exception as error:  # noqa: BLE001  # drawn by whoever prints a line: it would end a run
                self.drawn = [Text(f"cannot be shown: {error!r}", style="dim")]
        yield from self.drawn


_display = _Display()


def below(shown: RenderableType) -> AbstractContextManager[None]:
    """Show it below the steps under way while the body lasts, where somebody watches."""
    return _display.below(shown)


def watched() -> bool:
    """Whether somebody looks on. CI may claim to be a terminal, for the colours."""
    return console.is_terminal and os.environ.get("CI") != "true"


@contextmanager
def step(title: str) -> Iterator[Step]:
    """Show ``title`` while the body runs, and how long it took when it ends.

    >>> with step("Cluster: certificates") as now: now.say("signing n1")
    """
    current = Step(title)
    _display.add(current)
    mark, why = "[red]✗[/red]", ""
    try:
        with _told_when_long(current):
            yield current
        mark = "[green]✓[/green]"
    except HarnessError as error:
        why = str(error)
        raise
    finally:
        _display.end(current, mark, why)


@contextmanager
def _told_when_long(current: Step) -> Iterator[None]:
    """In a log, one line on a step that takes long; nothing where a live display shows it."""

    def tell() -> None:
        told = f"{current.title}: {current.detail}" if current.detail else current.title
        console.print(f"  … {told}", markup=False, soft_wrap=True)

    if watched():
        yield
        return
    timer = threading.Timer(LONG, tell)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
