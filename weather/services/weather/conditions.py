"""The conditions service: what a station says now."""

from operator import itemgetter
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query

from weather import answers, model, statements
from weather.app import Db
from weather.model import Consistency, Station, Told

STATEMENTS = (statements.CURRENT, statements.STATIONS)

routes = APIRouter()


@routes.get("/stations")
async def stations(
    store: Db,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    consistency: Consistency = Consistency.LOCAL_QUORUM,
) -> list[Told]:
    """The latest reading of each station, by name: so many at most, whichever they are."""
    rows = await store.run(statements.STATIONS, (limit,), consistency=consistency)
    return sorted(map(model.as_reading, rows), key=itemgetter("station"))


@routes.get("/stations/{station}/current", responses=answers.MISSING)
async def current(station: Station, store: Db, consistency: Consistency = Consistency.LOCAL_QUORUM) -> Told:
    """The station's latest reading by its own clock; 404 when it never sent one."""
    rows = await store.run(statements.CURRENT, (station,), consistency=consistency)
    for row in rows:
        return model.as_reading(row)
    raise HTTPException(404, f"station {station} has sent no reading")
