"""The conditions service: what a station says now."""

from fastapi import APIRouter, HTTPException

from weather import answers, model, statements
from weather.app import Db
from weather.model import Consistency, Station, Told

STATEMENTS = (statements.CURRENT,)

routes = APIRouter()


@routes.get("/stations/{station}/current", responses=answers.MISSING)
async def current(station: Station, store: Db, consistency: Consistency = Consistency.LOCAL_QUORUM) -> Told:
    """The station's latest reading by its own clock; 404 when it never sent one."""
    rows = await store.run(statements.CURRENT, (station,), consistency=consistency)
    for row in rows:
        return model.as_reading(row)
    raise HTTPException(404, f"station {station} has sent no reading")
