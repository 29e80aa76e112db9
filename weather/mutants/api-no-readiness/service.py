"""A service that has five seconds' work before it turns to its database."""

import asyncio

from weather.database import Database

from weather import __main__ as service


class Slow(Database):
    async def supervise(self) -> None:
        await asyncio.sleep(5)
        await super().supervise()


service.Database = Slow  # type: ignore[misc]
service.main()
