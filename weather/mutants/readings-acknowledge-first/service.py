"""The readings service, whose writes are done some time after they were acknowledged, if at all."""

import asyncio
import contextlib
from typing import Any

from weather.database import Database, Unavailable

from weather import __main__ as service

_later: set[asyncio.Task[None]] = set()


class Later(Database):
    async def run(self, text: str, *values: Any, **how: Any) -> Any:
        if not text.startswith("INSERT"):
            return await super().run(text, *values, **how)
        task = asyncio.create_task(self._done(text, *values, **how))
        _later.add(task)
        task.add_done_callback(_later.discard)
        return []

    async def _done(self, text: str, *values: Any, **how: Any) -> None:
        with contextlib.suppress(Unavailable):
            await super().run(text, *values, **how)


service.Database = Later  # type: ignore[misc]
service.main()
