"""Every objective over every window: asked of Prometheus, or of the ledger and what was read back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from slaharness.errors import MeasuringTrouble, RecordTrouble
from slaharness.events import NO_READBACK
from slaharness.ledger import checker, ledger, rows
from slaharness.metrics import evidence, noise
from slaharness.metrics.evidence import Series
from slaharness.metrics.source import Meter
from slaharness.model import RECOVERY, Measurement, Objective, SourceType, Window
from slaharness.model.words import counted
from slaharness.record import bound
from slaharness.record.run_record import RunRecord
from slaharness.record.store import RecordStore

#: Of which keys (or rows) those of a figure are: what had to be there may be lost, what was read altered.
POPULATIONS = {
    "lost": "expected",
    "altered": "compared",
    "duplicated": "compared",
    "unexpected": "read",
    "resurrected": "withdrawn",
}
#: What it means that there are none.
NOTHING = {
    "lost": "no key had to be there",
    "altered": "nothing that was written was read back",
    "duplicated": "nothing that was written was read back",
    "unexpected": "no row was read back",
    "resurrected": "nothing was deleted for good",
}
#: Figures that look good where nobody looks: of writes without a key it is not known what became of them.
LOOKED_FOR = frozenset({"lost", "altered", "duplicated", "resurrected"})
#: Seconds around the windows whose samples are kept too, at least.
MARGIN = 5.0


def keep(
    objectives: Mapping[str, Objective],
    windows: Sequence[Window],
    prometheus: Meter,
    store: RecordStore,
    host: Sequence[Series] = (),
) -> str:
    """Save every measurement, and the series behind them; return why there are none of those, or "".

    ``host`` is what is known of the machine (``metrics.noise``).
    """
    store.save_measurements(tuple(measured(objectives, windows, prometheus, store, host)))
    margin = _margin(store.record())
    span = (min(one.start for one in windows) - margin, max(one.end for one in windows) + margin)
    try:
        store.save_series([*prometheus.series(objectives.values(), *span), *host])
    except MeasuringTrouble as error:
        store.save_series(())
        return str(error)
    return ""


def _margin(record: RunRecord) -> float:
    """As many seconds as measuring looks at, so that the record answers as the Prometheus of its day."""
    return max(MARGIN, evidence.MARGIN * max(record.interval, record.load_interval))


def measured(
    objectives: Mapping[str, Objective],
    windows: Sequence[Window],
    prometheus: Meter,
    store: RecordStore,
    host: Sequence[Series] = (),
) -> Iterator[Measurement]:
    """What cannot be had is in a measurement's ``problems``; nothing is raised for it."""
    of_ledger = [one for one in objectives.values() if one.source is SourceType.LEDGER]
    asked = (one for one in objectives.values() if one not in of_ledger)
    for found in prometheus.measure_all(asked, windows):
        yield noise.noted(objectives[found.objective], found, host)
    if of_ledger:
        yield from _of_ledger(of_ledger, store)


def _of_ledger(objectives: Sequence[Objective], store: RecordStore) -> Iterator[Measurement]:
    record = store.record()
    try:
        columns = record.columns or rows.inferred(store.readback)
        held = ledger.load(store.ledger, columns)
        figures = asdict(checker.check(held, rows.read(store.readback, columns)))
        digests = bound.evidence(store)
    except RecordTrouble as error:
        why = next((one.detail for one in record.timeline.events if one.name == NO_READBACK), str(error))
        yield from (Measurement(one.name, RECOVERY, None, problems=(why,)) for one in objectives)
        return
    examples = {f"{kind}, for example": ", ".join(keys) for kind, keys in figures.pop("examples").items()}
    evidence = {**figures, **examples, **digests}
    for one in objectives:
        total = figures[POPULATIONS.get(one.total, one.population)]
        problems = tuple(_not_looked_for(one, total, figures))
        yield Measurement(
            one.name, RECOVERY, float(figures[one.total]), total=float(total), problems=problems,
            evidence=evidence,
        )  # fmt: skip


def _not_looked_for(objective: Objective, total: int, figures: Mapping[str, int]) -> Iterator[str]:
    """Why a figure says nothing: what could be wrong was not there, or not looked for; or it may be right."""
    if (seen := figures[objective.total]) > objective.target:
        may_be = (
            figures[checker.MAY_EXPLAIN[objective.total]] if objective.total in checker.MAY_EXPLAIN else 0
        )
        if seen - may_be <= objective.target:
            what = checker.MAY_EXPLAIN[objective.total].removeprefix("keyless_")
            some = counted(may_be, f"{what.removesuffix('s')} has", f"{what} have")
            yield f"{seen:,} {objective.total}, but {some} no key and may have been of those"
        return
    if not total and objective.total in POPULATIONS:
        yield f"nothing was there that could have been {objective.total}: {NOTHING[objective.total]}"
    if objective.total in LOOKED_FOR and (keyless := figures["keyless"]):
        some = counted(keyless, "acknowledged write or delete has", "acknowledged writes and deletes have")
        yield (
            f"{some} no key, so nobody looked for them; their "
            'context must say it, or operation "other" where they change nothing that is read back'
        )
