"""Who listens here: so many at most, each woken when there may be something new.

What a listener is told is read from the table when it is ready for it: its queue is the table itself, and one
that does not read costs a page of alerts and a socket, which the kernel gives up after a while. What wakes it
is only a hint, and may be lost, doubled or early; the table is looked at every few seconds anyway.
"""

import asyncio
import time

from prometheus_client import Counter, Gauge

from weather.database import Unavailable
from weather.settings import UNREAD

#: Listeners of one process.
MOST = 500
#: Seconds between two looks at the table. While somebody else is about to keep an alert it begins with SOON
#: and doubles up to RARELY, for PATIENCE at most: a database that is slow to keep alerts is asked less and
#: less, and what is kept meanwhile does not wait for an alert that was kept long ago and never comes.
BEAT, SOON, RARELY, PATIENCE = 5.0, 0.05, 1.0, 10.0

LISTENERS = Gauge("notify_listeners", "Who listens now")
FULL = Counter("notify_listeners_refused", "Who could not listen, since too many do")
CUT_OFF = Counter("notify_listeners_cut_off", "Who took nothing for so long that they were cut off")


class TooMany(Unavailable):
    """Nobody else can listen here. Becomes a 503."""


class Listener:
    """One stream of one user."""

    def __init__(self, user: str) -> None:
        self.user = user
        self.ended = False
        self._news = asyncio.Event()
        self._expected: dict[str, float] = {}
        self._pause = SOON
        self._sending: float | None = None

    def wake(self) -> None:
        """There may be something new in the table."""
        self._news.set()

    def expect(self, alert: str) -> None:
        """Somebody is about to keep an alert of this id."""
        if not self._expected:  # else it is looked for already
            self._pause = SOON
            self.wake()
        self._expected[alert] = time.monotonic() + PATIENCE

    def saw(self, alert: str) -> None:
        """It is there."""
        self._expected.pop(alert, None)
        self._pause = SOON

    async def news(self) -> bool:
        """Whether there may be something new; False when nothing was heard for a while."""
        now = time.monotonic()
        self._expected = {alert: until for alert, until in self._expected.items() if until > now}
        try:
            async with asyncio.timeout(self._pause if self._expected else BEAT):
                await self._news.wait()
        except TimeoutError:
            self._pause = min(2 * self._pause, RARELY)
            return bool(self._expected)
        finally:
            self._news.clear()
        return True

    def sends(self) -> None:
        """Something was given to the stream, which comes back for more once that is on its way."""
        self._sending = time.monotonic()

    def sent(self) -> bool:
        """It is. Whether that was in time: a stream of one that hardly reads had better begin anew."""
        if not self.stuck:
            self._sending = None
        return not self.stuck

    @property
    def stuck(self) -> bool:
        """Whether what was given to the stream was not taken for a long time."""
        return self._sending is not None and time.monotonic() - self._sending > UNREAD / 2


class Listeners:
    """All of this process."""

    def __init__(self) -> None:
        self._of: dict[str, set[Listener]] = {}
        self._ended = False
        LISTENERS.set_function(lambda: float(len(self)))

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def join(self, user: str) -> Listener:
        """Raise TooMany when there are."""
        if len(self) >= MOST:
            FULL.inc()
            raise TooMany(f"{MOST} listeners are the most that one instance takes")
        listener = Listener(user)
        listener.ended = self._ended
        self._of.setdefault(user, set()).add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        if listener.stuck:
            CUT_OFF.inc()
        others = self._of[listener.user]
        others.discard(listener)
        if not others:
            del self._of[listener.user]

    def wake(self, user: str) -> None:
        """An alert of this user was kept."""
        for listener in self._of.get(user, ()):
            listener.wake()

    def expect(self, user: str, alert: str) -> None:
        """An alert of this user is about to be kept, here or elsewhere."""
        for listener in self._of.get(user, ()):
            listener.expect(alert)

    def end(self) -> None:
        """Let every stream end, so that its client goes on elsewhere."""
        self._ended = True
        for listener in [one for some in self._of.values() for one in some]:
            listener.ended = True
            listener.wake()
