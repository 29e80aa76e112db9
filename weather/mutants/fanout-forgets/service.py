"""The fan-out worker, which keeps what it has yet to do in its memory alone."""

import asyncio

from weather.database import Store, Unavailable
from weather.model import Consistency

from weather import __main__ as service
from weather import fanout, queue, statements

QUORUM = Consistency.LOCAL_QUORUM


async def work(store: Store) -> None:
    while True:
        try:
            waiting = list(await store.run(statements.WAITING, (fanout.KIND, 100), consistency=QUORUM))
            for piece in waiting:
                await store.run(statements.TAKE_OFF, (fanout.KIND, piece.id), consistency=QUORUM)
            for piece in waiting:
                await asyncio.sleep(queue.PAUSE)
                await fanout.deliver(store, piece.station, piece.id, piece.task)
        except Unavailable:
            waiting = []
        if not waiting:
            await asyncio.sleep(queue.PAUSE)


fanout.work = work
service.main()
