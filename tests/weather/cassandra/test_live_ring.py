"""Logins at a real ring of three nodes, one of which goes and comes back."""

import asyncio
import time
from collections.abc import Iterator

import database
import pytest
from logins import ANSWER, SOON, ask, connected
from parts import Part
from weather.driver import Ring
from weather.model import Consistency

from slaharness.host import wait
from weather import conditions, readings, statements

pytestmark = [pytest.mark.live, pytest.mark.nightly]

THREE = ("127.31.45.1", "127.31.45.2", "127.31.45.3")


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Part]]:
    """Three nodes, started at once."""
    folder = tmp_path_factory.mktemp("ring")
    parts = []
    for number, address in enumerate(THREE):
        (own := folder / f"{number}").mkdir()
        parts.append(database.node(own, address, ring=THREE))
    try:
        for part in parts:
            part.launch()
        for part in parts:
            wait.until(part.answers, within=SOON, every=0.5, what=f"{part.log.parent.name} is ready")
        database.tables(THREE[0], copies=3)
        yield parts
    finally:
        for part in parts:
            part.kill()


def test_a_killed_node_costs_no_login_and_no_request(ring: list[Part]) -> None:
    """Neither those who are connected, nor who comes right then: two of three know everybody's role."""
    failed: list[str] = []

    async def ask_on(connection: Ring, seconds: float) -> int:
        asked, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                await connection.execute(statements.PROBE, (), Consistency.LOCAL_QUORUM, ANSWER)
            except Exception as error:  # noqa: BLE001 - whatever it is, a request failed
                failed.append(repr(error))
            asked += 1
            await asyncio.sleep(0.05)
        return asked

    with connected(conditions, *THREE) as before:
        asyncio.run(ask_on(before, 12))  # until nodes have looked at roles anew
        ring[2].kill()
        with connected(readings, *THREE[:2]):
            pass
        for address in THREE[:2]:
            ask(address, "alerts", "SELECT * FROM weather.limits")
        assert asyncio.run(ask_on(before, 30)) > 20
    assert failed == []


def test_a_node_that_comes_back_is_used_again(ring: list[Part]) -> None:
    """It refuses logins until it has found the others: no driver may give it up for that."""
    with connected(conditions, *THREE) as connection:
        ring[2].kill()
        wait.until(lambda: connection.up() < 3, within=SOON, every=0.5, what="the driver has noticed")
        ring[2].start()
        wait.until(lambda: connection.up() == 3, within=SOON, every=0.5, what="the driver is back")
