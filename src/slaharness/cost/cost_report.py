"""All that a run cost: a bill for each of its windows, and what it cost to survive the fault. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from slaharness.cost.bill import Bill, bill
from slaharness.cost.judge import judge_cost, unknown_cost
from slaharness.cost.prices import Prices
from slaharness.cost.standby_cost import StandbyCost, standby_cost
from slaharness.cost.usage import JOBS, Usage, usage
from slaharness.metrics.evidence import Series
from slaharness.model import BASELINE, CostJobs, Phase, Verdict, Window


@dataclass(frozen=True)
class CostReport:
    """The record's own prices, series and windows. ``prices`` is None where the project has none.

    ``jobs`` say where the stack's costs are told.
    """

    prices: Prices | None
    series: Sequence[Series]
    windows: Sequence[Window]
    jobs: CostJobs = JOBS

    @cached_property
    def bills(self) -> Mapping[Phase, Bill]:
        """Of each window, in the order of time; none without prices."""
        if not self.prices:
            return {}
        return {phase: bill(used, self.prices) for phase, used in self._usage.items()}

    @cached_property
    def standby_cost(self) -> StandbyCost | None:
        """None where one of the windows that it takes has no bill that may be believed."""
        calm = self._usage.get(BASELINE)
        return standby_cost(calm, self.bills, self.prices) if calm and self.prices else None

    def judge(self, phase: Phase, *, at_most: float, of: str = "") -> Verdict:
        """Hold what the window cost an hour against ``at_most``."""
        if not self.prices:
            return unknown_cost(phase, "the project has no scenarios/prices.yaml", at_most, of)
        if phase not in self.bills:
            return unknown_cost(phase, f"the run has no window {phase}", at_most, of)
        return judge_cost(self.bills[phase], at_most=at_most, of=of)

    @cached_property
    def _usage(self) -> Mapping[Phase, Usage]:
        return {one.phase: usage(self.series, one, self.jobs) for one in self.windows}
