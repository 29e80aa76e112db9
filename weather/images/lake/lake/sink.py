"""The loop: a batch is kept, and only then acknowledged; until it is kept it is tried again.

Whatever ends this in between costs a repeat, and a repeat changes nothing. What could not be true goes to the
dead letters before its batch is acknowledged.
"""

import time
from collections.abc import Callable
from typing import Protocol

from lake import metrics, table, topic, words
from lake.metrics import Health
from lake.topic import Message
from lake.words import Refused, Word

#: Seconds until a failed try is made again, between two looks at small files, and at files that nobody needs.
AGAIN, COMPACT, SWEEP = 1.0, 60.0, 1800.0

Say = Callable[[str], None]


class Source(Protocol):
    """Where messages come from; see ``topic.Topic``."""

    def batch(self) -> list[Message]: ...
    def bury(self, message: Message, reason: str) -> None: ...
    def acknowledge(self, last: Message) -> None: ...


class Target(Protocol):
    """Where words are kept; see ``table.Table``."""

    def keep(self, words: list[Word], arrived: int) -> int: ...
    def compact(self) -> None: ...
    def sweep(self) -> None: ...
    def files(self) -> int: ...


class Sink:
    """Goes round until it is told to end."""

    def __init__(self, source: Source, target: Target, health: Health, say: Say) -> None:
        self._source, self._target, self._health, self._say = source, target, health, say
        self._last = 0
        self._compacted = self._swept = time.monotonic()
        self.ending = False

    def run(self) -> None:
        """Batch by batch; what is in hand when the end comes is told again to the next one.

        Raises topic.Trouble when the subscription itself is lost.
        """
        while not self.ending:
            self._health.turn()
            if batch := self._source.batch():
                self._health.holds(min(message.published for message in batch))
                self._settle(batch)
                self._health.holds(None)
                self._tidy()

    def _settle(self, batch: list[Message]) -> None:
        good, bad = sorted_out(batch, int(time.time() * 1000))
        while not self.ending:
            self._health.turn()
            try:
                self._bury(bad)
                self._keep(good)
            except (table.Trouble, topic.Trouble) as trouble:
                metrics.FAILURES.inc()
                self._say(str(trouble))
                time.sleep(AGAIN)
            else:
                self._source.acknowledge(batch[-1])
                metrics.MESSAGES.inc(len(batch))
                return

    def _bury(self, bad: list[tuple[Message, str]]) -> None:
        while bad:  # what is buried stays so when the rest has to be tried again
            self._source.bury(*bad[0])
            metrics.DEAD.inc()
            del bad[0]

    def _keep(self, good: list[Word]) -> None:
        if not good:
            return
        began = time.monotonic()
        # Each batch has an instant of its own: it is what the log knows it by.
        self._last = max(self._last + 1, int(time.time() * 1000))
        metrics.ROWS.inc(self._target.keep(good, self._last))
        metrics.COMMITS.inc()
        metrics.SECONDS.set(time.monotonic() - began)
        metrics.FILES.set(self._target.files())

    def _tidy(self) -> None:
        """Nobody waits for this: when it fails, the next time does."""
        now = time.monotonic()
        try:
            if now - self._compacted >= COMPACT:
                self._compacted = now
                self._target.compact()
            if now - self._swept >= SWEEP:
                self._swept = now
                self._target.sweep()
        except table.Trouble as trouble:
            metrics.FAILURES.inc()
            self._say(str(trouble))


def sorted_out(batch: list[Message], now: int) -> tuple[list[Word], list[tuple[Message, str]]]:
    """The last word on each reading, and what says nothing that could be true, with why."""
    good: list[Word] = []
    bad: list[tuple[Message, str]] = []
    for message in batch:
        try:
            good.append(words.read(message.content, now))
        except Refused as refused:
            bad.append((message, str(refused)))
    return words.last_of(good), bad
