"""One objective over one window becomes a Measurement: the answer, and what it rests on."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import isfinite

from slaharness.errors import MeasuringTrouble
from slaharness.metrics import buckets, clocks, evidence
from slaharness.metrics.evidence import Scrapes, Series, Weight
from slaharness.metrics.source import Source
from slaharness.model import Measurement, Objective, SourceType, Window
from slaharness.objectives import promql, timeslices

#: Prometheus's own start time, as it scrapes it of itself.
STARTED = promql.Selector('process_start_time_seconds{job="prometheus"}', whole=True)


def measure(source: Source, objective: Objective, scrapes: Scrapes) -> Measurement:
    """Ask ``source`` for the figures of ``objective``, then weigh the samples behind them.

    Whatever is wrong is named in the measurement's ``problems``; nothing is raised for it.
    """
    window = scrapes.window
    slices = timeslices.cut(window, objective.timeslice) if objective.timeslice else ()
    scrapes = replace(scrapes, cuts=tuple(one.end for one in slices if one.end < window.end))
    figures: dict[str, float] = {}
    counts: list[tuple[float, float]] = []
    asked = [_long_enough(objective, scrapes, slices)]
    weighed: list[Weight] = []
    try:
        figures = _ask(source, objective, window, asked)
        counts = _count_slices(source, objective, slices, asked)
        weighed = _weigh_all(source, objective, scrapes)
    except MeasuringTrouble as trouble:
        asked.append(Weight((str(trouble),)))
    weights = [*weighed, *asked]  # why an answer is missing before that it is
    return Measurement(
        objective=objective.name,
        phase=window.phase,
        value=_ratio(figures) if objective.source is SourceType.RATIO else figures.get("value"),
        good=figures.get("good"),
        total=figures.get("total"),
        problems=tuple(dict.fromkeys(problem for weight in weights for problem in weight.problems)),
        evidence={name: note for weight in weights for name, note in weight.notes.items()},
        slices=tuple(counts),
        window=window,
    )


def samples(source: Source, selector: promql.Selector, scrapes: Scrapes) -> list[Series]:
    """The samples of ``selector``, from a little before the window to a little after it."""
    start, end = scrapes.span
    return list(source.ask(selector.over(start, end), end))


def _long_enough(objective: Objective, scrapes: Scrapes, slices: Sequence[Window]) -> Weight:
    """Doubt about a window that is too short for its scrapes, or for its slices."""
    problems = list(evidence.too_short(scrapes))
    if slices:
        problems += evidence.too_short(replace(scrapes, window=slices[0]), "a slice of the window")
    elif objective.timeslice:
        length = scrapes.window.seconds
        problems.append(f"the window of {length:.3g} s holds no slice of {objective.timeslice.seconds:g} s")
    return Weight(tuple(problems), {"scrape interval, seconds": scrapes.interval})


def _ask(source: Source, objective: Objective, window: Window, asked: list[Weight]) -> dict[str, float]:
    """The figures of ``objective`` over ``window``; queries and what is wrong go to ``asked``."""
    figures: dict[str, float] = {}
    for name, query in promql.queries(objective, window).items():
        answer = source.ask(query, window.end)
        figures |= _figure(name, answer)
        asked.append(_doubt(name, query, answer))
    return figures


def _count_slices(
    source: Source, objective: Objective, slices: Sequence[Window], asked: list[Weight]
) -> list[tuple[float, float]]:
    """Good and total of each slice. One that lacks a figure is left out, and is a problem in ``asked``."""
    inside: list[Weight] = []
    figures = [_ask(source, objective, one, inside) for one in slices]
    asked += [Weight(weight.problems) for weight in inside]
    return [(one["good"], one["total"]) for one in figures if one.keys() >= {"good", "total"}]


def _weigh_all(source: Source, objective: Objective, scrapes: Scrapes) -> list[Weight]:
    """What there is to say about every series that the answer rests on, and about who scraped them."""
    weights: list[Weight] = []
    seen: list[Series] = []
    for selector in promql.selectors(objective):
        series = samples(source, selector, scrapes)
        if whole := buckets.every(selector):
            all_of_them = samples(source, whole, scrapes)
            weights.append(Weight(buckets.doubts(selector, series, all_of_them)))
        weights.append(evidence.weigh(selector, series, scrapes))
        seen += series
    for job in sorted({one.labels["job"] for one in seen if "job" in one.labels}):
        ups = samples(source, promql.Selector(f'up{{job="{job}"}}', whole=True), scrapes)
        weights.append(evidence.scraping(job, ups, scrapes.window))
        weights.append(Weight(clocks.stamped(job, seen, ups)))
    starts = samples(source, STARTED, scrapes)
    return [*weights, Weight(evidence.restarted(starts, scrapes.window))]


def _figure(name: str, answer: Iterable[Series]) -> dict[str, float]:
    """The one number in ``answer``, if that is what it is."""
    values = [value for series in answer for _, value in series.samples]
    return {name: values[0]} if len(values) == 1 and isfinite(values[0]) else {}


def _doubt(name: str, query: str, answer: Iterable[Series]) -> Weight:
    """What is wrong with an answer that is not one number; the query goes to the record either way."""
    match [value for series in answer for _, value in series.samples]:
        case []:
            problems: tuple[str, ...] = (f"Prometheus has nothing to count as {name}",)
        case [value]:
            problems = () if isfinite(value) else (f"{name} is {value}, which is no number",)
        case [*values]:
            problems = (f"{name} has {len(values)} values where one is needed; sum() them",)
    return Weight(problems, {f"query for {name}": query})


def _ratio(figures: dict[str, float]) -> float | None:
    if "good" not in figures or not figures.get("total"):
        return None
    return figures["good"] / figures["total"]
