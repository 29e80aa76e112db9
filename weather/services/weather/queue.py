"""Work that waits until somebody does it: kept at a quorum before anyone is told that it will be done.

A piece of work stays in its queue until it has been done, so a worker may be lost at any moment: another one
does the piece again. Every kind of work must therefore come to the same when it is done twice, or by two.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from prometheus_client import Counter

from weather import statements
from weather.database import Store, Unavailable
from weather.model import Consistency, Task

log = logging.getLogger("weather.queue")

#: Pieces looked at in one go, and seconds until the next look at a queue that is empty or cannot be read.
AT_ONCE, PAUSE = 10, 0.2
STATEMENTS = (statements.WAITING, statements.TAKE_OFF)

#: Does one piece: (database, station, id, what is to be done). Raises Unavailable.
Work = Callable[[Store, str, UUID, str], Awaitable[None]]

_done = Counter("work_done_total", "Pieces of work done and taken off their queue", ["kind"])


async def put(store: Store, kind: str, station: str, task: Task, consistency: Consistency) -> None:
    """Have a piece of work done later."""
    values = (kind, task.id, station, task.model_dump_json())
    await store.run(statements.PUT_OFF, values, consistency=consistency)


async def work_off(store: Store, kind: str, do: Work) -> None:
    """Do what waits, and what comes, until cancelled."""
    while True:
        try:
            waiting = await _some(store, kind)
            for piece in waiting:
                await do(store, piece.station, piece.id, piece.task)
                await store.run(statements.TAKE_OFF, (kind, piece.id), consistency=Consistency.LOCAL_QUORUM)
                _done.labels(kind).inc()
        except Unavailable as error:
            log.warning("%s waits: %s", kind, error)
            waiting = []
        if not waiting:
            await asyncio.sleep(PAUSE)


async def _some(store: Store, kind: str) -> list[Any]:
    rows = await store.run(statements.WAITING, (kind, AT_ONCE), consistency=Consistency.LOCAL_QUORUM)
    return list(rows)
