"""Open-loop load for profiles: arrivals at planned instants, whatever became of the ones before.

A user class says how many arrive a second; its tasks and their weights are the mix, as ever in Locust::

    class Reader(Arrivals):
        rate = 25

        @task(6)
        def read_current(self) -> None: ...

Users that wait for their answers ask the less the slower those come, and miss the worst of it. Here nobody
waits: an arrival starts when it is due, its latency counts from then, and one for whom there is no room has
failed. In the load's pod this file stands alone, so it leans on nothing of the harness.
"""

import logging
import os
import random
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import gevent
from gevent.pool import Group
from locust import FastHttpUser, events

#: How many processes like this one share every profile's rates.
WORKERS = int(os.environ.get("WORKERS") or 1)

#: Seconds between two looks at whether arrivals may begin.
NOT_READY = 0.1

Task = Callable[[Any], None]
log = logging.getLogger(__name__)


class Overflow(Exception):
    """There was no room for an arrival; nothing was sent."""


class Counts(NamedTuple):
    """``offered``: were due by now. Those neither started nor overflowed are late, and will be started."""

    offered: int = 0
    started: int = 0
    overflowed: int = 0


class Plan:
    """Instants equally far apart. Times are in seconds of the monotonic clock."""

    def __init__(self, rate: float, start: float) -> None:
        self.rate, self.start = rate, start
        self.taken = 0

    @property
    def next(self) -> float:
        """The earliest instant that was not taken."""
        return self.start + self.taken / self.rate

    def passed(self, now: float) -> int:
        """How many instants lie in the past, taken or not."""
        return int(max(0, (now - self.start) * self.rate + 1))

    def take(self, now: float) -> Iterator[float]:
        """Every instant in the past that was not taken."""
        while (instant := self.next) <= now:
            self.taken += 1
            yield instant


class Arrivals(FastHttpUser):
    """``rate`` arrivals a second, each a task in a greenlet of its own; one user is all that Locust starts.

    Tasks share ``self`` and its connections, which are kept alive, but no cookies: each arrival is somebody
    else. A task names its first request after itself, ``read_current`` "read current": that is what is timed
    from the planned instant by the recorder (by Locust's own table from its sending), and what has failed
    when there is no room.
    """

    abstract = True
    fixed_count = 1
    #: Arrivals a second, of all workers together.
    rate: float
    #: Arrivals that may be under way at once; one more has failed.
    room = 200
    #: What an arrival that there was no room for would have sent.
    method = "GET"
    #: Seconds.
    connection_timeout = 5.0
    network_timeout = 5.0

    def __init__(self, environment: Any) -> None:
        self.concurrency = self.room
        super().__init__(environment)
        self.client.client.cookiejar = None
        # In Locust's own loop, starting what is due is the one task there is, and the wait goes to the next.
        self.mix: list[Any] = self.tasks
        self.tasks = [type(self).start_due]
        self.plan: Plan | None = None
        self.ended = False
        self.under_way = Group()
        self.started = self.overflowed = 0
        _users.append(self)

    @property
    def counts(self) -> Counts:
        """How many arrivals there were until now."""
        begun = self.started + self.overflowed
        offered = self.plan.passed(time.monotonic()) if self.plan and not self.ended else begun
        return Counts(offered, self.started, self.overflowed)

    def start_due(self) -> None:
        """Start whoever is due, as far as there is room."""
        now = time.monotonic()
        if self.plan is None and self.ready():
            rate = self.rate / WORKERS
            # Users and workers that begin at once must not knock together ever after.
            self.plan = Plan(rate, now + random.random() / rate)  # noqa: S311
        for instant in self.plan.take(now) if self.plan else ():
            self._start(Arrival(self, random.choice(self.mix), instant))  # noqa: S311

    def _start(self, arrival: "Arrival") -> None:
        if len(self.under_way) < self.room:
            self.started += 1
            self.under_way.start(arrival)
        else:
            self.overflowed += 1
            arrival.fail()

    def ready(self) -> bool:
        """Whether arrivals may begin; for profiles to say, and asked until they do."""
        return True

    def wait_time(self) -> float:
        """Until the next arrival is due, in Locust's loop."""
        return max(0.0, self.plan.next - time.monotonic()) if self.plan else NOT_READY

    def context(self) -> dict[str, Any]:
        """For whoever counts it, when the request that is about to be sent was to be sent."""
        sender = gevent.getcurrent()
        return sender.context() if isinstance(sender, Arrival) else {}

    def on_stop(self) -> None:
        """Let nobody arrive any more, and wait for those who did, as long as Locust waits for users."""
        self.start_due()
        self.ended = True
        self.under_way.join(timeout=self.environment.stop_timeout)
        self.under_way.kill()


class Arrival(gevent.Greenlet):  # type: ignore[misc]
    """One arrival: ``task`` of ``user``, meant for ``instant``."""

    def __init__(self, user: Arrivals, task: Task, instant: float) -> None:
        super().__init__()
        self.user, self.task, self.instant = user, task, instant
        self.first = True

    def _run(self) -> None:
        try:
            self.task(self.user)
        except Exception as error:  # noqa: BLE001 - like Locust itself with a profile's own mistakes
            log.error("%s\n%s", error, traceback.format_exc())  # noqa: TRY400 - as Locust prints it
            self.user.environment.events.user_error.fire(
                user_instance=self.user, exception=error, tb=error.__traceback__
            )

    def context(self) -> dict[str, Any]:
        """``intended``: seconds since the epoch, for the first request. Those after it have no plan."""
        first, self.first = self.first, False
        return {"intended": self.intended} if first else {}

    @property
    def intended(self) -> float:
        return time.time() - (time.monotonic() - self.instant)

    def fail(self) -> None:
        """Count it as a request that failed at once."""
        now = time.time()
        self.user.environment.events.request.fire(
            request_type=self.user.method,
            name=self.task.__name__.replace("_", " "),
            response_time=0.0,
            response_length=0,
            response=None,
            start_time=now,
            exception=Overflow(f"{self.user.room} arrivals are under way"),
            context=self.context(),
        )


def counts() -> dict[str, Counts]:
    """By the name of the user class: its arrivals until now, from before there are any."""
    there = {user.__name__: Counts() for user in _classes()}
    for user in _users:
        name = type(user).__name__
        there[name] = Counts(*map(sum, zip(there[name], user.counts, strict=True)))
    return there


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def one_user_each(parser: Any) -> None:
    """Spare whoever starts Locust the number of users; a profile with others too sets its own default."""
    if users := len(list(_classes())):
        parser.set_defaults(num_users=users, spawn_rate=users)


def _classes(above: Any = Arrivals) -> Iterator[Any]:
    """User classes that Locust starts users of."""
    for user in above.__subclasses__():
        yield from _classes(user)
        if not user.abstract:
            yield user


_users: list[Arrivals] = []
