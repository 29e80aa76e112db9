"""The fan-out worker: gives each announcement to everyone who is to hear of it."""

import asyncio
from functools import partial
from uuid import UUID

from fastapi import APIRouter

from weather import queue, statements
from weather.database import Store
from weather.model import Announcement, Consistency

KIND = "fanout"
STATEMENTS = (*queue.STATEMENTS, statements.DELIVER)

#: Nobody asks it anything.
routes = APIRouter()


async def deliver(store: Store, station: str, key: UUID, task: str) -> None:
    """Give one announcement to all of its recipients; who had it before has it once."""
    announcement = Announcement.model_validate_json(task)
    say = partial(store.run, statements.DELIVER, consistency=Consistency.LOCAL_QUORUM)
    await asyncio.gather(
        *(say((station, key, recipient, announcement.text)) for recipient in announcement.to)
    )


async def work(store: Store) -> None:
    """Until cancelled."""
    await queue.work_off(store, KIND, deliver)
