"""What a fault did, as far as it was seen."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from slaharness.model.timeline import Event, Phase, Window

#: The one status that says that Chaos Toolkit came to its end.
COMPLETED = "completed"


@dataclass(frozen=True)
class Strike:
    """One action of the method that was to do harm, from ``at`` to ``ended``.

    ``proven``: it brought its own proof of what it hit. Of any other, the effect has to be seen by our watch:
    on the ``hit`` where it names them, else on anything in ``namespace`` ("": anywhere). The dose that it
    asked for is a size of ``replicas`` of the workload that was hit, or so many ``pods`` to hit; None where
    it named no number.
    """

    action: str
    at: float
    ended: float
    proven: bool
    namespace: str = ""
    hit: tuple[str, ...] = ()
    replicas: int | None = None
    pods: int | None = None


def next_strike(strikes: Iterable[Strike], at: float, otherwise: float) -> float:
    """When the next one struck after that instant; ``otherwise`` where none did."""
    return min((one.at for one in strikes if one.at > at), default=otherwise)


@dataclass(frozen=True)
class Afterwards:
    """The steady-state hypothesis, asked once more after the method. It held, unless something is said here.

    ``deviation`` names the probe and what came back; ``doubt`` says why it is not known.
    """

    deviation: str = ""
    doubt: str = ""


@dataclass(frozen=True)
class FaultReport:
    """What the fault really did, from Chaos Toolkit's journal and our own looks at the cluster.

    ``events`` are what its activities stamped. ``problems`` non-empty means that the fault cannot count as
    having happened: verdicts become UNKNOWN. ``afterwards`` is None where the experiment asks nothing then.
    """

    experiment: str
    status: str
    started: float
    ended: float
    matched: tuple[str, ...] = ()
    died: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    strikes: tuple[Strike, ...] = ()
    afterwards: Afterwards | None = None

    @property
    def by_name(self) -> Mapping[str, Strike]:
        """The strikes in the order of time, by their actions' names: the second ``kill`` is ``kill (2)``."""
        found: dict[str, Strike] = {}
        for one in sorted(self.strikes, key=lambda strike: strike.at):
            name, again = one.action, count(2)
            while name in found:
                name = f"{one.action} ({next(again)})"
            found[name] = one
        return found

    def windows(self, whole: Window) -> Iterator[Window]:
        """Of several faults each one's own: from its strike to the next one, the last to the end of FAULT."""
        if len(self.strikes) < 2:  # noqa: PLR2004 - an only one has all of FAULT
            return
        for name, strike in self.by_name.items():
            end = min(next_strike(self.strikes, strike.at, whole.end), whole.end)
            if strike.at < end:
                yield Window(Phase.of_fault(name), strike.at, end)
