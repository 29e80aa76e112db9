"""What it costs to survive a fault: replicas that stand by, the work of recovering. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from slaharness.cost.bill import SECONDS_AN_HOUR, Bill, of_claim, of_pod
from slaharness.cost.prices import Prices
from slaharness.cost.usage import Usage, workload
from slaharness.model import BASELINE, FAULT, RECOVERY, Phase


@dataclass(frozen=True)
class StandbyCost:
    """``standing`` is the cost an hour of every replica but the first of each workload, with its storage.

    ``work`` is what was paid between the fault and the end beyond what it costs without one: less than
    nothing where fewer pods ran.
    """

    standing: float
    work: float


def standby_cost(calm: Usage, bills: Mapping[Phase, Bill], prices: Prices) -> StandbyCost | None:
    """None when one of the bills may not be believed. A run takes no manual work, so none is paid for."""
    needed = [bills.get(phase) for phase in (BASELINE, FAULT, RECOVERY)]
    if not all(one and not one.problems for one in needed):
        return None
    before, *after = (one for one in needed if one)
    work = sum((one.hourly - before.hourly) * one.window.seconds / SECONDS_AN_HOUR for one in after)
    return StandbyCost(standing(calm, prices), work)


def standing(usage: Usage, prices: Prices) -> float:
    """An hour of what is there only because something else may fail."""
    costs: defaultdict[tuple[str, str, str], list[float]] = defaultdict(list)
    for (space, name), share in usage.pods.items():
        costs[space, "pod", workload(name)].append(of_pod(share, prices).total)
    for (space, name), size in usage.claims.items():
        costs[space, "claim", workload(name)].append(of_claim(size, prices).total)
    return sum(_beyond_the_first(members) for members in costs.values())


def _beyond_the_first(members: Sequence[float]) -> float:
    return sum(members) * (len(members) - 1) / len(members)
