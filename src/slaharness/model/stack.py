"""What a stack says of its rows and of its costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class ColumnType(StrEnum):
    """What a column of a readback holds."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"


@dataclass(frozen=True)
class Columns:
    """The columns of a table that the load writes and that is read back, in their order in the file.

    ``key`` names the column by which a row is known. The others, in order and joined by ``|``, are what the
    ledger calls a write's value. ``run`` names the column that tells rows of this run from those of others;
    "" where the table holds no others.
    """

    types: Mapping[str, ColumnType]
    key: str
    run: str

    @property
    def values(self) -> tuple[str, ...]:
        """Names of the columns that make a value."""
        return tuple(name for name in self.types if name != self.key)


#: A further column of rows that a later stage holds: when that had each first, in epoch milliseconds.
ARRIVED = "arrived"


def with_arrival(columns: Columns) -> Columns:
    """The columns of a file of a later stage's rows."""
    return replace(columns, types={**columns.types, ARRIVED: ColumnType.INTEGER})


@dataclass(frozen=True)
class CostJobs:
    """Where Prometheus knows what things cost: jobs of the scheduler, of kubelets and of claims, "" for none.

    ``sent`` is a counter, of job ``edge``, of bytes that left the stack: a name, and the labels that its
    series must have. ``intervals`` are seconds between two scrapes of a job, where they are not 1.
    """

    requests: str = ""
    usage: str = ""
    claims: str = ""
    edge: str = ""
    sent: str = ""
    sent_labels: Mapping[str, str] = field(default_factory=dict)
    intervals: Mapping[str, float] = field(default_factory=dict)
