"""The readings service: takes readings, corrects and withdraws them, gives a history, exports the table."""

import asyncio
import time
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import StreamingResponse

from weather import export, history, model, statements
from weather.app import Db
from weather.model import Consistency, Correction, Instant, Made, Reading, Station, Told

STATEMENTS = (
    statements.ADD, statements.REMOVE, statements.SET_CURRENT, statements.LATEST, statements.EXPORT,
)  # fmt: skip
#: Where a reading is that its station has a later word on.
ONE = "/stations/{station}/readings/{at}/{reading}"


def _line(row: Any) -> str:
    return f"{row.station},{model.milliseconds(row.at)},{row.id},{row.temperature!r}"


EXPORTED = export.Table("station,at,id,temperature", statements.EXPORT, _line)

routes = APIRouter()


@routes.post("/readings", status_code=201)
async def add(reading: Reading, store: Db, consistency: Consistency = Consistency.LOCAL_QUORUM) -> Made:
    """Answer 201 once the reading is in both tables at the asked consistency.

    Two writes rather than a batch: each alone may be repeated, so that a client who got no 201 sends the same
    reading again, and no batch log stands between a user and a lost node. A 503 says nothing about whether
    the reading was kept.
    """
    if model.too_early(reading.at):
        raise HTTPException(422, "at: lies more than a day in the future")
    r, stamp = reading, model.written_at(reading)
    row = (r.station, model.day_of(r.at), r.at, r.id, r.temperature, stamp)
    current = (r.station, r.at, r.id, r.temperature, stamp)
    await asyncio.gather(
        store.run(statements.ADD, row, consistency=consistency),
        store.run(statements.SET_CURRENT, current, consistency=consistency),
    )
    return Made(id=r.id)


@routes.put(ONE)
async def correct(
    *,
    station: Station,
    at: Instant,
    reading: UUID,
    correction: Correction,
    store: Db,
    consistency: Consistency = Consistency.LOCAL_QUORUM,
) -> Made:
    """Answer 200 once the history has the correction. What is current stays: corrections come long after."""
    stamp = _later(at, reading, correction.revised)
    row = (station, model.day_of(at), at, reading, correction.temperature, stamp)
    await store.run(statements.ADD, row, consistency=consistency)
    return Made(id=reading)


@routes.delete(ONE)
async def withdraw(
    *,
    station: Station,
    at: Instant,
    reading: UUID,
    revised: Instant,
    store: Db,
    consistency: Consistency = Consistency.LOCAL_QUORUM,
) -> Made:
    """Answer 200 once the reading is gone from the history, whether it was there or not."""
    row = (_later(at, reading, revised), station, model.day_of(at), at, reading)
    await store.run(statements.REMOVE, row, consistency=consistency)
    return Made(id=reading)


def _later(at: int, reading: UUID, revised: int) -> int:
    """The write timestamp of a later word on a reading. Refuses one that could not be the last."""
    if revised <= at:
        raise HTTPException(422, "revised: must come after the reading itself")
    if model.too_early(revised):
        raise HTTPException(422, "revised: lies more than a day in the future")
    return model.revised_at(revised, reading)


@routes.get("/stations/{station}/readings")
async def read(
    station: Station,
    store: Db,
    limit: Annotated[int, Query(ge=1, le=1000)] = 20,
    consistency: Consistency = Consistency.LOCAL_QUORUM,
) -> list[Told]:
    """A station's latest readings of today and yesterday, newest first."""
    rows = await history.latest(store, station, limit, consistency, int(time.time() * 1000))
    return [model.as_reading(row) for row in rows]


@routes.get("/export", response_class=StreamingResponse, responses={200: {"content": {"text/csv": {}}}})
async def whole(store: Db, consistency: Consistency = Consistency.ALL) -> StreamingResponse:
    """Every reading as CSV; see ``weather.export`` for how its end is marked."""
    lines = await export.started(store, EXPORTED, consistency)
    return StreamingResponse(lines, media_type="text/csv")
