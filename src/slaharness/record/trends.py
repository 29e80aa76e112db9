"""Many runs of one scenario: how often it holds, how it flips, since when it fails, what got worse.

Only runs that are like the newest one that can be read are compared: same windows, load, machine, profile and
versions.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from math import comb
from statistics import median

from slaharness.model import Outcome
from slaharness.model.words import counted, number
from slaharness.record import intervals
from slaharness.record.intervals import SURE, Interval
from slaharness.record.past_run import LIKE, PastRun


@dataclass(frozen=True)
class Failing:
    """A promise that is not held now: how, since when (UTC), and in how many runs on end."""

    promise: str
    outcome: Outcome
    since: str
    runs: int


@dataclass(frozen=True)
class Change:
    """A figure of the newest runs beside those before. ``sure``: that it got worse, None for too few runs.

    ``needed`` runs before would be enough to be sure of the worst change that there can be.
    """

    figure: str
    newest: float
    before: float
    runs: int
    sure: float | None
    needed: int

    @property
    def worse(self) -> Outcome:
        """MISSED when it got worse, UNKNOWN when there are too few to tell, MET without a sign of it."""
        if self.sure is None:
            return Outcome.UNKNOWN
        return Outcome.MISSED if self.sure >= SURE else Outcome.MET

    def __str__(self) -> str:
        like = counted(self.runs, "like run")
        told = f"{self.figure}: {number(self.newest, 4)}, before {number(self.before, 4)} in {like}"
        match self.worse:
            case Outcome.UNKNOWN:
                return f"{told}: too few to tell, {self.needed} are needed"
            case Outcome.MISSED:
                return f"{told}: worse, {_percent(self.sure)} sure"
        return f"{told}: no sign that it got worse"


def _percent(sure: float | None) -> str:
    return f"{int(1000 * (sure or 0.0)) / 10:g} %"  # never rounded up to certainty


@dataclass(frozen=True)
class Spread:
    """Where a figure lies: its median, with a bootstrap interval unless there are too few."""

    median: float
    interval: Interval | None
    runs: int


@dataclass(frozen=True)
class Trend:
    """``flips`` of ``pairs`` of successive like runs came out otherwise than the one before."""

    scenario: str
    met: int
    missed: int
    unknown: int
    flips: int
    pairs: int
    failing: tuple[Failing, ...]
    changes: tuple[Change, ...]
    spreads: Mapping[str, Spread]
    others: int
    #: Why those others are not compared, and how many for each reason.
    unlike: Mapping[str, int]

    @property
    def rate(self) -> Interval:
        """Of the share of runs that are MET, among those that gave an answer."""
        return intervals.rate(self.met, self.met + self.missed)

    @property
    def proven(self) -> str:
        """What the green ones prove, and what not."""
        if self.missed or not self.met:
            return ""
        most = number(100 * intervals.fails_at_most(self.met))
        return f"{prove(self.met)} that it fails in at most {most} % of runs, {100 * SURE:g} % sure"


def prove(green: int) -> str:
    """So many green runs, and that they prove something."""
    return "One green run proves" if green == 1 else f"{green:,} green runs prove"


def trend(runs: Sequence[PastRun], newest: int = 1) -> Trend:
    """Of one scenario's ``runs``, newest first; the ``newest`` of them are held against the others."""
    known = next((one.like for one in runs if one.like), ())  # a record that cannot be read is like no other
    like = [one for one in runs if one.like == known]
    new = sum(one.like == known for one in runs[:newest]) or 1
    outcomes = [one.outcome for one in like]
    answers = [one for one in outcomes if one is not Outcome.UNKNOWN]
    return Trend(
        runs[0].label,
        met=outcomes.count(Outcome.MET),
        missed=outcomes.count(Outcome.MISSED),
        unknown=outcomes.count(Outcome.UNKNOWN),
        flips=sum(one is not other for one, other in pairwise(answers)),
        pairs=max(0, len(answers) - 1),
        failing=tuple(_failing(runs)),
        changes=tuple(_changes(like[:new], like[new:])),
        spreads=dict(_spreads(like)),
        others=len(runs) - len(like),
        unlike=dict(Counter(why for one in runs if one.like != known for why in _unlike(one, known))),
    )  # fmt: skip


def _unlike(one: PastRun, known: Sequence[str]) -> Iterator[str]:
    """In what a run differs from those that are compared."""
    if not one.like:
        yield "a copy of another" if one.copy else "cannot be read"
    differs = (name for name, its, other in zip(LIKE, one.like, known, strict=False) if its != other)
    yield from (f"another {name}" for name in differs)


def _failing(runs: Sequence[PastRun]) -> Iterator[Failing]:
    """Of each promise that the newest run did not hold; another machine does not make a failure younger.

    Nor does a run that was not judged, or whose record cannot be read, hide one.
    """
    judged = [one for one in runs if one.outcomes]
    for promise, outcome in judged[0].outcomes.items() if judged else ():
        if outcome is not Outcome.MET:
            streak = list(takewhile(lambda one: one.outcomes.get(promise) is outcome, judged))  # noqa: B023  # used at once
            yield Failing(promise, outcome, streak[-1].at, len(streak))


def _changes(newest: Sequence[PastRun], before: Sequence[PastRun]) -> Iterator[Change]:
    """Of each figure of the newest runs. Of many figures one is bad by chance, so each has to show more."""
    names = list(dict.fromkeys(name for one in newest for name in one.figures))
    for name in names:
        sign = next(1 if one.figures[name].more_is_worse else -1 for one in newest if name in one.figures)
        new, old = _values(newest, name), _values(before, name)
        needed = _needed(len(new), len(names))
        sure = None
        if len(old) >= needed:
            chance = intervals.more_by_chance([sign * one for one in new], [sign * one for one in old])
            sure = max(0.0, 1 - len(names) * chance)
        if old:
            yield Change(name, median(new), median(old), len(old), sure, needed)


def _needed(new: int, figures: int) -> int:
    """How many runs before it takes so that a change that is as bad as can be is shown."""
    before = 1
    while comb(new + before, new) * (1 - SURE) < figures * (1 - 1e-9):
        before += 1
    return before


def _values(runs: Sequence[PastRun], name: str) -> list[float]:
    return [one.figures[name].value for one in runs if name in one.figures]


def _spreads(runs: Sequence[PastRun]) -> Iterator[tuple[str, Spread]]:
    for name in dict.fromkeys(name for one in runs for name in one.figures):
        values = _values(runs, name)
        yield name, Spread(median(values), intervals.median(values), len(values))
