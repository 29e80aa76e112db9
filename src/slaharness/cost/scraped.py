"""One job of the stack's Prometheus as it was scraped in one window: averages, growth, and doubts. Pure."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

from slaharness.metrics import evidence
from slaharness.metrics.evidence import LOST, Scrapes, Series
from slaharness.model import Window
from slaharness.objectives.promql import Selector


@dataclass(frozen=True)
class Scraped:
    """``series`` of job ``job``, ``up`` among them, which was to be scraped every ``interval`` seconds."""

    job: str
    interval: float
    window: Window
    series: Sequence[Series]

    @classmethod
    def of(cls, job: str, interval: float, window: Window, series: Sequence[Series]) -> "Scraped":
        return cls(job, interval, window, [one for one in series if one.labels.get("job") == job])

    def named(self, name: str) -> list[Series]:
        return [one for one in self.series if one.name == name]

    def doubts(self) -> Iterator[str]:
        """Why what the job says of the window is no whole story."""
        scrapes, ups = Scrapes(self.window, self.interval), self.named("up")
        yield from evidence.too_short(scrapes)
        yield from evidence.assess(Selector(f'up{{job="{self.job}"}}', whole=True), ups, scrapes).problems
        for one in ups:
            answers = [value for _, value in one.within(self.window)]
            if (failed := answers.count(0.0)) > LOST * len(answers):
                where = one.labels.get("instance", "a target")
                yield f"{self.job}: {failed} of {len(answers)} scrapes of {where} failed"

    def strange(self, names: Collection[str]) -> Iterator[str]:
        """Samples of ``names``, or of ``up``, that no amount can be: they would make dear things cheap."""
        for one in self.series:
            amounts = [value for _, value in one.within(self.window)]
            if one.name in names:
                found = [value for value in amounts if not (isfinite(value) and value >= 0)]
            else:
                found = [value for value in amounts if one.name == "up" and value not in {0.0, 1.0}]
            yield from (f"{self.job}: a sample of {one.name} is {value:g}" for value in found[:1])

    def bare(self, names: Collection[str], *, always: bool = True) -> Iterator[str]:
        """Answers that held none of ``names``: a metric that was renamed, a permission that is gone.

        What need not be there ``always`` must have been in the record at some time to be missed. A single pod
        may go in mid-window: then nothing is told any more, and rightly.
        """
        answers = [at for one in self.named("up") for at, value in one.within(self.window) if value == 1]
        told = [one for one in self.series if one.name in names]
        figures = sorted(at for one in told for at, _ in one.samples)
        empty = sum(not _near(figures, at, self.interval) for at in answers)
        of_several = len({(one.labels.get("pod"), one.labels.get("namespace")) for one in told}) > 1
        gone = empty == len(answers) > 0 or (of_several and empty > LOST * len(answers))
        if gone and (always or figures):
            yield f"{self.job}: {empty} of {len(answers)} answers held no {' or '.join(names)}"

    def share(self, one: Series) -> float:
        """Of the samples that were promised for the window, how many there are."""
        return len(one.within(self.window)) / max(1, Scrapes(self.window, self.interval).promised)

    def average(self, gauge: Series) -> float:
        """Over the scrapes that were answered: where the series was absent, there was nothing."""
        made = self._answered().get(gauge.labels.get("instance", ""), 0)
        return sum(value for _, value in gauge.within(self.window)) / made if made else 0.0

    def growth(self, counter: Series) -> float:
        """How much the counter grew a second; one that began anew began at zero.

        So did one that was not there when its target was scraped before: of any other, nobody knows.
        """
        opening = counter.before(self.window.start)
        reads = [value for _, value in ((opening,) if opening else ()) + counter.within(self.window)]
        if reads and not opening and self._scraped_before(counter):
            reads.insert(0, 0.0)
        grown = sum(after - before if after >= before else after for before, after in pairwise(reads))
        return grown / self.window.seconds

    def _answered(self) -> Counter[str]:
        """How many scrapes of each target brought anything."""
        return Counter(
            {
                one.labels.get("instance", ""): sum(value == 1 for _, value in one.within(self.window))
                for one in self.named("up")
            }
        )

    def _scraped_before(self, counter: Series) -> bool:
        first, where = counter.samples[0][0], counter.labels.get("instance")
        return any(
            value == 1 and at < first
            for one in self.named("up")
            if one.labels.get("instance") == where
            for at, value in one.samples
        )


def _near(instants: Sequence[float], at: float, within: float) -> bool:
    """Whether one of ``instants``, which ascend, is that near."""
    place = bisect_left(instants, at - within)
    return place < len(instants) and instants[place] <= at + within
