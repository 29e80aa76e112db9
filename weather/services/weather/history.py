"""A station's latest readings: what the readings and the alerts service both look at."""

import time
from typing import Any

from weather import model, statements
from weather.database import Store
from weather.model import Consistency
from weather.settings import ANSWER_WITHIN

DAY_MS = 24 * 60 * 60 * 1000


async def latest(store: Store, station: str, limit: int, consistency: Consistency, now_ms: int) -> list[Any]:
    """Up to ``limit`` rows of readings of today and yesterday (UTC), newest first. Raises Unavailable.

    Both days together have the time of one answer.
    """
    until = time.monotonic() + ANSWER_WITHIN
    found: list[Any] = []
    for at in (now_ms, now_ms - DAY_MS):
        values, left = (station, model.day_of(at), limit - len(found)), until - time.monotonic()
        found += await store.run(statements.LATEST, values, consistency=consistency, within=left)
        if len(found) >= limit:
            break
    return found
