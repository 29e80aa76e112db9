"""The judge: one objective, one measurement, one verdict. Pure, and of three values.

Evidence comes first: what cannot be trusted is UNKNOWN, whether it looks good or bad. Only then is the number
held against the target.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import isfinite

from slaharness.model import Measurement, Objective, Op, Outcome, Phase, SourceType, Timeslice, Verdict
from slaharness.objectives.budget import burn, spent, told
from slaharness.objectives.timeslices import tally

_SIGNS = {Op.AT_LEAST: "≥", Op.AT_MOST: "≤", Op.ABOVE: ">", Op.BELOW: "<"}
_FAILED_SIGNS = {Op.AT_LEAST: "<", Op.AT_MOST: ">", Op.ABOVE: "≤", Op.BELOW: "≥"}


#: Requests by which sums of differences of counters may differ from the difference of the sums.
ROUNDING = 0.5
#: Why an objective without data is missed, where its file asks for that.
NO_DATA = "Prometheus answers, and has nothing to count; its alert policy (alertWhenNoData) calls that a miss"


def judge(objective: Objective, measurement: Measurement) -> Verdict:
    """MET, MISSED, or UNKNOWN with every cause named. A fault of the judge's own is a cause too."""
    try:
        if objective.no_data_misses and measurement.no_data:
            return replace(unknown(objective, measurement.phase, NO_DATA), outcome=Outcome.MISSED)
        if problems := tuple(_problems(objective, measurement)):
            return unknown(objective, measurement.phase, "; ".join(problems), seen=measurement)
        return _excused(_decided(objective, measurement), measurement.noise)
    except Exception as error:  # noqa: BLE001 - nothing that breaks here may pass for a yes or a no
        return unknown(objective, measurement.phase, f"the judge itself failed: {error!r}")


def _excused(verdict: Verdict, noise: str) -> Verdict:
    """A miss that a slow machine explains is none of the stack's: nobody knows."""
    if verdict.outcome is not Outcome.MISSED or not noise:
        return verdict
    reason = f"{noise}, which explains slow answers: {verdict.reason}"
    return replace(verdict, outcome=Outcome.UNKNOWN, reason=reason)


def unknown(objective: Objective, phase: Phase, reason: str, *, seen: Measurement | None = None) -> Verdict:
    """The verdict when something about the run or the measurement allows none."""
    number = number_seen(objective, seen) if seen else None
    return Verdict(
        objective=objective.name,
        phase=phase,
        outcome=Outcome.UNKNOWN,
        target=_target(objective),
        seen="none" if number is None or not isfinite(number) else _shown(objective, number),
        requests=_requests(seen) if seen else None,
        reason=reason,
    )


def _problems(objective: Objective, measurement: Measurement) -> Iterator[str]:
    """Why nothing may be concluded, as far as the measurement itself tells."""
    yield from measurement.problems
    if measurement.objective != objective.name:
        yield f"this is a measurement of {measurement.objective}"
    if not isfinite(objective.target):
        yield f"the target is {objective.target}"
    figures = (measurement.value, measurement.good, measurement.total)
    if strange := [figure for figure in figures if figure is not None and not isfinite(figure)]:
        yield f"the answer is {strange[0]}"
    elif objective.source is SourceType.THRESHOLD:
        yield from _problems_of_threshold(measurement)
    else:
        yield from _problems_of_counts(objective, measurement)
        if objective.timeslice:
            yield from _problems_of_slices(objective, objective.timeslice, measurement)


def _problems_of_threshold(measurement: Measurement) -> Iterator[str]:
    if measurement.value is None:
        yield "there is no number"


def _problems_of_counts(objective: Objective, measurement: Measurement) -> Iterator[str]:
    """A count of requests says something when it is whole, and there were enough of them."""
    counted = measurement.good if objective.source is SourceType.RATIO else measurement.value
    total, what = measurement.total, _what(objective)
    if counted is None or total is None:
        yield f"{what} were not counted"
    elif counted < 0 or (counted > total and objective.source is not SourceType.LEDGER):
        # Of a ledger also what was never acknowledged may be wrong.
        yield f"{_count(counted)} of {_count(total)} {what} cannot be"
    elif total < objective.floor:
        yield f"only {_count(total)} {what}; nothing is concluded below {_count(objective.floor)}"
    elif not total:
        yield f"there were no {what}"


