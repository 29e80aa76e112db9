"""What the pods asked for cost as time went on, scrape by scrape, for a plot. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from slaharness.cost.bill import of_pod
from slaharness.cost.prices import Prices
from slaharness.cost.usage import ASKED, NOT_OURS, Share
from slaharness.metrics.evidence import Series


def cost_over_time(series: Sequence[Series], prices: Prices) -> tuple[list[float], Mapping[str, list[float]]]:
    """The instants of the scheduler's scrapes, and for each namespace its cost an hour at each of them."""
    asked = [one for one in series if one.name == ASKED and one.labels.get("namespace", "") not in NOT_OURS]
    instants = sorted({at for one in asked for at, _ in one.samples})
    place = {at: number for number, at in enumerate(instants)}
    found: defaultdict[str, list[float]] = defaultdict(lambda: [0.0] * len(instants))
    for one in asked:
        for at, value in one.samples if one.labels.get("node") else ():
            cpu = one.labels.get("resource") == "cpu"
            share = Share(value if cpu else 0.0, 0.0 if cpu else value)
            found[one.labels.get("namespace", "")][place[at]] += of_pod(share, prices).total
    return instants, dict(sorted(found.items()))
