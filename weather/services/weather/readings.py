"""The readings service: takes readings in, gives a station's history, exports the whole table."""

import asyncio
import time
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import StreamingResponse

from weather import export, history, model, statements
from weather.app import Db
from weather.model import Consistency, Reading, Station

STATEMENTS = (statements.ADD, statements.SET_CURRENT, statements.LATEST, statements.EXPORT)

routes = APIRouter()


@routes.post("/readings", status_code=201)
async def add(
    reading: Reading, store: Db, consistency: Consistency = Consistency.LOCAL_QUORUM
) -> dict[str, str]:
    """Answer 201 once the reading is in both tables at the asked consistency.

    Two writes rather than a batch: each alone may be repeated, so that a client who got no 201 sends the same
    reading again, and no batch log stands between a user and a lost node. A 503 says nothing about whether
    the reading was kept.
    """
    if model.too_early(reading):
        raise HTTPException(422, "at: lies more than a day in the future")
    r, stamp = reading, model.written_at(reading)
    row = (r.station, model.day_of(r.at), r.at, r.id, r.temperature, stamp)
    current = (r.station, r.at, r.id, r.temperature, stamp)
    await asyncio.gather(
        store.run(statements.ADD, row, consistency=consistency),
        store.run(statements.SET_CURRENT, current, consistency=consistency),
    )
    return {"id": str(r.id)}


@routes.get("/stations/{station}/readings")
async def read(
    station: Station,
    store: Db,
    limit: Annotated[int, Query(ge=1, le=1000)] = 20,
    consistency: Consistency = Consistency.LOCAL_QUORUM,
) -> list[dict[str, Any]]:
    """A station's latest readings of today and yesterday, newest first."""
    rows = await history.latest(store, station, limit, consistency, int(time.time() * 1000))
    return [model.as_reading(row) for row in rows]


@routes.get("/export")
async def whole(store: Db, consistency: Consistency = Consistency.ALL) -> StreamingResponse:
    """Every reading as CSV; see ``weather.export`` for how its end is marked."""
    lines = await export.started(store, consistency)
    return StreamingResponse(lines, media_type="text/csv")
