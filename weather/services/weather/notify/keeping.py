"""From the topic to the table: an alert is kept, and only then acknowledged to Pulsar.

Of all instances one has the subscription at a time and keeps what comes; every instance looks at the topic as
well, and so knows for whom of its own listeners something is about to be kept, by whomever. Nothing rests on
that look but how soon they are told: what they are told is in the table, which they look at anyway. Instances
need not know of one another, and none keeps anything that another one would need.
"""

import asyncio
import logging
import time
from collections import defaultdict

from prometheus_client import Counter, Histogram

from weather.database import Store, Unavailable
from weather.notify import alert, inbox, topic
from weather.notify.alert import Alert, Impossible
from weather.notify.listeners import Listeners
from weather.notify.topic import Message, Topic
from weather.settings import Settings

log = logging.getLogger("weather.notify")

#: Seconds until what failed is tried again.
AGAIN = 0.5

KEPT = Counter("notify_kept", "Alerts kept")
REPEATED = Counter("notify_repeated", "Alerts told again, kept before")
DEAD = Counter("notify_dead_letters", "Messages that say nothing that could be an alert, put aside with why")
FAILURES = Counter("notify_failures", "Tries that failed and were made again")
#: Of when a reading was taken, to what became of its alert.
LATENCY = (0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 30, 60)
KEPT_AFTER = Histogram(
    "notify_kept_seconds", "From a reading's own instant to its alert kept", buckets=LATENCY
)


async def run(store: Store, settings: Settings, listeners: Listeners) -> None:
    """Until cancelled; while Pulsar is away it is asked again and again."""
    while True:
        try:
            async with topic.opened(settings) as alerts, asyncio.TaskGroup() as together:
                log.info("keeping %s", settings.alerts)
                for each in (alerts.due.pump(), alerts.seen.pump()):
                    together.create_task(each)
                together.create_task(keep_all(store, alerts, listeners))
                together.create_task(look_at_all(alerts, listeners))
        except* topic.TROUBLE as group:
            FAILURES.inc()
            log.warning("%s, not now: %s", settings.alerts, group.exceptions[0])
        await asyncio.sleep(AGAIN)


async def keep_all(store: Store, alerts: Topic, listeners: Listeners) -> None:
    """Batch by batch; users beside one another, the alerts of each in their order."""
    while True:
        batch = await alerts.due.batch()
        of: defaultdict[str, dict[str, Alert]] = defaultdict(dict)
        for message in batch:
            if (one := await _readable(alerts, message)) is not None:
                of[one.user].setdefault(one.id, one)
        await asyncio.gather(*(_keep(store, user, [*some.values()], listeners) for user, some in of.items()))
        await alerts.acknowledge(batch[-1])


async def _readable(alerts: Topic, message: Message) -> Alert | None:
    try:
        return alert.read(message.content)
    except Impossible as reason:
        await alerts.bury(message, str(reason))
        DEAD.inc()
        return None


async def _keep(store: Store, user: str, some: list[Alert], listeners: Listeners) -> None:
    new = await _kept(store, user, some)
    KEPT.inc(len(new))
    REPEATED.inc(len(some) - len(new))
    for one in new:
        KEPT_AFTER.observe(max(time.time() - one.at / 1000, 0))
    listeners.wake(user)


async def _kept(store: Store, user: str, some: list[Alert]) -> list[Alert]:
    """Those that are new, once all are kept, however long the database is away."""
    waits = False
    while True:
        try:
            return await inbox.keep(store, user, some)
        except Unavailable as error:
            FAILURES.inc()
            if not waits:  # each try would say the same
                log.warning("alerts of %s wait: %s", user, error)
            waits = True
            await asyncio.sleep(AGAIN)


async def look_at_all(alerts: Topic, listeners: Listeners) -> None:
    """Tell those who listen here what is on its way to them."""
    while True:
        for message in await alerts.seen.batch():
            try:
                one = alert.read(message.content)
            except Impossible:
                continue
            listeners.expect(one.user, one.id)
