"""One objective over one window becomes a Measurement: the answer, and what it rests on."""

from collections.abc import Iterable
from math import isfinite

from slaharness.errors import MeasuringTrouble
from slaharness.metrics.source import Source
from slaharness.model import Measurement, Objective, SourceType
from slaharness.slo import evidence, promql
from slaharness.slo.evidence import Scrapes, Series, Weight

#: Prometheus's own start time, as it scrapes it of itself.
STARTED = promql.Selector('process_start_time_seconds{job="prometheus"}', whole=True)


def measure(source: Source, objective: Objective, scrapes: Scrapes) -> Measurement:
    """Ask ``source`` for the figures of ``objective``, then weigh the samples behind them.

    Whatever is wrong is named in the measurement's ``problems``; nothing is raised for it.
    """
    window = scrapes.window
    figures: dict[str, float] = {}
    weights = [Weight(evidence.too_short(scrapes), {"scrape interval, seconds": scrapes.interval})]
    try:
        for name, query in promql.queries(objective, window).items():
            answer = source.ask(query, window.end)
            figures |= _figure(name, answer)
            weights.append(_doubt(name, query, answer))
        weights += _weigh_all(source, objective, scrapes)
    except MeasuringTrouble as trouble:
        weights.append(Weight((str(trouble),)))
    return Measurement(
        objective=objective.name,
        phase=window.phase,
        value=_ratio(figures) if objective.source is SourceType.RATIO else figures.get("value"),
        good=figures.get("good"),
        total=figures.get("total"),
        problems=tuple(problem for weight in weights for problem in weight.problems),
        evidence={name: note for weight in weights for name, note in weight.notes.items()},
    )


def samples(source: Source, selector: promql.Selector, scrapes: Scrapes) -> list[Series]:
    """The samples of ``selector``, from a little before the window to a little after it."""
    start, end = scrapes.span
    return list(source.ask(selector.over(start, end), end))


def _weigh_all(source: Source, objective: Objective, scrapes: Scrapes) -> list[Weight]:
    """What there is to say about every series that the answer rests on, and about who scraped them."""
    weights, seen = [], []
    for selector in promql.selectors(objective):
        series = samples(source, selector, scrapes)
        weights.append(evidence.weigh(selector, series, scrapes))
        seen += series
    for job in sorted({one.labels["job"] for one in seen if "job" in one.labels}):
        ups = samples(source, promql.Selector(f'up{{job="{job}"}}', whole=True), scrapes)
        weights.append(evidence.scraping(job, ups, scrapes.window))
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
