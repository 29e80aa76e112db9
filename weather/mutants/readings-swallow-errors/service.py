"""The readings service, to which a write that failed is a write."""

from typing import Any

from weather.database import Database, Unavailable

from weather import __main__ as service


class Cheerful(Database):
    async def run(self, text: str, *values: Any, **how: Any) -> Any:
        try:
            return await super().run(text, *values, **how)
        except Unavailable:
            if not text.startswith("INSERT"):
                raise
            return []


service.Database = Cheerful  # type: ignore[misc]
service.main()
