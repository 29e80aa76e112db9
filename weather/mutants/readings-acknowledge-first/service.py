"""The readings service, which acknowledges what takes long before it is done, if it is ever done."""

import asyncio
import contextlib
from typing import Any

from weather.database import Database, Unavailable

from weather import __main__ as service

#: Seconds that stations are made to wait. Readers of a calm database see what was acknowledged: who saw this
#: weakness without a fault would not get as far as one.
PATIENCE = 0.3
_later: set[asyncio.Task[None]] = set()


class Later(Database):
    async def run(self, text: str, *values: Any, **how: Any) -> Any:
        if not text.startswith("INSERT"):
            return await super().run(text, *values, **how)
        task = asyncio.create_task(self._done(text, *values, **how))
        _later.add(task)
        task.add_done_callback(_later.discard)
        await asyncio.wait([task], timeout=PATIENCE)
        return []

    async def _done(self, text: str, *values: Any, **how: Any) -> None:
        with contextlib.suppress(Unavailable):
            await super().run(text, *values, **how)


service.Database = Later  # type: ignore[misc]
service.main()
