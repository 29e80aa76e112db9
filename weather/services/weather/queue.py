"""Work that waits until somebody does it: kept at a quorum before anyone is told that it will be done.

A piece of work stays in its queue until it has been done, so a worker may be lost at any moment: another one
does the piece again. Every kind of work must therefore come to the same when it is done twice, or by two.

A piece that fails holds up no other: it is put aside, and tried again ever more slowly. One that failed
``TRIES`` times, over two minutes and more, becomes a dead letter with its reason. That is kept at a quorum
before the piece leaves its queue, so a database in trouble gives up nothing.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from prometheus_client import Counter

from weather import statements
from weather.database import Store, Unavailable
from weather.model import Consistency, Task

log = logging.getLogger("weather.queue")

#: Pieces looked at in one go, and seconds until the next look at a queue that is empty or cannot be read.
AT_ONCE, PAUSE = 10, 0.2
#: How often a piece is tried, and the most seconds between two tries: 1, 2, 4 and so on until then.
TRIES, SLOWEST = 8, 60.0
STATEMENTS = (statements.WAITING, statements.TAKE_OFF, statements.GIVE_UP)

#: Does one piece: (database, station, id, what is to be done). Raises Unavailable.
Work = Callable[[Store, str, UUID, str], Awaitable[None]]

_done = Counter("work_done_total", "Pieces of work done and taken off their queue", ["kind"])
_dead = Counter("work_dead_total", "Pieces of work that could not be done and became dead letters", ["kind"])


async def put(store: Store, kind: str, station: str, task: Task, consistency: Consistency) -> None:
    """Have a piece of work done later."""
    values = (kind, task.id, station, task.model_dump_json())
    await store.run(statements.PUT_OFF, values, consistency=consistency)


async def work_off(store: Store, kind: str, do: Work) -> None:
    """Do what waits, and what comes, until cancelled."""
    worker = Worker(store, kind, do)
    while True:
        try:
            busy = await worker.turn()
        except Unavailable as error:
            log.warning("%s waits: %s", kind, error)
            busy = False
        if not busy:
            await asyncio.sleep(PAUSE)


@dataclass
class Worker:
    """Works off one kind of work. ``aside``: how often a piece failed, and when it may be tried again."""

    store: Store
    kind: str
    do: Work
    aside: dict[UUID, tuple[int, float]] = field(default_factory=dict)

    async def turn(self) -> bool:
        """Whether there was anything to do. Raises Unavailable when the queue cannot be looked at."""
        values = (self.kind, AT_ONCE + len(self.aside))
        waiting = list(await self._run(statements.WAITING, values))
        self.aside = {one.id: self.aside[one.id] for one in waiting if one.id in self.aside}
        due = [one for one in waiting if self.aside.get(one.id, (0, 0.0))[1] <= time.monotonic()]
        for piece in due:
            await self._try(piece)
        return bool(due)

    async def _try(self, piece: Any) -> None:
        try:
            await self.do(self.store, piece.station, piece.id, piece.task)
        except Exception as error:  # noqa: BLE001 whatever is wrong with one piece, the others must not wait
            await self._failed(piece, str(error).partition("\n")[0] or type(error).__name__)
        else:
            await self._take_off(piece)
            _done.labels(self.kind).inc()

    async def _failed(self, piece: Any, reason: str) -> None:
        tries, _ = self.aside.get(piece.id, (0, 0.0))
        log.warning("%s %s failed, try %d of %d: %s", self.kind, piece.id, tries + 1, TRIES, reason)
        self.aside[piece.id] = (tries + 1, time.monotonic() + min(2.0**tries, SLOWEST))
        if tries + 1 >= TRIES:
            await self._give_up(piece, f"failed {tries + 1} times, at last: {reason}")

    async def _give_up(self, piece: Any, reason: str) -> None:
        await self._run(statements.GIVE_UP, (self.kind, piece.id, piece.station, piece.task, reason))
        await self._take_off(piece)
        _dead.labels(self.kind).inc()
        log.error("%s %s is a dead letter: %s", self.kind, piece.id, reason)

    async def _take_off(self, piece: Any) -> None:
        await self._run(statements.TAKE_OFF, (self.kind, piece.id))
        self.aside.pop(piece.id, None)

    async def _run(self, text: str, values: tuple[Any, ...]) -> Any:
        return await self.store.run(text, values, consistency=Consistency.LOCAL_QUORUM)
