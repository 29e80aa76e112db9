"""What is going on now, on standard error: a live display on a terminal, plain lines elsewhere."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

console = Console(stderr=True, highlight=False)


@dataclass
class Step:
    """One thing under way. ``say`` what it is at now."""

    title: str
    began: float = field(default_factory=time.monotonic)
    detail: str = ""

    def say(self, detail: str) -> None:
        changed, self.detail = detail != self.detail, detail
        if changed and not console.is_terminal:
            console.print(f"  … {self.title}: {detail}", markup=False, soft_wrap=True)

    @property
    def took(self) -> str:
        return f"{time.monotonic() - self.began:.1f} s"


class _Display:
    """All steps under way, in one live table; steps may run side by side in threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._steps: list[Step] = []
        self._live: Live | None = None

    def __rich__(self) -> Table:
        table = Table.grid(padding=(0, 1))
        for step in list(self._steps):
            table.add_row(Spinner("dots"), step.title, f"[dim]{step.took}", f"[dim]{step.detail[:100]}")
        return table

    def add(self, step: Step) -> None:
        with self._lock:
            self._steps.append(step)
            if console.is_terminal and self._live is None:
                self._live = Live(self, console=console, refresh_per_second=8, transient=True)
                self._live.start()

    def end(self, step: Step, mark: str) -> None:
        with self._lock:
            self._steps.remove(step)
            console.print(f"{mark} {step.title} [dim]{step.took}[/dim]")
            if not self._steps and self._live is not None:
                self._live.stop()
                self._live = None


_display = _Display()


@contextmanager
def step(title: str) -> Iterator[Step]:
    """Show ``title`` while the body runs, and how long it took when it ends.

    >>> with step("Cluster: certificates") as now: now.say("signing n1")
    """
    current = Step(title)
    _display.add(current)
    mark = "[red]✗[/red]"
    try:
        yield current
        mark = "[green]✓[/green]"
    finally:
        _display.end(current, mark)
