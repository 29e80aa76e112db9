"""The files that scenarios name: each found, read, and refused in one line before anything is started.

``run``, ``check`` and ``list`` all read them here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path

from slaharness.chaos import experiment as experiments
from slaharness.chaos.allowed import Allowed, keeps_inside
from slaharness.chaos.experiment import Experiment
from slaharness.chaos.format import source
from slaharness.chaos.format.variables import NOTHING, Given
from slaharness.cost import prices
from slaharness.cost.prices import Prices
from slaharness.errors import BadInput
from slaharness.load import profile
from slaharness.load import source as source_of_load
from slaharness.model import Asked, Objective, Scenario
from slaharness.objectives import openslo
from slaharness.settings.read import Project
from slaharness.settings.schema import HelmStack

#: Where a project has what, below its root.
EXPERIMENTS, PROFILES, PRICES = "experiments", "loadprofiles", "scenarios/prices.yaml"
OBJECTIVES, SERVICES = "scenarios/objectives", "scenarios/services"
NOTHING_ASKED = Asked()


@dataclass(frozen=True)
class Inputs:
    """What a run is made from; all of it read and found sound. A control run has no ``experiment``."""

    experiment: Experiment | None
    load: Path
    objectives: dict[str, Objective]
    services: dict[str, Objective]
    prices: Prices | None = None


class Files:
    """A project's files, with values of the command line in its experiments.

    What cannot be used raises BadInput naming file and reason, each time that it is asked for.
    """

    def __init__(self, project: Project, allowed: Allowed | None = None, given: Given = NOTHING) -> None:
        self.project, self.root = project, project.root
        self._allowed, self._given = allowed or project.allowed, given
        self.experiment = cache(self._experiment)
        self._load = cache(source_of_load.read)

    def read(self, scenarios: Mapping[Scenario, Asked]) -> dict[str, Inputs]:
        """What each of them names, by the scenario's name. Raises the first BadInput."""
        loads = {one.name: self.load_of(one) for one in scenarios}
        with ThreadPoolExecutor(1) as side:  # Locust takes a second to look at profiles
            looked = side.submit(profile.check_all, [*dict.fromkeys(loads.values())])
            for scenario, asked in scenarios.items():
                for refused in self.refused(scenario, asked):
                    raise refused
            for said in looked.result():
                if isinstance(said, BadInput):
                    raise said
        return {one.name: self._inputs(one) for one in scenarios}

    def _inputs(self, scenario: Scenario) -> Inputs:
        file = self.experiment_of(scenario)
        experiment = self.experiment(file) if file else None
        return Inputs(experiment, self.load_of(scenario), self.objectives, self.services, self.prices)

    def refused(self, scenario: Scenario, asked: Asked = NOTHING_ASKED) -> Iterator[BadInput]:
        """All that speaks against it but what Locust alone can say, which takes a second to ask."""
        yield from self.missing(scenario)
        yield from self.unknown(scenario, asked)
        yield from _raised(scenario, self._load_text, self._inputs)

    def missing(self, scenario: Scenario) -> Iterator[BadInput]:
        """What its marker names and is not there: a load, an experiment, a profile of the stack.

        A file that is there may be refused for itself.
        """
        yield from _raised(scenario, self.load_of, self.experiment_of, self._deployable)

    def unknown(self, scenario: Scenario, asked: Asked) -> Iterator[BadInput]:
        """What its body asks for and nothing here has; objectives that cannot be read say so themselves."""
        yield from (BadInput(f"{scenario.nodeid}: {slip}") for slip in asked.slips)
        for what, names, known in (
            ("objective", asked.objectives, partial(getattr, self, "objectives")),
            ("fault", asked.faults if scenario.experiment else (), partial(self._actions, scenario)),
        ):
            yield from _strangers(scenario, what, names, known)

    def _actions(self, scenario: Scenario) -> tuple[str, ...]:
        file = self.experiment_of(scenario)
        return self.experiment(file).actions if file else ()

    def load_of(self, scenario: Scenario) -> Path:
        """The file of its load profile."""
        return profile.find(scenario.load, self.root / PROFILES)

    def experiment_of(self, scenario: Scenario) -> Path | None:
        """The file of its experiment; None of a control run."""
        return source.find(scenario.experiment, self.root / EXPERIMENTS) if scenario.experiment else None

    def _load_text(self, scenario: Scenario) -> None:
        self._load(self.load_of(scenario))

    def _deployable(self, scenario: Scenario) -> None:
        """Raise BadInput for a profile that the stack does not have. A chart would have to be rendered."""
        if not isinstance(self.project.settings.stack, HelmStack) and (stack := self.project.known_stack):
            stack.profile(scenario.profile)

    def _experiment(self, file: Path) -> Experiment:
        """Raise BadInput also for one that reaches out of the stack, as far as settings tell what that is."""
        found = experiments.check(file, self._allowed, self._given)
        if stack := self.project.known_stack:
            keeps_inside(found, stack.namespaces)
        return found

    @cached_property
    def objectives(self) -> dict[str, Objective]:
        return openslo.load_all(self.root / OBJECTIVES)

    @cached_property
    def services(self) -> dict[str, Objective]:
        """Each service's own indicator, for the blast radius; a project need not have any."""
        folder = self.root / SERVICES
        return openslo.load_all(folder) if folder.is_dir() else {}

    @cached_property
    def prices(self) -> Prices | None:
        return prices.load(self.root / PRICES)


def _raised(scenario: Scenario, *parts: Callable[[Scenario], object]) -> Iterator[BadInput]:
    for part in parts:
        try:
            part(scenario)
        except BadInput as error:
            yield error


def _strangers(
    scenario: Scenario, what: str, names: Sequence[tuple[str, int]], known: Callable[[], Iterable[str]]
) -> Iterator[BadInput]:
    """Names that nothing has; files that cannot be read say so themselves."""
    try:
        there = sorted(known()) if names else []
    except BadInput:
        return
    for name, line in names:
        if name not in there:
            known_here = f"there are: {', '.join(there) or 'none'}"
            yield BadInput(f"{scenario.nodeid}: no {what} {name!r} (line {line}); {known_here}")