def _problems_of_slices(
    objective: Objective, timeslice: Timeslice, measurement: Measurement
) -> Iterator[str]:
    """Slices without requests must not decide."""
    if not measurement.slices:
        yield "no slices were counted"
        return
    for good, total in measurement.slices:
        if not (isfinite(total) and 0 <= good <= total):
            yield f"{_count(good)} of {_count(total)} requests in a slice cannot be"
    if measurement.total is not None and measurement.good is not None:
        good, total = (sum(column) for column in zip(*measurement.slices, strict=True))
        if max(abs(good - measurement.good), abs(total - measurement.total)) > ROUNDING:
            whole = f"{_count(measurement.good)} of {_count(measurement.total)}"
            yield f"{_count(good)} of {_count(total)} requests were good in the slices, {whole} in the window"
    slices = tally(measurement.slices, timeslice)
    if slices.least < objective.target <= slices.most:
        yield f"{slices.empty} of {slices.all} slices had no requests: nobody knows whether they were good"


def _decided(objective: Objective, measurement: Measurement) -> Verdict:
    """Hold a number that can be trusted against the target."""
    number = number_seen(objective, measurement)
    if number is None:
        raise ValueError("no number was left to judge")
    met = objective.op.holds(number, objective.target)
    sign = (_SIGNS if met else _FAILED_SIGNS)[objective.op]
    burnt = told(objective, measurement)
    held = f"{_shown(objective, number)} {sign} {_shown(objective, objective.target)}"
    return Verdict(
        objective=objective.name,
        phase=measurement.phase,
        outcome=Outcome.MET if met else Outcome.MISSED,
        target=_target(objective),
        seen=_shown(objective, number),
        requests=_requests(measurement),
        figures=_figures(objective, measurement),
        reason="; ".join([": ".join(filter(None, (_story(objective, measurement), held))), *burnt]),
    )


def _figures(objective: Objective, measurement: Measurement) -> dict[str, float | None]:
    figures = {"burn": burn(objective, measurement), "budget spent": spent(objective, measurement)}
    return {name: figure for name, figure in figures.items() if figure is not None}


def number_seen(objective: Objective, measurement: Measurement) -> float | None:
    """What is held against the target. A ratio is divided here, from the counts themselves."""
    if objective.source is not SourceType.RATIO:
        return measurement.value
    if objective.timeslice:
        return tally(measurement.slices, objective.timeslice).least if measurement.slices else None
    if measurement.good is None or not measurement.total:
        return None
    return measurement.good / measurement.total


def _requests(measurement: Measurement) -> int | None:
    total = measurement.total
    return round(total) if total is not None and isfinite(total) else None


def _story(objective: Objective, measurement: Measurement) -> str:
    """Say it like "3 of 2,410 requests failed"; nothing for a number that counts no requests."""
    good, total, value = measurement.good, measurement.total, measurement.value
    if total is None:
        return ""
    if objective.timeslice:
        return _story_of_slices(objective.timeslice, measurement)
    bad = total - good if good is not None else value
    return f"{_count(bad or 0)} of {_count(total)} {_what(objective)} {objective.bad}"


def _story_of_slices(timeslice: Timeslice, measurement: Measurement) -> str:
    slices = tally(measurement.slices, timeslice)
    silent = f", {slices.empty} had no requests" if slices.empty else ""
    if timeslice.target is None:
        return f"mean of {slices.all} slices of {timeslice.seconds:g} s{silent}"
    share = _percent(timeslice.target, timeslice.target)
    return f"{slices.bad:g} of {slices.all} slices of {timeslice.seconds:g} s had under {share} good{silent}"


def _what(objective: Objective) -> str:
    if objective.source is not SourceType.LEDGER:
        return objective.population
    # What nobody sent was never acknowledged.
    return "rows read back" if objective.total == "unexpected" else f"{objective.population} writes"


def _target(objective: Objective) -> str:
    return f"{_SIGNS[objective.op]} {_shown(objective, objective.target)}"


def _shown(objective: Objective, number: float) -> str:
    """A share as percent, anything else as it is."""
    if objective.source is not SourceType.RATIO:
        return _count(number)
    return _percent(number, objective.target)


def _percent(share: float, target: float) -> str:
    """Percent with as many digits as it takes to tell ``share`` from ``target`` and from all."""
    for digits in range(3, 12):
        text = f"{share * 100:.{digits}f}"
        if all(share == other or text != f"{other * 100:.{digits}f}" for other in (target, 1.0)):
            break
    return f"{text.rstrip('0').rstrip('.')} %"


def _count(number: float) -> str:
    if not isfinite(number):
        return str(number)
    return f"{number:,.0f}" if number == round(number) else f"{number:,.3f}".rstrip("0")
