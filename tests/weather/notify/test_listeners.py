"""Who waits for an alert that another instance keeps does not wear the database out by asking for it."""

import asyncio

import pytest
from weather.notify.listeners import RARELY, SOON, Listener

from weather.notify import listeners


@pytest.fixture
def waits(monkeypatch):
    """Seconds that were waited until the table was looked at again; no time passes."""
    asked, timeout = [], asyncio.timeout

    def at_once(seconds):
        asked.append(seconds)
        return timeout(0)

    monkeypatch.setattr(listeners.asyncio, "timeout", at_once)
    return asked


async def looks(listener: Listener, times: int) -> None:
    """So many times there was nothing new in the table."""
    for _ in range(times):
        await listener.news()


def test_an_alert_that_does_not_come_is_asked_for_ever_more_seldom(waits):
    """However many others are on their way by then; but not so seldom that those would wait for it."""
    listener = Listener("ann")

    async def run() -> None:
        listener.expect("1.ann")
        await looks(listener, 5)
        listener.expect("2.ann")
        await looks(listener, 5)

    asyncio.run(run())
    assert waits[1:5] == [SOON, 2 * SOON, 4 * SOON, 8 * SOON]
    assert waits[5:] == [16 * SOON] + 4 * [RARELY]
    assert RARELY <= 1


def test_what_came_makes_the_next_one_quick_again(waits):
    """A database that keeps up is asked soon."""
    listener = Listener("ann")

    async def run() -> None:
        listener.expect("1.ann")
        await looks(listener, 4)
        listener.saw("1.ann")
        listener.expect("2.ann")
        await looks(listener, 2)

    asyncio.run(run())
    assert waits[-1] == SOON
