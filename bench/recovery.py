"""How far recovery, as told from a ledger, is from the truth, over runs whose truth is known.

``python bench/recovery.py [RUNS]``, ``--short`` for some of them. Each run has a baseline, a fault, and
then an outage, an outage and a slow tail, two outages, or an outage without end, at 20 to 500 requests a
second.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from lab import short

from slaharness.checks.recovered import SLICE
from slaharness.checks.recovery import judge_recovery, recovery
from slaharness.ledger.ledger import OUTCOMES, Ledger
from slaharness.ledger.witness import client_sli as witness
from slaharness.ledger.witness.steady_state import Steady
from slaharness.model import Outcome

RUNS, SOME = 600, 60
#: Seconds that 95 of 100 figures must be within of the truth: two slices.
LIMIT = 2 * SLICE
RATES = (20, 50, 100, 200, 500)
#: Requests a second from which a slice holds enough of them to speak of their p95.
CARRIES = 50
BEGAN, BASELINE, AFTER = 1_795_366_800.0, 20.0, 90.0
INJECTED, ENDED = BEGAN + BASELINE, BEGAN + BASELINE + AFTER
OK, FAIL, UNKNOWN = (OUTCOMES.index(word) for word in ("ok", "fail", "unknown"))
#: Of all requests, those that take long for no reason.
ODD = 0.005
FIGURES = ("detected", "answered", "steady")


@dataclass(frozen=True)
class Truth:
    """Seconds since the injection: spans in which every request fails, and a span in which all are slow."""

    rate: float
    outages: tuple[tuple[float, float], ...]
    slow: tuple[float, float]

    @property
    def figures(self) -> tuple[float, float, float | None]:
        """When requests first failed, when they were first answered again, and when all was well for good."""
        (began, ended), *_ = self.outages
        last = max(self.outages[-1][1], self.slow[1])
        return began, ended, last if last < AFTER else None


def main() -> int:
    few = short.asked()
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else SOME if few else RUNS
    random = np.random.default_rng(7)
    errors: dict[tuple[str, float], list[float]] = {}
    made_up = lasting = unseen = 0
    for number in range(runs):
        truth = _truth(random, RATES[number % len(RATES)])
        found, censored = _found(_ledger(random, truth))
        for name, true, seen in zip(FIGURES, truth.figures, found, strict=True):
            if true is not None and true < AFTER:
                unseen += seen is None
                errors.setdefault((name, truth.rate), []).append(
                    abs((AFTER if seen is None else seen) - true)
                )
        if truth.figures[-1] is None:
            lasting += 1
            made_up += not censored
    print(f"{lasting} of {runs} runs never recovered: {made_up} times a number was made up")
    return 0 if _say(errors, runs, made_up, unseen) else 1


def _say(errors: dict[tuple[str, float], list[float]], runs: int, made_up: int, unseen: int) -> bool:
    for (name, rate), some in sorted(errors.items()):
        print(f"{name:9} {rate:4g}/s {len(some):4} runs {_spread(some)}")
    carried = {
        name: [error for rate in RATES if rate >= CARRIES for error in errors[name, rate]] for name in FIGURES
    }
    worst = max(float(np.quantile(some, 0.95)) for some in carried.values())
    print(json.dumps({
        "name": "recovery", "ok": (met := worst <= LIMIT and not made_up), "value": round(worst, 3),
        "limit": LIMIT, "unit": "s", "runs": runs, "made_up": made_up, "recoveries_not_seen": unseen,
        **{name: _spread(some) for name, some in carried.items()},
    }))  # fmt: skip
    return met


def _spread(errors: list[float]) -> dict[str, float]:
    """Of errors, in seconds."""
    return {
        "median": round(float(np.median(errors)), 3),
        "p95": round(float(np.quantile(errors, 0.95)), 3),
        "max": round(max(errors), 3),
    }


def _truth(random: np.random.Generator, rate: float) -> Truth:
    began = random.uniform(0, 5)
    ended = began + random.uniform(0.6, 30)
    kind = random.choice(["outage", "slow", "relapse", "lasting"])
    if kind == "lasting":
        return Truth(rate, ((began, AFTER),), (AFTER, AFTER))
    if kind == "relapse":
        again = ended + random.uniform(1, 20)
        return Truth(rate, ((began, ended), (again, again + random.uniform(0.6, 10))), (0, 0))
    slow = random.uniform(2, 15) if kind == "slow" else 0
    return Truth(rate, ((began, ended),), (ended, ended + slow))


def _ledger(random: np.random.Generator, truth: Truth) -> Ledger:
    """Requests at random instants. Some take long for no reason; what fails does so at once, or times out."""
    count = random.poisson(truth.rate * (BASELINE + AFTER))
    intended = np.sort(random.uniform(BEGAN, ENDED, count))
    since = intended - INJECTED
    took = random.lognormal(np.log(0.02), 0.5, count)
    took = np.where(random.random(count) < ODD, random.uniform(0.3, 1, count), took)
    took = np.where(_inside(since, truth.slow), random.uniform(0.3, 2, count), took)
    down = np.logical_or.reduce([_inside(since, outage) for outage in truth.outages])
    refused = random.random(count) < 1 / 2
    took = np.where(down, np.where(refused, 0.01, 5.0), took)
    codes = np.where(down, np.where(refused, FAIL, UNKNOWN), OK).astype(np.int8)
    outcome = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(OUTCOMES))
    return Ledger(Path(), pa.table({"intended": intended, "finished": intended + took, "outcome": outcome}))


def _inside(since: np.ndarray, span: tuple[float, float]) -> np.ndarray:
    return (span[0] <= since) & (since < span[1])


def _found(book: Ledger) -> tuple[tuple[float | None, ...], bool]:
    """The three figures, and whether the verdict says that there was no recovery."""
    calm = witness.slices(book, BEGAN, INJECTED, BASELINE)[0]
    pieces = witness.slices(book, INJECTED, ENDED, SLICE)
    steady = Steady(calm.p95)
    found = recovery(pieces, injected=INJECTED, steady=steady)
    verdict = judge_recovery(pieces, injected=INJECTED, observed_until=ENDED, within=60, steady=steady)
    censored = verdict.outcome is Outcome.MISSED and verdict.seen == "not seen"
    return (found.detected, found.answered, found.steady), censored


if __name__ == "__main__":
    sys.exit(main())
