"""Each user's alerts in the database: each once by its id, numbered from 1 in the order in which they came.

A number is taken and the id is marked in one lightweight transaction on the user's own partition. So whoever
tries, and however often, an alert has one number, no number is missing, and none appears after a larger one
was to be seen: whoever remembers the last one that they saw has missed nothing before it.
"""

from typing import Any, NamedTuple

from weather import statements
from weather.database import Store
from weather.model import Consistency
from weather.notify.alert import Alert

STATEMENTS = (
    statements.KEEP_ALERT, statements.KNOWN_ALERT, statements.ALERTS_AFTER, statements.STANDING,
    statements.ACKNOWLEDGE,
)  # fmt: skip
#: Seconds that an alert is kept: far longer than it could be told again.
KEPT = 7 * 24 * 60 * 60
#: Alerts that are read at once.
PAGE = 100
QUORUM = Consistency.LOCAL_QUORUM


class Standing(NamedTuple):
    """Positions of a user's last alert, and of the last one that the user has acknowledged; 0: none."""

    last: int
    acknowledged: int


async def keep(store: Store, alert: Alert) -> bool:
    """Return whether it is new, once it is kept. Raises Unavailable, which says nothing: keep it again."""
    while not await store.run(statements.KNOWN_ALERT, (alert.user, alert.id), consistency=QUORUM):
        last = (await standing(store, alert.user)).last
        first, *_ = await store.run(statements.KEEP_ALERT, _values(alert, last), consistency=QUORUM)
        if first.applied:
            return True
        # Somebody else took the number, or has kept this very alert.
    return False


def _values(alert: Alert, last: int) -> tuple[Any, ...]:
    a, position = alert, last + 1
    number = (position, a.user, last or None)
    mark = (a.user, a.id, KEPT)
    row = (a.user, position, a.id, a.station, a.reading, a.at, a.temperature, a.high, a.low, KEPT)
    return (*number, *mark, *row)


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
