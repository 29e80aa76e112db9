"""The protocol of whatever answers PromQL."""

from collections.abc import Sequence
from typing import Protocol

from slaharness.slo.evidence import Series


class Source(Protocol):
    """A Prometheus, or canned answers in its place."""

    def ask(self, query: str, at: float) -> Sequence[Series]:
        """Answer ``query`` as of the instant ``at``, a series of one sample for each element of a vector.

        Raises MeasuringTrouble when there is no answer.
        """
        ...


class NoSource:
    """The source that has no series."""

    def ask(self, query: str, at: float) -> Sequence[Series]:  # noqa: ARG002 whatever is asked
        return ()
