"""What experiments may use beside the harness's own faults and chaosk8s, and how far they may reach."""

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from slaharness.errors import NotAllowed

if TYPE_CHECKING:
    from slaharness.chaos.experiment import Experiment

#: Modules whose functions experiments may always call, each with its declaration.
OURS, THEIRS = "slaharness.faults.", "chaosk8s."


@dataclass(frozen=True)
class Allowed:
    """The project's word in its settings, ``[faults]``. Experiments are code: what nobody allowed is refused.

    ``modules`` are Python modules, or packages with all that is in them, also such as lie in ``folder``.
    ``network_policies`` says that the cluster enforces them: elsewhere a fault made of them does nothing.
    """

    modules: tuple[str, ...] = ()
    folder: Path | None = None
    processes: bool = False
    dynamic_configuration: bool = False
    network_policies: bool = False

    def module(self, name: str) -> bool:
        """Whether experiments may call functions of that module."""
        return name.startswith((OURS, THEIRS)) or any(
            name == one or name.startswith(f"{one}.") for one in self.modules
        )


NOTHING_MORE = Allowed()


def keeps_inside(experiment: "Experiment", inside: Container[str]) -> None:
    """Raise NotAllowed for what reaches out of those namespaces. Asks no cluster."""
    for one in experiment.targets:
        if one.namespace and one.namespace not in inside:
            raise NotAllowed(
                f"{experiment.file}: {one.place} reaches into namespace {one.namespace}, which is none of "
                "the stack under test: a verdict would be about another system"
            )
