"""One objective over one window becomes a Measurement: the answer, and what it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite

from slaharness.errors import MeasuringTrouble
from slaharness.metrics import buckets, clocks, evidence
from slaharness.metrics.evidence import Evidence, Scrapes, Series
from slaharness.metrics.source import Source
from slaharness.model import Measurement, Objective, SourceType, Window
from slaharness.objectives import promql, timeslices

#: Prometheus's own start time, as it may scrape it of itself: what it says of its last start is not all.
STARTED = promql.Selector('process_start_time_seconds{job="prometheus"}', whole=True)


def measure(source: Source, objective: Objective, scrapes: Scrapes) -> Measurement:
    """Ask ``source`` for the figures of ``objective``, then assess the samples behind them.

    Whatever is wrong is named in the measurement's ``problems``; nothing is raised for it.
    """
    window = scrapes.window
    least = evidence.MIN_SCRAPES * scrapes.interval
    slices = timeslices.cut(window, objective.timeslice, least) if objective.timeslice else ()
    scrapes = replace(scrapes, cuts=tuple(one.end for one in slices if one.end < window.end))
    figures: dict[str, float] = {}
    counts: list[tuple[float, float]] = []
    asked = [_long_enough(objective, scrapes, slices), _as_read(objective)]
    no_data = False
    assessed: list[Evidence] = []
    try:
        answers = _ask(source, objective, window, asked)
        figures = _figures(answers)
        counts = _count_slices(source, objective, slices, asked)
        assessed = _assess_all(source, objective, scrapes)
        no_data = _nothing_counted(answers) and not _restarted(source, scrapes)
    except MeasuringTrouble as trouble:
        asked.append(Evidence((str(trouble),)))
    found = [*assessed, *asked]  # why an answer is missing before that it is
    return Measurement(
        objective=objective.name,
        phase=window.phase,
        value=_ratio(figures) if objective.source is SourceType.RATIO else figures.get("value"),
        good=figures.get("good"),
        total=figures.get("total"),
        problems=tuple(dict.fromkeys(problem for one in found for problem in one.problems)),
        evidence={name: note for one in found for name, note in one.notes.items()},
        slices=tuple(counts),
        window=window,
        no_data=no_data,
    )


def samples(source: Source, selector: promql.Selector, scrapes: Scrapes) -> list[Series]:
    """The samples of ``selector``, from a little before the window to a little after it."""
    start, end = scrapes.span
    return list(source.ask(selector.over(start, end), end))


def _long_enough(objective: Objective, scrapes: Scrapes, slices: Sequence[Window]) -> Evidence:
    """Problems of a window that is too short for its scrapes, or for its slices."""
    problems = list(evidence.too_short(scrapes))
    if slices:
        problems += evidence.too_short(replace(scrapes, window=slices[0]), "a slice of the window")
    elif objective.timeslice:
        length = scrapes.window.seconds
        problems.append(f"the window of {length:.3g} s holds no slice of {objective.timeslice.seconds:g} s")
    return Evidence(tuple(problems), {"scrape interval, seconds": scrapes.interval})


def _as_read(objective: Objective) -> Evidence:
    """What of the objective's file means something else to this window."""
    return Evidence(notes={f"file: {name}": meaning for name, meaning in objective.read_as.items()})


def _ask(
    source: Source, objective: Objective, window: Window, asked: list[Evidence]
) -> dict[str, list[float]]:
    """What is answered to each query over ``window``; queries and what is wrong go to ``asked``."""
    answers: dict[str, list[float]] = {}
    for name, query in promql.queries(objective, window).items():
        answers[name] = [value for series in source.ask(query, window.end) for _, value in series.samples]
        asked.append(_problem(name, query, answers[name]))
    return answers


def _count_slices(
    source: Source, objective: Objective, slices: Sequence[Window], asked: list[Evidence]
) -> list[tuple[float, float]]:
    """Good and total of each slice. One that lacks a figure is left out, and is a problem in ``asked``."""
    inside: list[Evidence] = []
    figures = [_figures(_ask(source, objective, one, inside)) for one in slices]
    asked += [Evidence(one.problems) for one in inside]
    return [(one["good"], one["total"]) for one in figures if one.keys() >= {"good", "total"}]


def _assess_all(source: Source, objective: Objective, scrapes: Scrapes) -> list[Evidence]:
    """What there is to say about every series that the answer rests on, and about who scraped them."""
    found: list[Evidence] = []
    seen: list[Series] = []
    for selector in promql.selectors(objective):
        series = samples(source, selector, scrapes)
        if whole := buckets.every(selector):
            all_of_them = samples(source, whole, scrapes)
            found.append(Evidence(buckets.problems(selector, series, all_of_them)))
        found.append(evidence.assess(selector, series, scrapes))
        seen += series
    for job in sorted({one.labels["job"] for one in seen if "job" in one.labels}):
        ups = samples(source, promql.Selector(f'up{{job="{job}"}}', whole=True), scrapes)
        found.append(evidence.scraping(job, ups, scrapes.window))
        found.append(Evidence(clocks.stamped(job, seen, ups)))
    return [*found, Evidence(_restarted(source, scrapes))]


def _restarted(source: Source, scrapes: Scrapes) -> tuple[str, ...]:
    return evidence.restarted(samples(source, STARTED, scrapes), scrapes.window, scrapes.started)


def _figures(answers: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The answers that are one number."""
    return {name: one[0] for name, one in answers.items() if len(one) == 1 and isfinite(one[0])}


def _nothing_counted(answers: Mapping[str, Sequence[float]]) -> bool:
    """Whether there is no number, or one that says that there were no requests."""
    if "total" in answers:
        return not any(answers["total"])
    return not answers["value"]


def _problem(name: str, query: str, answer: Sequence[float]) -> Evidence:
    """What is wrong with an answer that is not one number; the query goes to the record either way."""
    match answer:
        case []:
            problems: tuple[str, ...] = (f"Prometheus has nothing to count as {name}",)
        case [value]:
            problems = () if isfinite(value) else (f"{name} is {value}, which is no number",)
        case [*values]:
            problems = (f"{name} has {len(values)} values where one is needed; sum() them",)
    return Evidence(problems, {f"query for {name}": query})


def _ratio(figures: dict[str, float]) -> float | None:
    if "good" not in figures or not figures.get("total"):
        return None
    return figures["good"] / figures["total"]
