"""The blast radius: each indicator in FAULT and RECOVERY, against its own BASELINE."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from slaharness.model import (
    BACKUP,
    BASELINE,
    CONTROL,
    FAULT,
    RECOVERY,
    Measurement,
    Objective,
    Phase,
    SourceType,
)
from slaharness.model.words import number
from slaharness.objectives.budget import burn

#: A service fares worse when its indicator lies this far below its own BASELINE.
WORSE = 0.001
CAPTION = "burn: so many times the failures that are allowed"


def blast_radius(
    objectives: Mapping[str, Objective], services: Mapping[str, Objective], measured: Sequence[Measurement]
) -> Table:
    """One row an indicator, one column a window: the share that went well, and how fast it burnt its budget.

    First what users were promised, as far as it is a share of requests that this load sends, then each
    service by its name. A cell with a question mark could not be measured; ``measurements.json`` says why.
    """
    found = {(one.objective, one.phase): one for one in measured}
    counted = {one.objective for one in measured if not one.no_data}
    promised = {
        name: one for name, one in objectives.items() if one.source is SourceType.RATIO and name in counted
    }
    there = {one.phase for one in measured}
    usual = {BASELINE, CONTROL} if CONTROL in there else {BASELINE, FAULT, RECOVERY}
    phases = [phase for phase in Phase if phase in usual or (phase is BACKUP and phase in there)]
    table = Table(
        "of", *phases, title="Blast radius", title_justify="left", title_style="bold",
        caption=CAPTION, caption_justify="left",
    )  # fmt: skip
    for name, objective in {**promised, **services}.items():
        calm = _share(found.get((name, BASELINE)))
        cells = (_cell(objective, found.get((name, phase)), calm) for phase in phases)
        table.add_row(name if name in promised else objective.service, *cells)
    return table


def _cell(objective: Objective, measurement: Measurement | None, calm: float | None) -> str:
    share = _share(measurement)
    if measurement is None or share is None:
        return "[yellow]?[/yellow]"
    burnt = burn(objective, measurement)
    text = f"{number(share * 100, 4)} %" + (f", burn {number(burnt)}" if burnt else "")
    return f"[red]{text}[/red]" if calm is not None and share < calm - WORSE else text


def _share(measurement: Measurement | None) -> float | None:
    return None if measurement is None or measurement.problems else measurement.value
