"""When things happened: windows and instants of a run. Times are seconds since the epoch."""

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """The windows of a run, in order. BACKUP is there in runs that make one, and may reach into FAULT.

    A control run has CONTROL in the place of FAULT and RECOVERY: as long as a fault would last, without one.
    """

    BASELINE = "BASELINE"
    BACKUP = "BACKUP"
    FAULT = "FAULT"
    RECOVERY = "RECOVERY"
    CONTROL = "CONTROL"


BASELINE, BACKUP, FAULT, RECOVERY, CONTROL = Phase


@dataclass(frozen=True)
class Window:
    """A closed span of time with a name."""

    phase: Phase
    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


@dataclass(frozen=True)
class Event:
    """Something that happened at one instant."""

    at: float
    name: str
    detail: str = ""


@dataclass(frozen=True)
class Timeline:
    """What happened when. Only ever grows: each method returns a longer one."""

    windows: tuple[Window, ...] = ()
    events: tuple[Event, ...] = ()

    def with_window(self, window: Window) -> "Timeline":
        return Timeline((*self.windows, window), self.events)

    def with_event(self, event: Event) -> "Timeline":
        return Timeline(self.windows, (*self.events, event))

    def window(self, phase: Phase) -> Window | None:
        return next((w for w in self.windows if w.phase is phase), None)
