"""The notify service: takes what users want to hear of, and tells them of readings beyond it as they come.

Limits are changed at any time and hold for readings from then on. Alerts are kept for each user, and come by
a stream that goes on where it was broken off, from whichever instance.
"""

from fastapi import APIRouter

from weather import settings
from weather.database import Store
from weather.notify import inbox, keeping, limits, page, stream

STATEMENTS = (*limits.STATEMENTS, *inbox.STATEMENTS)

routes = APIRouter()
for _part in (limits, stream, page):
    routes.include_router(_part.routes)


async def work(store: Store) -> None:
    """Keep alerts until cancelled."""
    await keeping.run(store, settings.from_environment(), stream.everybody)


def end() -> None:
    """Let streams end, so that those who listen go on elsewhere."""
    stream.everybody.end()
