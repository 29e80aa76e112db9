"""Every objective over every window: asked of Prometheus, or of the ledger and what was read back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from slaharness.errors import RecordTrouble
from slaharness.load import checker, ledger
from slaharness.metrics.prometheus import Prometheus
from slaharness.model import RECOVERY, Measurement, Objective, SourceType, Window
from slaharness.report.store import Store


def measured(
    objectives: Mapping[str, Objective], windows: Sequence[Window], prometheus: Prometheus, store: Store
) -> Iterator[Measurement]:
    """What cannot be had is in a measurement's ``problems``; nothing is raised for it."""
    for objective in objectives.values():
        if objective.source is SourceType.LEDGER:
            yield _of_ledger(objective, store)
        else:
            yield from (prometheus.measure(objective, window) for window in windows)


def _of_ledger(objective: Objective, store: Store) -> Measurement:
    try:
        figures = asdict(checker.check(ledger.load(store.ledger), checker.readings(store.readback)))
    except RecordTrouble as error:
        return Measurement(objective.name, RECOVERY, None, problems=(str(error),))
    examples = {f"{kind}, for example": ", ".join(keys) for kind, keys in figures.pop("examples").items()}
    value, total = float(figures[objective.total]), float(figures["acknowledged"])
    return Measurement(objective.name, RECOVERY, value, total=total, evidence={**figures, **examples})
