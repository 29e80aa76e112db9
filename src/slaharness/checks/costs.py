"""Was it cheap enough? A bill of one window against a limit."""

from slaharness.checks.registry import check
from slaharness.cost.judge import COST
from slaharness.errors import BadInput
from slaharness.model import FAULT, Phase, Verdict
from slaharness.record.saved_run import SavedRun


@check(COST, over=FAULT)
def costs(record: SavedRun, *, at_most: float, over: Phase, of: str = "") -> Verdict:
    """Whether all of it, or one namespace or ``namespace/workload``, cost no more than that an hour.

    In the currency of ``scenarios/prices.yaml``; what has no pod through the window costs nothing.
    Raises BadInput for a namespace of which nothing was seen all the run.
    """
    bill = record.cost.bills.get(over)
    seen = sorted(bill.known) if bill and not bill.problems else []
    if of and seen and of.partition("/")[0] not in seen:
        raise BadInput(f"costs(of={of!r}): nothing was ever seen of it; there are: {', '.join(seen)}")
    return record.cost.judge(over, at_most=at_most, of=of)
