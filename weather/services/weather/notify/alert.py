"""An alert: what the topic says that a user is to hear, and how users are told."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, FiniteFloat, ValidationError
from typing_extensions import TypedDict

from weather import model
from weather.model import Instant, Name


class Impossible(ValueError):
    """A message that says nothing that could be an alert, and why, in one line."""


class Alert(BaseModel):
    """A reading (°C) beyond one of a user's limits, by the limits of that moment; its ``id`` is its own."""

    id: Annotated[str, Field(min_length=1, max_length=128)]
    user: Name
    station: Name
    reading: Annotated[str, Field(max_length=64)]
    at: Instant
    temperature: FiniteFloat
    high: FiniteFloat | None = None
    low: FiniteFloat | None = None


class Kept(TypedDict):
    """An alert as a user is told: ``position`` counts the user's alerts from 1, without a gap."""

    position: int
    id: str
    station: str
    reading: str
    at: int
    temperature: float
    high: float | None
    low: float | None


def read(content: bytes) -> Alert:
    """What a message says. Raises Impossible."""
    try:
        return Alert.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise Impossible(f"{where}: {first['msg']}" if where else first["msg"]) from None


def told(row: Any) -> Kept:
    """A row of the table, JSON-ready."""
    return {
        "position": row.position,
        "id": row.id,
        "station": row.station,
        "reading": row.reading,
        "at": model.milliseconds(row.at),
        "temperature": row.temperature,
        "high": row.high,
        "low": row.low,
    }
