"""The conditions service: what a station says now."""

from typing import Any

from fastapi import APIRouter, HTTPException

from weather import model, statements
from weather.app import Db
from weather.model import Consistency, Station

STATEMENTS = (statements.CURRENT,)

routes = APIRouter()


@routes.get("/stations/{station}/current")
async def current(
    station: Station, store: Db, consistency: Consistency = Consistency.LOCAL_QUORUM
) -> dict[str, Any]:
    """The station's latest reading by its own clock; 404 when it never sent one."""
    rows = await store.run(statements.CURRENT, (station,), consistency=consistency)
    for row in rows:
        return model.as_reading(row)
    raise HTTPException(404, f"station {station} has sent no reading")
