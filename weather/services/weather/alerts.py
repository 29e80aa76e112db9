"""The alerts service: a station's limits, and which of its latest readings lie past them."""

import asyncio
import time

from fastapi import APIRouter, HTTPException

from weather import answers, history, model, statements
from weather.app import Db
from weather.model import Consistency, Limits, Station, Told

STATEMENTS = (statements.SET_LIMITS, statements.LIMITS, statements.LATEST)
#: Alerts are looked for among this many latest readings.
LOOKED_AT = 20

routes = APIRouter()


@routes.put("/stations/{station}/limits")
async def set_limits(
    station: Station, limits: Limits, store: Db, consistency: Consistency = Consistency.LOCAL_QUORUM
) -> Limits:
    """Keep the limits of a station."""
    if limits.low > limits.high:
        raise HTTPException(422, "low: lies above high")
    await store.run(statements.SET_LIMITS, (station, limits.high, limits.low), consistency=consistency)
    return limits


@routes.get("/stations/{station}/limits", responses=answers.MISSING)
async def read_limits(
    station: Station, store: Db, consistency: Consistency = Consistency.LOCAL_QUORUM
) -> Limits:
    """The limits of a station; 404 when it has none."""
    for row in await store.run(statements.LIMITS, (station,), consistency=consistency):
        return Limits(high=row.high, low=row.low)
    raise HTTPException(404, f"station {station} has no limits")


@routes.get("/stations/{station}/alerts")
async def alerts(
    station: Station, store: Db, consistency: Consistency = Consistency.LOCAL_QUORUM
) -> list[Told]:
    """Those of the station's latest 20 readings past its limits, newest first; none without limits."""
    now = int(time.time() * 1000)
    limits, rows = await asyncio.gather(
        store.run(statements.LIMITS, (station,), consistency=consistency),
        history.latest(store, station, LOOKED_AT, consistency, now),
    )
    for limit in limits:
        return [model.as_reading(row) for row in rows if not limit.low <= row.temperature <= limit.high]
    return []
