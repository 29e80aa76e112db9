"""What users want to hear of: limits of their own for each station, changed at any time.

They are kept by station for what looks for readings beyond them, which learns of each change from the commit
log, and by user for the user. Both rows carry one write time, so that they agree on which change is the last;
it is the clock of whoever takes the change.
"""

import asyncio
import time
from typing import Any

from fastapi import APIRouter, HTTPException, Response

from weather import answers, statements
from weather.app import Db
from weather.model import Consistency, Station, User, Wish

STATEMENTS = (
    statements.SET_LIMIT, statements.DROP_LIMIT, statements.NOTE_LIMIT, statements.FORGET_LIMIT,
    statements.USER_LIMIT, statements.USER_LIMITS,
)  # fmt: skip
#: Stations that one user may have limits for; a few more get in when they are asked for at one time.
MOST = 1000
ONE = "/stations/{station}/limits/{user}"

routes = APIRouter()


class Wanted(Wish):
    """A user's limits for one station."""

    station: str


@routes.put(
    ONE,
    responses={409: {"model": answers.Refused, "description": f"The user has limits for {MOST} stations."}},
)
async def set_limits(
    *,
    station: Station,
    user: User,
    wish: Wish,
    store: Db,
    consistency: Consistency = Consistency.LOCAL_QUORUM,
) -> Wish:
    """Answer 200 once the user's limits for the station are kept: of readings from now on they will hear.

    The station need not have sent anything yet.
    """
    known = {row.station for row in await _all(store, user, consistency)}
    if station not in known and len(known) >= MOST:
        raise HTTPException(409, f"user {user} has limits for {MOST} stations: remove some first")
    stamp = _now()
    await asyncio.gather(
        store.run(statements.SET_LIMIT, (station, user, wish.high, wish.low, stamp), consistency=consistency),
        store.run(
            statements.NOTE_LIMIT, (user, station, wish.high, wish.low, stamp), consistency=consistency
        ),
    )
    return wish


@routes.get(ONE, responses=answers.MISSING)
async def read_limits(
    station: Station, user: User, store: Db, consistency: Consistency = Consistency.LOCAL_QUORUM
) -> Wish:
    """The user's limits for the station; 404 when there are none."""
    for row in await store.run(statements.USER_LIMIT, (user, station), consistency=consistency):
        return Wish(high=row.high, low=row.low)
    raise HTTPException(404, f"user {user} has no limits for station {station}")


@routes.delete(ONE, status_code=204)
async def remove_limits(
    station: Station, user: User, store: Db, consistency: Consistency = Consistency.LOCAL_QUORUM
) -> Response:
    """Answer 204 once the user hears no more of the station, whether there were limits or not."""
    stamp = _now()
    await asyncio.gather(
        store.run(statements.DROP_LIMIT, (stamp, station, user), consistency=consistency),
        store.run(statements.FORGET_LIMIT, (stamp, user, station), consistency=consistency),
    )
    return Response(status_code=204)


@routes.get("/users/{user}/limits")
async def read_all(
    user: User, store: Db, consistency: Consistency = Consistency.LOCAL_QUORUM
) -> list[Wanted]:
    """All limits of a user, by station."""
    rows = await _all(store, user, consistency)
    return [Wanted(station=row.station, high=row.high, low=row.low) for row in rows]


async def _all(store: Db, user: str, consistency: Consistency) -> list[Any]:
    return list(await store.run(statements.USER_LIMITS, (user,), consistency=consistency))


def _now() -> int:
    """A write time (µs)."""
    return time.time_ns() // 1000
