"""The service that tells users, which acknowledges alerts as they come and keeps them three seconds later."""

import asyncio

from weather.notify.topic import Message, Topic

from weather import __main__ as service
from weather.notify import topic

#: Seconds that an alert is nowhere but in this process.
LATER = 3.0
_init = Topic.__init__


def _acknowledging(self: Topic, name: str, consumer: object, reader: object, dead: object) -> None:
    _init(self, name, consumer, reader, dead)
    batch = self.due.batch

    async def acknowledged() -> list[Message]:
        found = await batch()
        await self.acknowledge(found[-1])
        await asyncio.sleep(LATER)
        return found

    self.due.batch = acknowledged  # type: ignore[method-assign]


topic.Topic.__init__ = _acknowledging  # type: ignore[method-assign]
service.main()
