"""The forecast service: a station's next hours, told from its latest readings. Nobody asks at night."""

import time
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, HTTPException

from weather import history, model, statements
from weather.app import Db
from weather.model import Consistency, Station

STATEMENTS = (statements.LATEST,)
#: Readings that a forecast rests on, and hours that it looks ahead.
LOOKED_AT, HOURS = 100, 24
#: What is left of a trend after an hour: weather turns.
LASTING = 0.8
HOUR_MS = 60 * 60 * 1000

routes = APIRouter()


@routes.get("/stations/{station}/forecast")
async def forecast(
    station: Station, store: Db, consistency: Consistency = Consistency.LOCAL_QUORUM
) -> dict[str, Any]:
    """Temperatures (°C) of the next 24 hours, one an hour; 404 for a station without recent readings."""
    now = int(time.time() * 1000)
    rows = await history.latest(store, station, LOOKED_AT, consistency, now)
    if not rows:
        raise HTTPException(404, f"station {station} has sent no reading since yesterday")
    readings = [(model.milliseconds(row.at), row.temperature) for row in rows]
    return {"station": station, "at": now, "hours": [round(one, 1) for one in ahead(readings)]}


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
