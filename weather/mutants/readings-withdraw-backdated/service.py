"""The readings service, which dates withdrawals a second before the reading, so that the reading wins."""

from typing import Any

from weather.database import Database

from weather import __main__ as service
from weather import model, statements


class Backdating(Database):
    async def run(self, text: str, values: Any = (), **how: Any) -> Any:
        if text == statements.REMOVE:
            _, *row, at, reading = values
            values = (model.revised_at(at - 1000, reading), *row, at, reading)
        return await super().run(text, values, **how)


service.Database = Backdating  # type: ignore[misc]
service.main()
