"""Was it cheap enough? A bill of one window against a limit."""

from slaharness.checks.registry import check
from slaharness.cost.judge import COST
from slaharness.model import FAULT, Phase, Verdict
from slaharness.record.saved_run import SavedRun


@check(COST, over=FAULT)
def costs(record: SavedRun, *, at_most: float, over: Phase, of: str = "") -> Verdict:
    """Whether all of it, or one namespace or ``namespace/workload``, cost no more than that an hour.

    In the currency of ``scenarios/prices.yaml``; what has no pod through the window costs nothing.
    """
    return record.cost.judge(over, at_most=at_most, of=of)
