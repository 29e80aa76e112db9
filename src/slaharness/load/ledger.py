"""The ledger: what the load's clients asked for and what they were told, kept outside the system under test.

Written by the recorder beside Locust, fetched into the run record, read here by the checker (was anything
lost?) and the witness (do the counters tell the truth?).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from slaharness.errors import RecordTrouble
from slaharness.load import csvfile

HEADER = ("intended", "sent", "finished", "name", "operation", "key", "value", "outcome", "status")
OPERATIONS = frozenset({"read", "write"})
OUTCOMES = frozenset({"ok", "fail", "unknown"})


class Request(NamedTuple):
    """One request. Times are seconds since the epoch; ``status`` is HTTP's, 0 when no answer came.

    ``outcome`` is ok, fail (answered, but not as it should) or unknown (no whole answer: may have been done).
    ``key`` and ``value`` say what a write was to store; other requests have none.
    """

    intended: float
    sent: float
    finished: float
    name: str
    operation: str
    key: str
    value: str
    outcome: str
    status: int


@dataclass(frozen=True)
class Ledger:
    """All requests of one run, in the order in which they ended."""

    requests: tuple[Request, ...]

    def named(self, names: Collection[str]) -> "Ledger":
        """The requests of those names alone."""
        return Ledger(tuple(request for request in self.requests if request.name in names))

    @property
    def writes(self) -> Iterator[Request]:
        """Those that were to store something under a key."""
        return (request for request in self.requests if request.operation == "write" and request.key)


def load(path: Path) -> Ledger:
    """Read a ledger (gzip CSV). Raises RecordTrouble naming the line that is malformed or missing."""
    return Ledger(tuple(_request(path, line, row) for line, row in csvfile.rows(path, HEADER)))


def _request(path: Path, line: int, row: list[str]) -> Request:
    try:
        request = _typed(*row)
    except ValueError as error:
        raise RecordTrouble(f"{path} line {line}: {error}") from error
    if not request.intended <= request.sent <= request.finished:
        raise RecordTrouble(f"{path} line {line}: times in no order: {', '.join(row[:3])}")
    if request.operation not in OPERATIONS or request.outcome not in OUTCOMES:
        raise RecordTrouble(f"{path} line {line}: {request.operation}, {request.outcome}: not known here")
    return request


def _typed(intended: str, sent: str, finished: str, *words: str) -> Request:
    name, operation, key, value, outcome, status = words
    times = (float(intended), float(sent), float(finished))
    return Request(*times, name, operation, key, value, outcome, int(status))
