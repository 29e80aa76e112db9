"""The files that a scenario names: found, and refused in one line before anything is started."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from slaharness.chaos import toolkit
from slaharness.chaos.allowed import NOTHING_MORE, Allowed
from slaharness.chaos.format import source
from slaharness.chaos.format.variables import NOTHING, Given
from slaharness.chaos.toolkit import Experiment
from slaharness.cost import prices
from slaharness.cost.prices import Prices
from slaharness.load import profile
from slaharness.model import Objective, Scenario
from slaharness.objectives import openslo


@dataclass(frozen=True)
class Inputs:
    """What a run is made from; all of it read and found sound. A control run has no ``experiment``."""

    experiment: Experiment | None
    load: Path
    objectives: dict[str, Objective]
    services: dict[str, Objective]
    prices: Prices | None = None


def read(scenario: Scenario, root: Path, allowed: Allowed = NOTHING_MORE, given: Given = NOTHING) -> Inputs:
    """Read them, with values of the command line in the experiment. Raise BadInput naming file and reason."""
    load = profile.find(scenario.load, root / "loadprofiles")
    file = source.find(scenario.experiment, root / "experiments") if scenario.experiment else None
    with ThreadPoolExecutor(1) as side:  # Locust takes a second to look at a profile
        checked = side.submit(profile.check, load)
        experiment = toolkit.check(file, allowed, given) if file else None
        objectives = openslo.load_all(root / "scenarios" / "objectives")
        services = _services(root / "scenarios" / "services")
        checked.result()
    return Inputs(experiment, load, objectives, services, prices.load(root / "scenarios" / "prices.yaml"))


def _services(folder: Path) -> dict[str, Objective]:
    """Each service's own indicator, for the blast radius; a project need not have any."""
    return openslo.load_all(folder) if folder.is_dir() else {}
