"""The protocol of whatever answers PromQL."""

from collections.abc import Sequence
from typing import Protocol

from slaharness.metrics.evidence import Series


class Source(Protocol):
    """A Prometheus, or canned answers in its place."""

    def ask(self, query: str, at: float) -> Sequence[Series]:
        """Answer ``query`` as of the instant ``at``, a series of one sample for each element of a vector.

        Raises MeasuringTrouble when there is no answer.
        """
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
