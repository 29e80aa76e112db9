"""Does an experiment keep to the stack under test? Told from files alone, without a cluster."""

from collections.abc import Container

from slaharness.chaos.experiment import Experiment
from slaharness.errors import NotAllowed


def keeps_inside(experiment: Experiment, inside: Container[str]) -> None:
    """Raise NotAllowed for what reaches out of those namespaces. Asks no cluster."""
    for one in experiment.targets:
        if one.namespace and one.namespace not in inside:
            raise NotAllowed(
                f"{experiment.file}: {one.place} reaches into namespace {one.namespace}, which is none of "
                "the stack under test: a verdict would be about another system"
            )
