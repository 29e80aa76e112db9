"""How far the answer to a query can be trusted, told from the samples it rests on. Pure.

PromQL answers from whatever samples it finds: five minutes old, half of them missing, begun in mid-window.
So the samples themselves are fetched too, from a little before the window to a little after it, and held
against each other here. Each problem of validity is a sentence for people; a measurement that carries one is
never judged.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import floor, isfinite

from slaharness.model import Window
from slaharness.objectives.promql import Selector

#: Two scrapes are never this many intervals apart unless one between them is missing. Above 1, because a
#: busy machine scrapes late; below 2, or the loss of one sample at the edge of a window would not show.
STRETCH = 1.75
#: A counter that is read at the ends of a window may lack this share of the scrapes in its middle.
LOST = 0.1
#: A window of fewer scrapes than this says nothing.
MIN_SCRAPES = 4
#: How many scrape intervals around a window are looked at.
MARGIN = 2


@dataclass(frozen=True)
class Series:
    """One time series: its labels, and its samples as (seconds since the epoch, value), oldest first."""

    labels: Mapping[str, str]
    samples: tuple[tuple[float, float], ...]

    @property
    def name(self) -> str:
        """The metric's; "" for what a query made up."""
        return self.labels.get("__name__", "")

    def before(self, instant: float) -> tuple[float, float] | None:
        """The newest sample at or before ``instant``."""
        return next((sample for sample in reversed(self.samples) if sample[0] <= instant), None)

    def after(self, instant: float) -> tuple[float, float] | None:
        """The oldest sample after ``instant``."""
        return next((sample for sample in self.samples if sample[0] > instant), None)

    def within(self, window: Window) -> tuple[tuple[float, float], ...]:
        return tuple(sample for sample in self.samples if window.start < sample[0] <= window.end)


@dataclass(frozen=True)
class Scrapes:
    """A window as scrapes are promised for it: one every ``interval`` seconds.

    ``cuts`` are the instants inside the window where counters are read too, as one slice ends and one begins.
    ``started`` is when whoever scrapes started, by its own word; None where it does not say.
    """

    window: Window
    interval: float
    cuts: tuple[float, ...] = ()
    started: float | None = None

    @property
    def span(self) -> tuple[float, float]:
        """From when to when samples are needed."""
        return self.window.start - MARGIN * self.interval, self.window.end + MARGIN * self.interval

    @property
    def promised(self) -> int:
        # A thousandth, because windows are kept to the millisecond and 0.3 / 0.1 is 2.9999….
        return floor(self.window.seconds / self.interval + 0.001)

    @property
    def longest_gap(self) -> float:
        return STRETCH * self.interval


@dataclass(frozen=True)
class Evidence:
    """What was found: problems of validity, and figures for the record."""

    problems: tuple[str, ...] = ()
    notes: Mapping[str, float | str | None] = field(default_factory=dict)


def assess(selector: Selector, series: Sequence[Series], scrapes: Scrapes) -> Evidence:
    """Hold the samples of ``selector``'s series against what the scrapes promise for the window."""
    if not series:
        return Evidence((f"{selector.text} matches no series that was there in this window",))
    checks = (_finite, _in_order, _at_start, _at_cuts, _at_end, _unbroken if selector.whole else _few_lost)
    problems = [problem for check in checks for problem in _ask_all(check, selector, series, scrapes)]
    resets = sum(_resets(one, scrapes.window) for one in series)
    if resets and selector.only_grows:
        problems.append(f"{selector.text}: counters began again from zero inside the window, {resets} in all")
    return Evidence(tuple(problems), _notes(selector, series, scrapes, resets))


def too_short(scrapes: Scrapes, what: str = "the window") -> tuple[str, ...]:
    """Problems of a window, or a slice of one, that is over before enough scrapes are made."""
    if scrapes.promised >= MIN_SCRAPES:
        return ()
    seconds, least = scrapes.window.seconds, MIN_SCRAPES * scrapes.interval
    return (f"{what} is {seconds:.3g} s long, too short to measure: {least:g} s at least",)


def restarted(starts: Sequence[Series], window: Window, said: float | None = None) -> tuple[str, ...]:
    """Problems of a Prometheus that started inside the window: by its own word, or by what it saw of itself.

    What it ``said`` is of its last start only; ``starts`` are its start times as it scraped them, if it did.
    """
    if not starts:
        if said is None:
            return ("Prometheus does not watch itself, so whether it restarted in this window is not known",)
        if said > window.end:
            return ("Prometheus restarted after this window, so whether it did so inside is not known",)
    stamps = {value for one in starts for _, value in one.samples} | (set() if said is None else {said})
    inside = [stamp - window.start for stamp in stamps if window.start < stamp <= window.end]
    # Both may tell of one restart, some milliseconds apart.
    return tuple(dict.fromkeys(f"Prometheus restarted {one:.1f} s into the window" for one in sorted(inside)))


