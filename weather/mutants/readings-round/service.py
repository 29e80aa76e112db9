"""The readings service, which keeps whole degrees."""

from typing import Any

from weather.database import Database

from weather import __main__ as service


class Rounding(Database):
    async def run(self, text: str, values: Any = (), **how: Any) -> Any:
        kept = tuple(float(round(value)) if isinstance(value, float) else value for value in values)
        return await super().run(text, kept, **how)


service.Database = Rounding  # type: ignore[misc]
service.main()
