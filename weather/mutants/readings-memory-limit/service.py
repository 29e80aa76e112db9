"""The readings service, with a cache that nothing ever leaves: a mebibyte a reading."""

from typing import Any

from weather.database import Database

from weather import __main__ as service

_cache: list[bytes] = []


class Hoarding(Database):
    async def run(self, text: str, *values: Any, **how: Any) -> Any:
        if text.startswith("INSERT INTO readings"):
            _cache.append(b"x" * 2**20)
        return await super().run(text, *values, **how)


service.Database = Hoarding  # type: ignore[misc]
service.main()
