"""What goes over the wire: readings, limits and levels of consistency, and how their times are kept."""

import time
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field, FiniteFloat, StringConstraints, model_validator
from typing_extensions import TypedDict

#: Clocks differ; more than this into the future is a mistake, and would hide every true reading behind it.
FUTURE = timedelta(days=1)

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Station = Annotated[Name, Field(description="A station's name: up to 64 letters, digits, dots and hyphens.")]
User = Annotated[Name, Field(description="A user's name, of the same letters.")]
#: Up to the last one that has a date.
Instant = Annotated[int, Field(ge=0, lt=253_402_300_800_000, description="Epoch milliseconds.")]


class Consistency(StrEnum):
    """How many replicas must answer. The name is Cassandra's."""

    ONE = "ONE"
    TWO = "TWO"
    THREE = "THREE"
    QUORUM = "QUORUM"
    ALL = "ALL"
    LOCAL_QUORUM = "LOCAL_QUORUM"
    LOCAL_ONE = "LOCAL_ONE"


class Reading(BaseModel):
    """One station's temperature (°C) at one instant (epoch milliseconds)."""

    id: UUID
    station: Station
    at: Instant
    temperature: FiniteFloat


class Made(BaseModel):
    """What was taken, by the id that its client made for it."""

    id: UUID


class Told(TypedDict):
    """A reading as it is kept: temperature (°C) at an instant (epoch milliseconds)."""

    id: str
    station: str
    at: int
    temperature: float


class Correction(BaseModel):
    """What a reading's temperature (°C) should have been, by a station's word of ``revised`` (epoch ms)."""

    temperature: FiniteFloat
    revised: Instant


class Limits(BaseModel):
    """Temperatures beyond which a station's readings are alerts (°C)."""

    high: FiniteFloat
    low: FiniteFloat


class Wish(BaseModel):
    """Beyond which temperatures (°C) a user wants to hear of a station: above ``high``, below ``low``."""

    high: FiniteFloat | None = None
    low: FiniteFloat | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.high is None and self.low is None:
            raise ValueError("neither high nor low is given")
        if self.high is not None and self.low is not None and self.low > self.high:
            raise ValueError("low lies above high")
        return self


class Task(BaseModel):
    """Work to be done later; its client made the ``id``, so that a repeat is the same piece of work."""

    id: UUID


class Announcement(Task):
    """What everyone of ``to`` is to hear about a station."""

    text: Annotated[str, Field(min_length=1, max_length=1000)]
    to: Annotated[list[Name], Field(min_length=1, max_length=100)]


class Summary(Task):
    """Which UTC day of a station's readings is to be summed up; today unless said otherwise."""

    day: Annotated[date, Field(default_factory=lambda: datetime.now(UTC).date())]


def too_early(at: int) -> bool:
    """Whether an instant in epoch milliseconds lies too far in the future to be true."""
    return at > (time.time() + FUTURE.total_seconds()) * 1000


def day_of(at: int) -> date:
    """The UTC day of an instant in epoch milliseconds: half of a reading's partition key."""
    return datetime.fromtimestamp(at / 1000, UTC).date()


def milliseconds(instant: datetime) -> int:
    """Epoch milliseconds of what the driver gives for a timestamp column (UTC without saying so)."""
    return (instant.replace(tzinfo=UTC) - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)


def written_at(reading: Reading) -> int:
    """The write timestamp (µs) of a current reading: later readings win, whenever they arrive.

    Two readings of one station in the same millisecond differ in the last three digits, else Cassandra
    would settle each column by its larger value and could mix the two.
    """
    return revised_at(reading.at, reading.id)


def revised_at(revised: int, of: UUID) -> int:
    """The write timestamp (µs) of a later word on a reading: the latest word wins, whenever it arrives."""
    return revised * 1000 + of.int % 1000


def as_reading(row: Any) -> Told:
    """A row as JSON-ready reading."""
    return {
        "id": str(row.id),
        "station": row.station,
        "at": milliseconds(row.at),
        "temperature": row.temperature,
    }
