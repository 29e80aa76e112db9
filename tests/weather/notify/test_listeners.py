"""Who waits for an alert that another instance keeps does not wear the database out by asking for it."""

import asyncio
import contextlib

import pytest
from weather.notify.listeners import Listener

from weather.notify import listeners


@pytest.fixture
def quick(monkeypatch):
    """Twenty times as fast as it is."""
    for name in ("BEAT", "SOON", "PATIENCE"):
        monkeypatch.setattr(listeners, name, getattr(listeners, name) / 20)


async def looks(listener: Listener, seconds: float) -> int:
    """How often the table is looked at in that time, for something that is not there."""
    count = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                count += await listener.news()
    return count


def test_an_alert_that_does_not_come_is_asked_for_ever_more_seldom(quick):
    """However many are on their way: half a second of it takes a handful of looks, not two hundred."""
    listener = Listener("ann")
    for number in range(50):
        listener.expect(f"{number}.ann")
    assert 3 <= asyncio.run(looks(listener, 0.45)) <= 9


def test_what_came_makes_the_next_one_quick_again(quick):
    """A database that keeps up is asked soon."""
    listener = Listener("ann")

    async def one_after_the_other() -> int:
        listener.expect("1.ann")
        await looks(listener, 0.3)
        listener.saw("1.ann")
        listener.expect("2.ann")
        return await looks(listener, 0.1)

    assert asyncio.run(one_after_the_other()) >= 4
