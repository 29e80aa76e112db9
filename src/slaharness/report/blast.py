"""The blast radius: each service's own indicator in FAULT and RECOVERY, against its own BASELINE."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from slaharness.model import BASELINE, Measurement, Objective, Phase
from slaharness.slo.budget import burn

#: A service fares worse when its indicator lies this far below its own BASELINE.
WORSE = 0.001


def blast_radius(services: Mapping[str, Objective], measured: Sequence[Measurement]) -> Table:
    """One row a service, one column a window: the share that went well, and how fast it burnt its budget.

    A cell with a question mark could not be measured; ``measurements.json`` says why.
    """
    found = {(one.objective, one.phase): one for one in measured}
    table = Table("service", *Phase, title="Blast radius", title_justify="left", title_style="bold")
    for name, objective in services.items():
        calm = _share(found.get((name, BASELINE)))
        table.add_row(
            objective.service, *(_cell(objective, found.get((name, phase)), calm) for phase in Phase)
        )
    return table


def _cell(objective: Objective, measurement: Measurement | None, calm: float | None) -> str:
    share = _share(measurement)
    if measurement is None or share is None:
        return "[yellow]?[/yellow]"
    burnt = burn(objective, measurement)
    text = f"{share * 100:.4g} %" + (f", burn {burnt:.3g}" if burnt else "")
    return f"[red]{text}[/red]" if calm is not None and share < calm - WORSE else text


def _share(measurement: Measurement | None) -> float | None:
    return None if measurement is None or measurement.problems else measurement.value
