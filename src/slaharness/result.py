"""A finished run, as a test body asks it. Reads the record only, so an old night can be asked again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from slaharness.checks import autoscaling as spikes
from slaharness.checks import restore, retries
from slaharness.checks import restore_attempts as backups
from slaharness.checks import scale_to_zero as sleep
from slaharness.checks.backlog import judge_work
from slaharness.checks.cold_start import judge_wakes
from slaharness.checks.recovery import RECOVERED, Steady, judge_recovery, readiness
from slaharness.checks.restored_rows import restored_rows
from slaharness.cost.cost_report import CostReport
from slaharness.cost.judge import unknown_cost
from slaharness.errors import BadInput, RecordTrouble
from slaharness.host.duration import seconds
from slaharness.ledger import client_sli as witness
from slaharness.ledger import crosscheck as corroborate
from slaharness.ledger import ledger, rows
from slaharness.ledger import load_shortfall as pace
from slaharness.ledger.ledger import Ledger
from slaharness.metrics.evidence import Series
from slaharness.model import (
    BASELINE,
    RECOVERY,
    Measurement,
    Objective,
    Outcome,
    Phase,
    Verdict,
    Verdicts,
    Window,
)
from slaharness.objectives.judge import judge, unknown
from slaharness.record.store import RecordStore, RunRecord

#: Seconds of a slice of the ledger: how finely recovery is seen.
SLICE = 0.2


class RunResult:
    """The fixture ``run``. Each answer is a Verdict, kept in ``verdicts`` in the order asked."""

    def __init__(
        self,
        store: RecordStore,
        objectives: Mapping[str, Objective] | None = None,
        measured: Sequence[Measurement] = (),
    ) -> None:
        """Ask the record's own objectives, or others that were ``measured`` from it.

        Raise RecordTrouble when the record is not whole.
        """
        self.store = store
        self.record = store.record()
        self.objectives = objectives or store.objectives()
        self.verdicts: list[Verdict] = []
        if self.record.finished and objectives is None:
            measured = store.measurements()
        self._measurements = {(one.objective, one.phase): one for one in measured}
        self._doubts = "; ".join(_doubts(self.record))

    def meets(self, objective: str, *, over: Phase) -> Verdict:
        """Did the objective hold over that window? Raises BadInput for a name that no objective has."""
        if objective not in self.objectives:
            there = ", ".join(sorted(self.objectives))
            raise BadInput(f"no objective {objective!r}; there are: {there}")
        return self._kept(self._judged(objective, over))

    def recovered(self, *, within: str | float) -> Verdict:
        """Were requests well again ``within`` that long of the injection, and to the end? By the ledger."""
        limit = seconds(within)
        fault, before = self.record.fault, self.record.timeline.window(BASELINE)
        after = self.record.timeline.window(RECOVERY)
        if self._doubts or fault is None or before is None or after is None:
            return self._kept(_unknown_recovery(limit, self._doubts or "no fault was injected"))
        if doubt := self._doubt_of_requests(Window(RECOVERY, fault.started, after.end)):
            return self._kept(_unknown_recovery(limit, doubt))
        calm = witness.slices(self._ledger, before.start, before.end, before.seconds)[0]
        return self._kept(
            judge_recovery(
                witness.slices(self._ledger, fault.started, after.end, SLICE),
                injected=fault.started,
                observed_until=after.end,
                within=limit,
                steady=Steady(calm.p95 or 0.0),
                pods=readiness(self.record.timeline.events, injected=fault.started),
            )
        )

    def restored(self, *, rpo: str | float, rto: str | float) -> Verdicts:
        """Four verdicts on a backup: what it brought back, how much was lost, how soon, from what.

        ``rpo`` is how far before the loss acknowledged writes may be gone, ``rto`` how soon after it a read
        must be right again. How long it took until requests were well, ``recovered`` says.
        """
        limits = restore.Limits(seconds(rpo), seconds(rto))
        if self._doubts:
            return self._all_kept(restore.unknown(limits, self._doubts))
        timeline = self.record.timeline
        if failure := backups.failure(timeline):
            return self._all_kept(restore.failed(limits, failure))
        try:
            told = backups.told(timeline)
        except ValueError as error:
            return self._all_kept(restore.unknown(limits, str(error)))
        return self._all_kept(restore.judge_restore(told, self._returned(told), limits))

    def retried(self, what: str) -> Verdict:
        """Whether each ``backup`` or ``restore`` that was struck while under way ended well all the same."""
        if what not in {"backup", "restore"}:
            raise BadInput(f"retried({what!r}): ask for 'backup' or 'restore'")
        return self._kept(self._unless_doubted(retries.judge_retry(self.record.timeline, what)))

    def costs(self, *, at_most: float, over: Phase, of: str = "") -> Verdict:
        """Whether all of it, or one namespace or ``namespace/workload``, cost no more than that an hour.

        In the currency of ``scenarios/prices.yaml``; what slept through the window costs nothing.
        """
        if self._doubts:
            return self._kept(unknown_cost(over, self._doubts, at_most, of))
        try:
            return self._kept(self.report.judge(over, at_most=at_most, of=of))
        except RecordTrouble as error:
            return self._kept(unknown_cost(over, str(error), at_most, of))

    def slept(self, *, within: str | float) -> Verdict:
        """Whether the watched service had no pod ``within`` that long of the last work, and lastingly."""
        return self._scaling(sleep.judge_sleep, within=seconds(within))

    def woke(self, *, within: str | float, wakes: int = 10, refused: int = 0) -> Verdict:
        """Whether 95 % of at least ``wakes`` wakes took so long at most, from work to answer."""
        if wakes < 1:
            raise BadInput(f"woke(wakes={wakes}): ask for one wake or more")
        return self._scaling(judge_wakes, within=seconds(within), least=wakes, refused=refused)

    def stayed_awake(self) -> Verdict:
        """Whether the watched service had a pod for as long as work went on, through the fault."""
        return self._scaling(sleep.judge_awake, fault=self.record.fault.started if self.record.fault else 0.0)

    def scaled_out(self, *, to: int, within: str | float) -> Verdict:
        """Whether the watched service had ``to`` pods ready so long after the work began."""
        return self._scaling(spikes.judge_out, to=to, within=seconds(within))

    def scaled_in(self, *, to: int, within: str | float) -> Verdict:
        """Whether the watched service had no more than ``to`` pods so long after the work's end."""
        return self._scaling(spikes.judge_in, to=to, within=seconds(within))

    def worked_off(self, *, within: str | float, tasks: int) -> Verdict:
        """Whether all work that was accepted was done, each piece so soon, of at least so many ``tasks``."""
        return self._scaling(judge_work, within=seconds(within), least=tasks)

    def _scaling(self, judged: Callable[..., Verdict], **limits: float) -> Verdict:
        """Judge by what was stamped and scraped; whoever is told of nothing says that it is UNKNOWN."""
        told = ((), ()) if self._doubts else (self.record.timeline.events, self._series)
        return self._kept(self._unless_doubted(judged(*told, **limits)))

    @property
    def no_residue(self) -> Verdict:
        """Is nothing left of the fault? Asked of every run, whether the scenario asks or not."""
        left = self.record.residue
        reason = "; ".join(left) or "every workload and node is as it was before"
        outcome, seen = (Outcome.MISSED, f"{len(left)} differ") if left else (Outcome.MET, "as before")
        if not self.record.finished:
            outcome, seen, reason = Outcome.UNKNOWN, "none", self._doubts
        return Verdict("no-residue", RECOVERY, outcome, "as before", seen, None, reason)

    def _judged(self, name: str, phase: Phase) -> Verdict:
        objective, measurement = self.objectives[name], self._measurements.get((name, phase))
        reason = self._doubts or ("" if measurement else f"nothing was measured over {phase}")
        if measurement and measurement.window not in {None, self.record.timeline.window(phase)}:
            reason = reason or f"what was measured over {phase} belongs to another run"
        if reason or measurement is None:
            return unknown(objective, phase, reason, seen=measurement)
        return self._corroborated(objective, measurement)

    def _corroborated(self, objective: Objective, measurement: Measurement) -> Verdict:
        """Hear the second witness before judging, and name its figure in the verdict."""
        asked = corroborate.asked(objective)
        window = self.record.timeline.window(measurement.phase)
        if not asked or not window:
            return judge(objective, measurement)
        try:
            bounds = corroborate.counted(asked, window, self._ledger, self._series)
        except (ValueError, RecordTrouble) as error:
            return unknown(objective, measurement.phase, str(error), seen=measurement)
        found = (
            corroborate.disagreement(measurement, bounds, objective.bad),
            pace.shortfall(self._series, window),
        )
        doubts = tuple(filter(None, found))
        verdict = judge(objective, replace(measurement, problems=(*measurement.problems, *doubts)))
        if doubts:
            return verdict
        reason = f"{verdict.reason}; by the ledger {bounds}"
        if verdict.outcome is Outcome.MISSED:
            reason += f": {asked.complaints(self._ledger, bounds.scraped, window.start)}"
        return replace(verdict, reason=reason)

    def _returned(self, told: Sequence[backups.Told]) -> restore.Returned | str:
        """What the restores brought back, or why that is not known."""
        try:
            held = ledger.load(self.store.ledger, rows.inferred(self.store.readback))
            return restored_rows(held, self.store.readback, told)
        except RecordTrouble as error:
            return str(error)

    def _doubt_of_requests(self, span: Window) -> str:
        """Why when they were well is not known: witnesses who differ, or a load that was short of breath."""
        try:
            disagreement = corroborate.disagreement_on_failures(span, self._ledger, self._series)
            return disagreement or pace.shortfall(self._series, span)
        except (ValueError, RecordTrouble) as error:
            return str(error)

    @cached_property
    def report(self) -> CostReport:
        """What the run cost. Raises RecordTrouble when its series are not whole."""
        return CostReport(self.store.prices(), self._series, self.record.timeline.windows)

    @cached_property
    def _series(self) -> tuple[Series, ...]:
        return self.store.series()

    @cached_property
    def _ledger(self) -> Ledger:
        return ledger.load(self.store.ledger)

    def _unless_doubted(self, verdict: Verdict) -> Verdict:
        return replace(verdict, outcome=Outcome.UNKNOWN, reason=self._doubts) if self._doubts else verdict

    def _all_kept(self, verdicts: Verdicts) -> Verdicts:
        self.verdicts += verdicts
        return verdicts

    def _kept(self, verdict: Verdict) -> Verdict:
        self.verdicts.append(verdict)
        return verdict


def _doubts(story: RunRecord) -> Iterator[str]:
    """Why nothing may be concluded from this run, whatever was measured in it."""
    yield from story.problems
    if not story.finished:
        yield "the run did not come to its end"
    elif story.fault is None:
        yield "no fault was injected"


def _unknown_recovery(limit: float, reason: str) -> Verdict:
    return Verdict(RECOVERED, RECOVERY, Outcome.UNKNOWN, f"≤ {limit:g} s", "none", None, reason)
