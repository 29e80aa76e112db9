"""One run as a check reads it: what happened, and the evidence, each file read when it is first asked for."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from slaharness.cost.cost_report import CostReport
from slaharness.errors import RecordTrouble
from slaharness.events import CLOCKS_APART
from slaharness.ledger import ledger, rows
from slaharness.ledger.ledger import Ledger
from slaharness.ledger.witness import load_clock
from slaharness.ledger.witness.crosscheck import Witnesses
from slaharness.ledger.witness.load_clock import Offset
from slaharness.metrics.evidence import Series
from slaharness.model import (
    RECOVERY,
    Columns,
    FaultReport,
    Measurement,
    Objective,
    Phase,
    SourceType,
    Timeline,
)
from slaharness.record import bound
from slaharness.record.doubts import doubts
from slaharness.record.store import RecordStore

#: Of a record whose load says nothing of its clock.
UNTOLD = "the record does not tell how far the load's clock is from the harness's"


class SavedRun:
    """A record that is only read. ``doubts`` says why nothing may be concluded from it, "" when it may.

    Its properties raise RecordTrouble when the file behind them is missing or not whole.
    """

    def __init__(
        self,
        store: RecordStore,
        objectives: Mapping[str, Objective] | None = None,
        measured: Sequence[Measurement] = (),
    ) -> None:
        """Read the record with its own objectives, or with others that were ``measured`` from it."""
        self.store = store
        self.record = store.record()
        self.objectives = objectives or store.objectives()
        if self.record.finished and objectives is None:
            measured = store.measurements()
        self.measurements: Mapping[tuple[str, Phase], Measurement] = {
            (one.objective, one.phase): one for one in measured
        }
        against = self._lacking() if objectives is None else self._changed()
        self.doubts = "; ".join([*doubts(self.record), *(against if self.record.finished else ())])

    def _lacking(self) -> Iterator[str]:
        """What a run measured in any case, and is not there: somebody took it out, or it was not written."""
        if not self.record.version or self.record.problems:
            return
        windows = [one.phase for one in self.timeline.windows]
        for name, one in self.objectives.items():
            own = [RECOVERY] if one.source is SourceType.LEDGER else windows
            if missing := [phase for phase in own if (name, phase) not in self.measurements]:
                yield f"the record lacks what was measured of {name} over {', '.join(missing)}"

    def _changed(self) -> Iterator[str]:
        """Asked anew, it may not answer from other files than on its day."""
        if self._tells:
            told = (self.store.ledger, self.store.readback, self.store.scraped)
            yield from (f"asked anew, and {why}" for one in told if (why := self._other(one)))
        elif self._digests and (
            why := bound.not_measured_from(self.store, self._digests, self.record.version)
        ):
            yield f"asked anew, and {why}"

    @cached_property
    def _digests(self) -> Mapping[str, object]:
        """Of the files as the run left them; of older ones, as what was measured of them tells."""
        if self._tells:
            return {f"{name}{bound.SHA256}": digest for name, digest in self.record.files.items()}
        with suppress(RecordTrouble):  # without it there is nothing to hold against
            told = (one.evidence for one in self.store.measurements() if one.total is not None)
            return next((one for one in told if any(name.endswith(bound.SHA256) for name in one)), {})
        return {}

    @property
    def _tells(self) -> bool:
        """Whether the record tells of all its files what they were."""
        return self.record.finished and self.record.version >= bound.FILES

    def _other(self, file: Path) -> str:
        """Why a file is not the run's own; "" when it is, is gone, or nobody knows."""
        if self._tells and file.exists() and file.name not in self.record.files:
            return f"{file} was put there after the run"
        return bound.changed(file, self._digests)

    def _bound(self, file: Path) -> Path:
        if why := self._other(file):
            raise RecordTrouble(why)
        return file

    @property
    def timeline(self) -> Timeline:
        return self.record.timeline

    @property
    def fault(self) -> FaultReport | None:
        return self.record.fault

    def struck_at(self, at: float) -> bool:
        """Whether a fault struck at that very instant: there the window of the one before it ends."""
        return any(one.at == at for one in (self.fault.strikes if self.fault else ()))

    @cached_property
    def readback(self) -> Path:
        """Where all rows were saved that were read at the end."""
        return self._bound(self.store.readback)

    @cached_property
    def series(self) -> tuple[Series, ...]:
        self._bound(self.store.scraped)
        return self.store.series()

    @cached_property
    def ledger(self) -> Ledger:
        return ledger.load(self._bound(self.store.ledger))

    @cached_property
    def written(self) -> Ledger:
        """The ledger again, with what was written as values, by the columns of what was read back."""
        file = self._bound(self.store.ledger)
        return ledger.load(file, self.record.columns or rows.inferred(self.readback))

    def due_at(self, stage: str, columns: Columns) -> Ledger:
        """What had to come to a later stage, as a ledger: what was written, or what follows from it."""
        self._bound(self.store.ledger)
        return ledger.load(self.store.held_against(stage), columns)

    @cached_property
    def load_clock(self) -> Offset | None:
        """How far the load's clock is from Prometheus's; None when the record does not tell."""
        return load_clock.offset(self.ledger, self.series)

    @property
    def clocks_apart(self) -> str:
        """Why the cluster's times are not the harness's; "" when they are, as far as is known."""
        told = (one.detail for one in self.timeline.events if one.name == CLOCKS_APART)
        return next(told, "")

    @property
    def clocks_doubt(self) -> str:
        """Why the load's times cannot be held against the harness's and the cluster's; "" when they can."""
        return (self.load_clock.doubt if self.load_clock else UNTOLD) or self.clocks_apart

    @cached_property
    def witnesses(self) -> Witnesses:
        """The load's ledger and its counters, and why the one's times may not be the other's."""
        apart = self.load_clock
        untold = load_clock.UNBOUNDED if len(self.ledger) else ""
        return Witnesses(self.ledger, self.series, (apart.doubt if apart else untold) or self.clocks_apart)

    @cached_property
    def cost(self) -> CostReport:
        return self.store.cost_report(self.record, self.series)
