"""From the topic to the table: whatever comes however often, in whatever trouble, each alert is kept once."""

import asyncio
import json
import random
import runpy
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tables import Tables
from weather.database import Unavailable
from weather.notify.listeners import Listeners
from weather.notify.topic import Message, Topic

from weather import statements
from weather.notify import alert, inbox, keeping

AT = 1_795_760_000_000
MUTANTS = Path(__file__).parents[3] / "weather/mutants"


def said(number: int, user: str = "ann") -> dict[str, Any]:
    return {
        "id": f"reading-{number}.{user}", "user": user, "station": "S1", "reading": f"reading-{number}",
        "at": AT + number, "temperature": 31.5, "high": 30.0, "low": None, "written": AT * 1000,
    }  # fmt: skip


def message(content: Any) -> Message:
    return Message(content if isinstance(content, bytes) else json.dumps(content).encode(), object())


class Told:
    """A topic that has so many batches, and notes what becomes of them."""

    def __init__(self, *batches: Iterable[Any]) -> None:
        self.batches = [[message(one) for one in some] for some in batches]
        self.buried: list[tuple[bytes, str]] = []
        self.acknowledged: list[Any] = []
        self.due = self.seen = SimpleNamespace(batch=self._batch)
        self._handed = 0

    async def _batch(self) -> list[Message]:
        if self._handed == len(self.batches):
            raise asyncio.CancelledError
        self._handed += 1
        return self.batches[self._handed - 1]

    async def bury(self, what: Message, reason: str) -> None:
        self.buried.append((what.content, reason))

    async def acknowledge(self, last: Message) -> None:
        self.acknowledged.append(last.raw)


def kept(store: Any, topic: Told, listeners: Listeners | None = None) -> None:
    """Until the topic has no more."""

    async def all_of_it() -> None:
        await asyncio.gather(keeping.keep_all(store, topic, listeners or Listeners()), return_exceptions=True)

    asyncio.run(all_of_it())


def ids(tables: Tables, user: str = "ann") -> list[str]:
    return [row.id for _, row in sorted(tables.alerts.get(user, {}).items())]


def test_alerts_are_numbered_as_they_come_each_user_by_themselves():
    """From 1, without a gap, whatever is told twice in between."""
    tables = Tables()
    kept(tables, Told([said(1), said(2), said(1, "bob"), said(1)], [said(2), said(3)]))
    assert ids(tables) == ["reading-1.ann", "reading-2.ann", "reading-3.ann"]
    assert sorted(tables.alerts["ann"]) == [1, 2, 3]
    assert sorted(tables.alerts["bob"]) == [1]


def test_a_batch_is_acknowledged_once_all_of_it_is_kept():
    """Whatever ends the service before that costs repeats only."""
    tables, order = Tables(), []

    class Noting(Told):
        async def acknowledge(self, last):
            order.append(len(ids(tables)))
            await super().acknowledge(last)

    topic = Noting([said(1), said(2)], [said(3)])
    kept(tables, topic)
    assert order == [2, 3]
    assert topic.acknowledged == [batch[-1].raw for batch in topic.batches]


def test_a_database_that_is_away_is_waited_for(monkeypatch):
    """Nothing is passed over, nothing acknowledged, and later alerts of the user wait for the earlier one."""
    monkeypatch.setattr(keeping, "AGAIN", 0.001)

    class Failing(Tables):
        tries = 0

        async def run(self, text, values=(), **how):
            self.tries += 1
            if text in statements.KEEP_ALERTS.values() and self.tries % 5:
                raise Unavailable("WriteTimeout")
            return await super().run(text, values, **how)

    tables = Failing()
    kept(tables, Told([said(n) for n in range(1, 6)]))
    assert ids(tables) == [f"reading-{n}.ann" for n in range(1, 6)]


def test_a_write_that_was_kept_without_an_answer_is_not_kept_twice(monkeypatch):
    """A timeout says nothing about whether it was."""
    monkeypatch.setattr(keeping, "AGAIN", 0.001)

    class Mute(Tables):
        mute = True

        async def run(self, text, values=(), **how):
            answer = await super().run(text, values, **how)
            if text in statements.KEEP_ALERTS.values() and self.mute:
                self.mute = False
                raise Unavailable("WriteTimeout")
            return answer

    tables = Mute()
    kept(tables, Told([said(1), said(2)]))
    assert ids(tables) == ["reading-1.ann", "reading-2.ann"]