def scraping(job: str, ups: Sequence[Series], window: Window) -> Evidence:
    """Whether the targets of ``job`` answered, from ``up``: figures only, as failed scrapes lack samples."""
    values = [[value for _, value in one.within(window)] for one in ups]
    changes = sum(before != after for one in values for before, after in pairwise(one))
    failed = sum(one.count(0.0) for one in values)
    return Evidence(notes={f"job {job}: up changes": changes, f"job {job}: scrapes failed": failed})


def _ask_all(
    check: Callable[[Series, Scrapes], str | None],
    selector: Selector,
    series: Sequence[Series],
    scrapes: Scrapes,
) -> Iterator[str]:
    """What ``check`` has against any of the series, said once."""
    said = [reason for one in series if (reason := check(one, scrapes))]
    if said:
        others = f" (and {len(said) - 1} more series)" if len(said) > 1 else ""
        yield f"{selector.text}: {said[0]}{others}"


def _finite(series: Series, _: Scrapes) -> str | None:
    strange = next((value for _, value in series.samples if not isfinite(value)), None)
    return None if strange is None else f"a sample is {strange}"


def _in_order(series: Series, _: Scrapes) -> str | None:
    times = [at for at, _ in series.samples]
    return None if all(a < b for a, b in pairwise(times)) else "its samples are not in order of time"


def _at_start(series: Series, scrapes: Scrapes) -> str | None:
    """A series that begins inside the window did not begin at zero: nobody knows what it was before."""
    before, after = series.before(scrapes.window.start), series.after(scrapes.window.start)
    if not before:
        begins = (
            f"the first came {after[0] - scrapes.window.start:.1f} s later" if after else "none came later"
        )
        return f"no sample at the window's start; {begins}"
    return None if _close(before, after, scrapes) else "scrapes are missing at the window's start"


def _at_cuts(series: Series, scrapes: Scrapes) -> str | None:
    """A count read late puts the failures of one slice into the next."""
    blind = (at for at in scrapes.cuts if not _close(series.before(at), series.after(at), scrapes))
    at = next(blind, None)
    if at is None:
        return None
    return f"scrapes are missing {at - scrapes.window.start:.1f} s into the window, where a slice ends"


def _at_end(series: Series, scrapes: Scrapes) -> str | None:
    before, after = series.before(scrapes.window.end), series.after(scrapes.window.end)
    if not before:
        return "no sample before the window's end"
    if _close(before, after, scrapes):
        return None
    age = scrapes.window.end - before[0]
    return f"scrapes are missing at the window's end, when the newest sample was {age:.1f} s old"


def _few_lost(series: Series, scrapes: Scrapes) -> str | None:
    seen = len(series.within(scrapes.window))
    if seen >= (1 - LOST) * scrapes.promised:
        return None
    return f"only {seen} of {scrapes.promised} promised samples are there"


def _unbroken(series: Series, scrapes: Scrapes) -> str | None:
    """What is read over the whole window may have been anything while nobody looked."""
    gap = max((after[0] - before[0] for before, after in pairwise(series.samples)), default=0.0)
    if gap <= scrapes.longest_gap:
        return None
    return f"nothing was scraped for {gap:.1f} s; every {scrapes.interval:g} s was promised"


def _close(before: tuple[float, float] | None, after: tuple[float, float] | None, scrapes: Scrapes) -> bool:
    return bool(before and after and after[0] - before[0] <= scrapes.longest_gap)


def _resets(series: Series, window: Window) -> int:
    """How often the value fell between the sample that stands for the window's start and its last one."""
    opening = series.before(window.start)
    values = [value for _, value in ((opening,) if opening else ()) + series.within(window)]
    return sum(after < before for before, after in pairwise(values))


def _notes(
    selector: Selector, series: Sequence[Series], scrapes: Scrapes, resets: int
) -> dict[str, float | str | None]:
    newest = [sample[0] for one in series if (sample := one.before(scrapes.window.end))]
    figures: dict[str, float | str | None] = {
        "series": len(series),
        "samples, fewest of any series": min(len(one.within(scrapes.window)) for one in series),
        "samples promised": scrapes.promised,
        "age at the end, seconds": round(scrapes.window.end - min(newest), 3) if newest else None,
        "resets": resets,
    }
    return {f"{selector.text}: {name}": figure for name, figure in figures.items()}
