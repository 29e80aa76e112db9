"""A service that is content with one replica's word, for reads and writes."""

from typing import Any

from weather.database import Database
from weather.model import Consistency

from weather import __main__ as service


class One(Database):
    async def run(self, text: str, *values: Any, **how: Any) -> Any:
        if how.get("consistency") is Consistency.LOCAL_QUORUM:
            how["consistency"] = Consistency.ONE
        return await super().run(text, *values, **how)


service.Database = One  # type: ignore[misc]
service.main()
