"""The forecast service: a station's next hours, told from its latest readings. Nobody asks at night."""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query

from weather import answers, history, model, statements
from weather.app import Db
from weather.model import Consistency, Station

STATEMENTS = (statements.LATEST,)
#: Readings that a forecast rests on, and hours that it looks ahead.
LOOKED_AT, HOURS = 100, 24
#: What is left of a trend after an hour: weather turns.
LASTING = 0.8
HOUR_MS = 60 * 60 * 1000

routes = APIRouter()


@routes.get("/stations/{station}/forecast", responses=answers.MISSING)
async def forecast(
    station: Station,
    store: Db,
    members: Annotated[int, Query(ge=0, le=10_000)] = 0,
    consistency: Consistency = Consistency.LOCAL_QUORUM,
) -> dict[str, Any]:
    """Temperatures (°C) of the next 24 hours, one an hour; 404 for a station without recent readings.

    With ``members`` an ensemble of so many forecasts tells between which two temperatures eight in ten lie.
    """
    now = int(time.time() * 1000)
    rows = await history.latest(store, station, LOOKED_AT, consistency, now)
    if not rows:
        raise HTTPException(404, f"station {station} has sent no reading since yesterday")
    readings = [(model.milliseconds(row.at), row.temperature) for row in rows]
    told = {"station": station, "at": now, "hours": _rounded(ahead(readings))}
    if members:
        low, high = await asyncio.to_thread(spread, readings, members)
        told |= {"low": _rounded(low), "high": _rounded(high)}
    return told


def _rounded(hours: Sequence[float]) -> list[float]:
    return [round(one, 1) for one in hours]


def spread(readings: Sequence[tuple[int, float]], members: int) -> tuple[list[float], list[float]]:
    """For each hour the temperatures below which a tenth, and nine tenths, of an ensemble of forecasts lie.

    Each member sees ``readings`` drawn anew with replacement: Efron's bootstrap.
    """
    drawn = (random.choices(readings, k=len(readings)) for _ in range(members))  # noqa: S311 - no secret
    hours = [sorted(hour) for hour in zip(*map(ahead, drawn), strict=True)]
    tenth = members // 10
    return [hour[tenth] for hour in hours], [hour[-1 - tenth] for hour in hours]


def ahead(readings: Sequence[tuple[int, float]]) -> list[float]:
    """The next hours of ``readings`` (epoch milliseconds, °C): their mean, and a trend that fades."""
    mean = sum(value for _, value in readings) / len(readings)
    trend, hours = _trend(readings, mean), []
    for _ in range(HOURS):
        trend *= LASTING
        mean += trend
        hours.append(mean)
    return hours


def _trend(readings: Sequence[tuple[int, float]], mean: float) -> float:
    """Degrees an hour by least squares; none from readings of less than an hour: noise is no weather."""
    times = [at / HOUR_MS for at, _ in readings]
    middle = sum(times) / len(times)
    if max(times) - min(times) < 1:
        return 0.0
    spread = sum((at - middle) ** 2 for at in times)
    values = [value - mean for _, value in readings]
    return sum((at - middle) * value for at, value in zip(times, values, strict=True)) / spread
