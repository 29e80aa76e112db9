"""The question that a run answers."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Scenario:
    """One question: a load, a fault, and the windows over which the objectives must hold (seconds).

    Without an ``experiment`` ("") it is a control run, whose CONTROL lasts as long as ``fault`` says.
    """

    name: str
    load: str
    experiment: str
    baseline: float = 20.0
    fault: float = 30.0
    recovery: float = 20.0
    profile: str = "core"
    nodeid: str = ""
    question: str = ""
    topic: str = ""


@dataclass(frozen=True)
class Asked:
    """What a scenario's test surely asks of its run, as its text tells.

    Names of ``objectives``, and of actions whose ``faults`` are asked for, each with its line; ``slips`` are
    words on questions that no check answers.
    """

    objectives: Sequence[tuple[str, int]] = ()
    faults: Sequence[tuple[str, int]] = ()
    slips: Sequence[str] = ()
