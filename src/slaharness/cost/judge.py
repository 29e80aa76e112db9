"""Is it cheap enough? A bill against a limit: MET, MISSED or UNKNOWN. Pure."""

from collections.abc import Iterator
from math import isfinite

from slaharness.cost.bill import HOURS_A_MONTH, Bill, Line
from slaharness.model import Outcome, Phase, Verdict

COST = "cost"


def judge_cost(bill: Bill, *, at_most: float, of: str = "") -> Verdict:
    """Hold what all of it costs an hour against ``at_most`` of the currency.

    ``of`` names one namespace, or one ``namespace/workload``, whose pods alone then count.
    """
    if doubts := tuple(_doubts(bill, at_most, of)):
        return unknown_cost(bill.window.phase, "; ".join(doubts), at_most, of, bill.currency)
    named = {**bill.lines, **bill.workloads}
    lines = {name: named[name] for name in (of,) if name in named} if of else dict(bill.lines)
    cost, parts = sum(line.total for line in lines.values()), _parts(lines) or "nothing was there"
    return Verdict(
        objective=_name(of),
        phase=bill.window.phase,
        outcome=Outcome.MET if cost <= at_most else Outcome.MISSED,
        target=_target(at_most, bill.currency),
        seen=f"{money(cost)} {bill.currency}/h",
        requests=None,
        reason=f"{money(cost * HOURS_A_MONTH)} {bill.currency} a month: {parts}",
    )


def unknown_cost(phase: Phase, reason: str, at_most: float, of: str, currency: str = "") -> Verdict:
    """The verdict where there is no bill, or none that may be believed."""
    target = _target(at_most, currency)
    return Verdict(_name(of), phase, Outcome.UNKNOWN, target, "none", None, reason)


def money(amount: float) -> str:
    """Four digits after the point: an hour of a small pod costs that little."""
    digits = 4 if abs(amount) < 1 else 2
    return f"{round(amount, digits) + 0.0:,.{digits}f}"  # adding makes one zero of the two


def _doubts(bill: Bill, at_most: float, of: str) -> Iterator[str]:
    """What was never seen is not cheap: nobody knows whether it was looked at."""
    yield from dict.fromkeys(bill.problems)
    if not isfinite(at_most):
        yield f"the limit is {at_most}"
    if not bill.known:
        yield "no pod was ever seen"
    elif of and of not in bill.known:
        yield f"nothing was ever seen of {of!r}; there are {', '.join(sorted(bill.known))}"


def _parts(lines: dict[str, Line]) -> str:
    """One namespace by what for, several by their names."""
    if len(lines) > 1:
        return ", ".join(f"{space} {money(line.total)}/h" for space, line in lines.items())
    named = ((what, amount) for line in lines.values() for what, amount in vars(line).items())
    return ", ".join(f"{what} {money(amount)}/h" for what, amount in named)


def _name(of: str) -> str:
    return f"{COST} of {of}" if of else COST


def _target(at_most: float, currency: str) -> str:
    return f"≤ {at_most:g} {currency}/h".replace(" /h", "/h")
