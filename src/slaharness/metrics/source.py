"""The protocols of whatever answers PromQL, and of whatever measures objectives with it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from slaharness.metrics.evidence import Series
from slaharness.model import Measurement, Objective, Window


class Source(Protocol):
    """A Prometheus, or canned answers in its place."""

    def ask(self, query: str, at: float) -> Sequence[Series]:
        """Answer ``query`` as of the instant ``at``, a series of one sample for each element of a vector.

        Raises MeasuringTrouble when there is no answer.
        """
        ...


class Meter(Protocol):
    """One Prometheus, or several that each have a part of the series."""

    def watching(self, job: str, targets: int = 1, *, within: float = 30.0) -> None:
        """Return when ``targets`` of ``job`` are scraped. Raises NotYet, or MeasuringTrouble."""
        ...

    def settle(self, end: float) -> None:
        """Return when each target has been scraped after ``end``, or should have been."""
        ...

    def measure(self, objective: Objective, window: Window) -> Measurement:
        """Measure ``objective`` over ``window``, once ``settle`` was called for its end; raises nothing."""
        ...

    def measure_all(
        self, objectives: Iterable[Objective], windows: Sequence[Window]
    ) -> Iterator[Measurement]:
        """Measure each objective over each window."""
        ...

    def glance(self, queries: Mapping[str, str]) -> Mapping[str, float]:
        """The number that each query answers now, by name, for people to see; nothing that has no answer.

        Asked apart from all that is measured, also by another thread. Raises nothing.
        """
        ...

    def series(self, objectives: Iterable[Objective], start: float, end: float) -> list[Series]:
        """What a record keeps to be asked again. Raises MeasuringTrouble."""
        ...


class Remembering:
    """A source that passes each question on once: what is asked as of an instant in the past stays true."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._answers: dict[tuple[str, float], Sequence[Series]] = {}

    def ask(self, query: str, at: float) -> Sequence[Series]:
        if (query, at) not in self._answers:
            self._answers[query, at] = self._source.ask(query, at)
        return self._answers[query, at]
