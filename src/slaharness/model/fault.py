"""What a fault did, as far as it was seen."""

from dataclasses import dataclass

from slaharness.model.timeline import Event


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


@dataclass(frozen=True)
class FaultReport:
    """What the fault really did, from Chaos Toolkit's journal and our own looks at the cluster.

    ``events`` are what its activities stamped. ``problems`` non-empty means that the fault cannot count as
    having happened: verdicts become UNKNOWN.
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