def test_two_instances_at_once_keep_each_alert_once():
    """One that Pulsar has given up may still be at it: both come to the same, without a gap."""

    class Slow(Tables):
        async def run(self, text, values=(), **how):
            for _ in range(random.randrange(4)):  # noqa: S311 - no secret
                await asyncio.sleep(0)
            return await super().run(text, values, **how)

    tables = Slow()

    async def both() -> None:
        batches = [[said(n) for n in range(start, start + 10)] for start in range(1, 50, 7)]
        await asyncio.gather(
            *(keeping.keep_all(tables, Told(*batches), Listeners()) for _ in range(2)), return_exceptions=True
        )

    asyncio.run(both())
    assert len(set(ids(tables))) == len(ids(tables)) == 52
    assert sorted(tables.alerts["ann"]) == list(range(1, 53))


POISON = [
    b"no json", b"[]", b"\xff\xfe", b"[" * 100_000, b"{}",
    json.dumps(said(7) | {"temperature": None}).encode(),
    json.dumps(said(7)).replace("31.5", "NaN").encode(),
    json.dumps(said(7) | {"user": "a b"}).encode(),
    json.dumps(said(7) | {"station": "../x"}).encode(),
    json.dumps(said(7) | {"at": -1}).encode(),
    json.dumps(said(7) | {"id": "x" * 1000}).encode(),
]  # fmt: skip


@pytest.mark.parametrize("content", POISON, ids=range(len(POISON)))
def test_a_message_that_is_no_alert_is_put_aside_and_stops_nothing(content):
    """With its reason, before its batch is acknowledged; its neighbours are kept."""
    tables, topic = Tables(), Told([said(1), content, said(2)])
    kept(tables, topic)
    ((buried, reason),) = topic.buried
    assert buried == content
    assert reason
    assert "\n" not in reason
    assert ids(tables) == ["reading-1.ann", "reading-2.ann"]
    assert len(topic.acknowledged) == 1


def test_acknowledged_alerts_stay_acknowledged():
    """A word that comes late takes nothing back."""
    tables = Tables()

    async def late() -> Any:
        await inbox.acknowledge(tables, "ann", 5)
        await inbox.acknowledge(tables, "ann", 3)
        return await inbox.standing(tables, "ann")

    assert asyncio.run(late()).acknowledged == 5


def test_what_the_watcher_says_is_read_whole():
    """One side of the limits may be missing; what the service has no use for is passed over."""
    one = alert.read(json.dumps(said(1)).encode())
    assert (one.id, one.user, one.temperature, one.high, one.low) == (
        "reading-1.ann",
        "ann",
        31.5,
        30.0,
        None,
    )


def test_what_is_kept_can_be_told_whole(notify_service):
    """For whoever compares it with what was due: each alert with when it was kept, no mark, an end."""
    instant = datetime(2026, 11, 27, tzinfo=UTC).replace(tzinfo=None)  # as the driver has it
    rows = [
        SimpleNamespace(user="ann", position=0, id="reading-1.ann", station=None, at=None, temperature=None,
                        kept=None),
        SimpleNamespace(user="ann", position=1, id="reading-1.ann", station="S1", at=instant,
                        temperature=31.5, kept=1_795_760_000_123_999),
    ]  # fmt: skip
    page = SimpleNamespace(current_rows=rows, has_more_pages=False)
    notify_service.store._export_alerts = lambda: page
    assert notify_service.ask("GET", "/export").text.splitlines() == [
        "user,station,at,id,temperature,arrived",
        "ann,S1,1795737600000,reading-1.ann,31.5,1795760000123",
        "# end,1",
    ]


class Sent:
    """A subscription that has so many messages, and notes what was acknowledged."""

    def __init__(self, *contents):
        self.left = [
            SimpleNamespace(
                data=lambda one=one: json.dumps(one).encode(), message_id=lambda one=one: one["id"]
            )
            for one in contents
        ]
        self.acknowledged = []

    async def receive(self):
        if not self.left:
            await asyncio.Event().wait()
        return self.left.pop(0)

    read_next = receive

    async def acknowledge_cumulative(self, last):
        self.acknowledged.append(last)


def killed(consumer):
    """What is kept and what was acknowledged when the service ends half a second after it began."""
    tables, own = Tables(), Topic("alerts", consumer, Sent(), None)

    async def alive():
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5), asyncio.TaskGroup() as together:
                together.create_task(own.due.pump())
                together.create_task(keeping.keep_all(tables, own, Listeners()))

    asyncio.run(alive())
    return ids(tables), consumer.acknowledged


def test_the_mutant_that_acknowledges_first_loses_what_it_had_in_hand(monkeypatch):
    """Nobody tells it again what it has acknowledged; the service itself acknowledges what it has kept."""
    assert killed(Sent(said(1))) == (["reading-1.ann"], ["reading-1.ann"])
    monkeypatch.setattr("weather.__main__.main", lambda: None)
    monkeypatch.setattr(Topic, "__init__", Topic.__init__)  # which the mutant changes
    runpy.run_path(str(MUTANTS / "notify-acknowledges-first/service.py"))
    assert killed(Sent(said(1))) == ([], ["reading-1.ann"])
