"""Each user's alerts in the database: each once by its id, numbered from 1 in the order in which they came.

Numbers are taken and ids marked in one lightweight transaction on the user's own partition. So whoever
tries, and however often, an alert has one number, no number is missing, and none appears after a larger one
was to be seen: whoever remembers the last one that they saw has missed nothing before it.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from weather import export, model, statements
from weather.database import Store
from weather.model import Consistency
from weather.notify.alert import Alert

STATEMENTS = (
    *statements.KEEP_ALERTS.values(), statements.KNOWN_ALERTS, statements.ALERTS_AFTER,
    statements.STANDING, statements.ACKNOWLEDGE, statements.EXPORT_ALERTS,
)  # fmt: skip
#: Seconds that an alert is kept: far longer than it could be told again.
KEPT = 7 * 24 * 60 * 60
#: Alerts that are read at once.
PAGE = 100
QUORUM = Consistency.LOCAL_QUORUM


def _line(row: Any) -> str:
    if row.kept is None:
        return ""
    at = model.milliseconds(row.at)
    return f"{row.user},{row.station},{at},{row.id},{row.temperature!r},{row.kept // 1000}"


#: Every alert, and when it was kept.
EXPORTED = export.Table("user,station,at,id,temperature,arrived", statements.EXPORT_ALERTS, _line)


class Standing(NamedTuple):
    """Positions of a user's last alert, and of the last one that the user has acknowledged; 0: none."""

    last: int
    acknowledged: int


async def keep(store: Store, user: str, alerts: Sequence[Alert]) -> list[Alert]:
    """Keep a user's alerts, numbered in this order, and return those that are new.

    Raises Unavailable, which says nothing of any of them: keep them again.
    """
    new: list[Alert] = []
    while True:
        known, there = await asyncio.gather(_known(store, user, alerts), standing(store, user))
        alerts = [alert for alert in alerts if alert.id not in known]
        if not alerts:
            return new
        some = alerts[: max(count for count in statements.KEEP_ALERTS if count <= len(alerts))]
        text, values = statements.KEEP_ALERTS[len(some)], _values(user, some, there.last)
        first, *_ = await store.run(text, values, consistency=QUORUM)
        if first.applied:  # else somebody else has taken a number, or kept one of these
            new += some


async def _known(store: Store, user: str, alerts: Sequence[Alert]) -> set[str]:
    ids = [alert.id for alert in alerts]
    return {row.id for row in await store.run(statements.KNOWN_ALERTS, (user, ids), consistency=QUORUM)}


def _values(user: str, some: Sequence[Alert], last: int) -> tuple[Any, ...]:
    found: list[Any] = [last + len(some), user, last or None]
    for place, a in enumerate(some, last + 1):
        found += [user, a.id, KEPT]
        found += [user, place, a.id, a.station, a.reading, a.at, a.temperature, a.high, a.low, KEPT]
    return tuple(found)


async def standing(store: Store, user: str) -> Standing:
    """Where a user is. Raises Unavailable."""
    for row in await store.run(statements.STANDING, (user,), consistency=QUORUM):
        return Standing(row.last or 0, row.acknowledged or 0)
    return Standing(0, 0)


async def after(store: Store, user: str, position: int, most: int = PAGE) -> list[Any]:
    """A user's next alerts after ``position``, in their order. Raises Unavailable."""
    return list(await store.run(statements.ALERTS_AFTER, (user, position, most), consistency=QUORUM))


async def acknowledge(store: Store, user: str, position: int) -> None:
    """Keep that the user has seen all up to ``position``; less than before changes nothing."""
    await store.run(statements.ACKNOWLEDGE, (position, position, user), consistency=QUORUM)
