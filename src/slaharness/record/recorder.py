"""The story of a run, kept as it goes on."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import reduce

from slaharness.errors import HarnessError
from slaharness.events import STAGE_READ
from slaharness.host import internal_error, wait
from slaharness.host.progress import Step, step
from slaharness.model import Columns, Event, FaultReport, Phase, Timeline, Window
from slaharness.record import bound
from slaharness.record.run_record import VERSION, RunRecord, Stage
from slaharness.record.store import RecordStore


class RunRecorder:
    """The story of a run as it goes on: each thing told is on disk before the next one happens."""

    def __init__(self, store: RecordStore, record: RunRecord) -> None:
        self.store = store
        self.under_way: Window | None = None
        self._keep(replace(record, version=VERSION))

    @contextmanager
    def stage(self, title: str) -> Iterator[Step]:
        """Show a stage on the terminal while it lasts, and keep how long it took."""
        began = time.time()
        try:
            with step(title) as now:
                yield now
        finally:
            stages = (*self.record.stages, Stage(title, began, time.time()))
            self._keep(replace(self.record, stages=stages))

    @contextmanager
    def trouble_kept(self) -> Iterator[None]:
        """Whatever ends a run early stands in its record."""
        try:
            yield
        except KeyboardInterrupt:
            self.problem("the run was interrupted")
            raise
        except HarnessError as error:
            self.problem(f"the run could not go on: {error}")
            raise
        except Exception as error:
            told = internal_error.kept(error, self.store.logs)
            self.problem(f"the run could not go on: {told}")
            raise told from error

    def through(self, phase: Phase, start: float, seconds: float) -> Window:
        """Let a window pass; it is told once it has."""
        window = self.passing(phase, start, seconds)
        self.window(window)
        return window

    def passing(self, phase: Phase, start: float, seconds: float) -> Window:
        """Let a window pass of which it is not yet known whether it counts."""
        window = self.under_way = Window(phase, start, start + seconds)
        wait.pause(window.end - time.time())
        self.under_way = None
        return window

    def window(self, window: Window) -> None:
        self._keep(replace(self.record, timeline=self.record.timeline.with_window(window)))

    def event(self, name: str, detail: str = "") -> None:
        self.events([Event(time.time(), name, detail)])

    def events(self, events: Sequence[Event]) -> None:
        """Others' events, with their own times."""
        timeline = reduce(Timeline.with_event, events, self.record.timeline)
        self._keep(replace(self.record, timeline=timeline))

    def fault(self, fault: FaultReport) -> None:
        """With what its activities stamped, as events of the run."""
        self._keep(replace(self.record, fault=fault, problems=(*self.record.problems, *fault.problems)))
        self.events(fault.events)

    def control(self, told: FaultReport) -> None:
        """What an experiment without a method said: no fault is claimed, its hypothesis was asked."""
        problems = (*self.record.problems, *told.problems)
        self._keep(replace(self.record, problems=problems, afterwards=told.afterwards))

    def problem(self, problem: str) -> None:
        self._keep(replace(self.record, problems=(*self.record.problems, problem)))

    def residue(self, residue: Sequence[str]) -> None:
        self._keep(replace(self.record, residue=tuple(residue)))

    def passed_to(self, stage: str, columns: Columns, at: float) -> None:
        """A later stage was read, which began then; the latest reading counts."""
        pipeline = {**self.record.pipeline, stage: columns}
        held = {**self.record.held, stage: bound.stage(self.store, stage)}
        self._keep(replace(self.record, pipeline=pipeline, held=held))
        self.events([Event(at, STAGE_READ, stage)])

    def finish(self) -> None:
        """With what its files are: whoever judges them later sees whether they are another run's."""
        self._keep(replace(self.record, finished=True, files=bound.files(self.store)))

    def _keep(self, record: RunRecord) -> None:
        self.record = record
        self.store.save_record(record)
