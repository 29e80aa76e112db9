"""The question that a run answers."""

from collections import Counter
from collections.abc import Iterable, Sequence
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

    @property
    def parameters(self) -> str:
        """Those of its test, where that is run with several."""
        return parameters(self.nodeid)

    @property
    def label(self) -> str:
        """Its name, with its test's parameters where there are any: each of them has an answer of its own."""
        return labelled(self.name, self.parameters)


def parameters(nodeid: str) -> str:
    """As pytest tells them: "a" of ``test_it[a]``, "" where there are none."""
    return nodeid.partition(".py::")[2].partition("[")[2].removesuffix("]")


def labelled(name: str, parameters: str) -> str:
    return f"{name}[{parameters}]" if parameters else name


def by_label(scenarios: Iterable[Scenario]) -> dict[str, Scenario]:
    """Each test's by what it alone is called; of several that are called alike, by where they stand."""
    found = list(scenarios)
    labels = Counter(one.label for one in found)
    return {one.label if labels[one.label] == 1 else f"{one.name}[{one.nodeid}]": one for one in found}


@dataclass(frozen=True)
class Asked:
    """What a scenario's test surely asks of its run, as its text tells.

    Names of ``objectives``, and of actions whose ``faults`` are asked for, each with its line; ``slips`` are
    words on questions that no check answers.
    """

    objectives: Sequence[tuple[str, int]] = ()
    faults: Sequence[tuple[str, int]] = ()
    slips: Sequence[str] = ()
