"""The analytics worker: sums up days of readings."""

from uuid import UUID

from fastapi import APIRouter

from weather import queue, statements
from weather.database import Store
from weather.model import Consistency, Summary

KIND = "analytics"
STATEMENTS = (*queue.STATEMENTS, statements.SUM_UP, statements.KEEP_SUMMARY)

#: Nobody asks it anything.
routes = APIRouter()


async def sum_up(store: Store, station: str, key: UUID, task: str) -> None:
    """Sum up one day of one station, as its readings are now; a later repeat knows as much or more."""
    day, quorum = Summary.model_validate_json(task).day, Consistency.LOCAL_QUORUM
    for found in await store.run(statements.SUM_UP, (station, day), consistency=quorum):
        kept = (station, key, day, found.readings, found.lowest, found.mean, found.highest)
        await store.run(statements.KEEP_SUMMARY, kept, consistency=quorum)


async def work(store: Store) -> None:
    """Until cancelled."""
    await queue.work_off(store, KIND, sum_up)
