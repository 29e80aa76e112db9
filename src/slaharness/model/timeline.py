"""When things happened: windows and instants of a run. Times are seconds since the epoch."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

#: Seconds that no window lasts: the clock was set, and looking at each slice of it would take all memory.
LONGEST = 7 * 86400.0
#: How the window of one fault of several is called, before the name of its action.
_OF_ONE = "FAULT of "


class Phase(StrEnum):
    """The windows of a run, in order. BACKUP is there in runs that make one, and may reach into FAULT.

    A control run has CONTROL in the place of FAULT and RECOVERY: as long as a fault would last, without one.
    Where several faults strike, each has a window of its own inside FAULT: ``Phase.of_fault("its action")``.
    """

    BASELINE = "BASELINE"
    BACKUP = "BACKUP"
    FAULT = "FAULT"
    RECOVERY = "RECOVERY"
    CONTROL = "CONTROL"

    @classmethod
    def of_fault(cls, action: str) -> "Phase":
        """The window of the fault that this action was, where there are several."""
        return cls(f"{_OF_ONE}{action}")

    @classmethod
    def _missing_(cls, value: object) -> "Phase | None":
        """One for each action: experiments name them, so they cannot all stand above."""
        return _of_one(value) if isinstance(value, str) and len(value) > len(_OF_ONE) else None

    @property
    def whole(self) -> "Phase":
        """Itself, and FAULT for the window of one fault of several."""
        return Phase.FAULT if self.startswith(_OF_ONE) else self


@cache
def _of_one(value: str) -> Phase | None:
    """The same object each time, as a phase is told by its identity."""
    if not value.startswith(_OF_ONE):
        return None
    found = str.__new__(Phase, value)
    found._name_ = found._value_ = value
    return found


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
