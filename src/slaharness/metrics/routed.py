"""Two Prometheus asked as one: what the load says of itself of the one beside it, all else of the stack's.

For a stack whose own Prometheus does not scrape the load, or scrapes too rarely for windows of some seconds.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from promql_parser import VectorSelector

from slaharness.errors import MeasuringTrouble
from slaharness.metrics.evidence import Series
from slaharness.metrics.prometheus import Prometheus
from slaharness.model import Measurement, Objective, SourceType, Window
from slaharness.objectives import promql

#: How the load's own series are known: by the beginning of their name, or by their job.
METRIC, JOB = "loadgen_", "load"


class Routed:
    """A Prometheus to whoever measures: ``load`` answers for the load's own series, ``stack`` for the others.

    ``stack`` is None where the stack has none. What rests on series of both has no answer.
    """

    def __init__(self, load: Prometheus, stack: Prometheus | None) -> None:
        self._load, self._stack = load, stack

    def watching(self, job: str, targets: int = 1, *, within: float = 30.0) -> None:
        """Return when ``targets`` of the load's ``job`` are scraped. Raises as ``Prometheus`` does."""
        self._load.watching(job, targets, within=within)

    def settle(self, end: float) -> None:
        """Return when the load has been scraped after ``end``. The stack is waited for when it is asked."""
        self._load.settle(end)

    def measure(self, objective: Objective, window: Window) -> Measurement:
        """Measure ``objective`` over ``window``; what is wrong is in ``problems``."""
        return next(self.measure_all([objective], [window]))

    def measure_all(
        self, objectives: Iterable[Objective], windows: Sequence[Window]
    ) -> Iterator[Measurement]:
        """Measure each objective over each window, each by the Prometheus that has its series."""
        asked = list(objectives)
        yield from self._load.measure_all([one for one in asked if rests_on_load(one)], windows)
        rest = [one for one in asked if not rests_on_load(one)]
        if self._stack and rest and windows:
            self._stack.settle(max(window.end for window in windows))
        for objective in rest:
            if problem := self._unanswerable(objective):
                yield from (_nothing(objective, window, problem) for window in windows)
            elif self._stack:
                yield from self._stack.measure_all([objective], windows)

    def glance(self, queries: Mapping[str, str]) -> Mapping[str, float]:
        """What the load's own answers now."""
        return self._load.glance(queries)

    def series(self, objectives: Iterable[Objective], start: float, end: float) -> list[Series]:
        """What a record keeps to be asked again. Raises MeasuringTrouble when the load's cannot be had."""
        asked = [one for one in objectives if one.source is not SourceType.LEDGER]
        load = self._load.series([one for one in asked if rests_on_load(one)], start, end)
        rest = [one for one in asked if not rests_on_load(one) and not self._unanswerable(one)]
        return load + [one for one in self._of_stack(rest, start, end) if not _of_load(one)]

    def _of_stack(self, objectives: Iterable[Objective], start: float, end: float) -> list[Series]:
        try:
            return self._stack.series(objectives, start, end) if self._stack else []
        except MeasuringTrouble:  # its measurements say so already, and the load's series are no worse
            return []

    def _unanswerable(self, objective: Objective) -> str:
        if any(map(_selects_load, promql.vectors(objective))):
            return "it rests on series of the load and of the stack, which no one Prometheus has both of"
        return "" if self._stack else "the stack has no Prometheus, and the load's own has no such series"


def rests_on_load(objective: Objective) -> bool:
    """Whether all that it reads is the load's own."""
    return all(map(_selects_load, promql.vectors(objective)))


def _selects_load(vector: VectorSelector) -> bool:
    named = [vector.name or "", *(one.value for one in vector.matchers.matchers if one.name == "__name__")]
    jobs = [one.value for one in vector.matchers.matchers if one.name == "job"]
    return any(name.startswith(METRIC) for name in named) or jobs == [JOB]


def _of_load(series: Series) -> bool:
    return series.name.startswith(METRIC) or series.labels.get("job") == JOB


def _nothing(objective: Objective, window: Window, problem: str) -> Measurement:
    return Measurement(objective.name, window.phase, None, problems=(problem,), window=window)
