"""What a service relies on when pods of the database die."""

import asyncio

import pytest
from cassandra import OperationTimedOut
from cassandra.cluster import NoHostAvailable
from weather.database import Database, Unavailable
from weather.driver import Trouble
from weather.model import Consistency
from weather.settings import Settings
from weather.trust import Verifying

from weather import database, nodes, statements


class Rings:
    """Stands in for the driver: connecting works while ``up``; rings made before a fall stay dead."""

    def __init__(self):
        self.up, self.made = True, []

    def __call__(self, addresses, *_, login, tls):
        self.login, self.tls = login, tls
        if not self.up:
            raise Trouble(NoHostAvailable("none", {}))
        self.made.append(FakeRing(addresses))
        return self.made[-1]


class FakeRing:
    def __init__(self, addresses):
        self.addresses, self.dead, self.slow, self.closed = addresses, False, False, False

    async def execute(self, *_):
        if self.slow:
            raise Trouble(OperationTimedOut())
        if self.dead:
            raise Trouble(NoHostAvailable("all nodes are down", {}))
        return []

    def up(self):
        return 0 if self.dead else 3

    def known(self):
        return 3

    def look_again(self):
        raise Trouble(NoHostAvailable("down", {}))

    def close(self):
        self.closed = True


@pytest.fixture
def rings(monkeypatch):
    rings = Rings()
    monkeypatch.setattr(database, "Ring", rings)
    return rings


@pytest.fixture
def base(monkeypatch):
    """A database whose name resolves to whatever ``base.addresses`` says."""
    found = Database(Settings(database_role="readings", database_password="its own"), [])  # noqa: S106
    found.addresses = ["10.0.0.1"]

    async def resolve(*_):
        return list(found.addresses)

    async def accepting(addresses, _):
        return addresses

    monkeypatch.setattr(nodes, "resolve", resolve)
    monkeypatch.setattr(nodes, "accepting", accepting)
    return found


def test_not_ready_until_a_quorum_answered(base, rings):
    """A service that starts before its database waits, and is ready once that can serve."""

    async def life():
        rings.up = False
        await base._look()
        before = base.ready
        rings.up = True
        await base._look()
        return before, base.ready

    assert asyncio.run(life()) == (False, True)
    assert rings.login == ("readings", "its own")


@pytest.mark.parametrize("authority", ["", "/authority/ca.crt"])
def test_a_service_verifies_where_it_is_told_by_whom(base, rings, authority):
    """And speaks plainly to a database that has no certificate."""
    base.__init__(Settings(database_authority=authority), [])
    asyncio.run(base._look())
    assert isinstance(rings.tls, Verifying if authority else type(None))


def test_new_addresses_are_found_when_every_pod_was_replaced(base, rings):
    """The old connection knows only dead addresses: the name is resolved anew, the old one closed."""

    async def life():
        await base._look()
        rings.made[0].dead = True
        base.addresses = ["10.0.0.9"]
        await base._look()
        await base.run(statements.ALIVE, consistency=Consistency.ONE)
        await asyncio.gather(*base._closing)

    asyncio.run(life())
    assert [ring.addresses for ring in rings.made] == [["10.0.0.1"], ["10.0.0.9"]]
    assert rings.made[0].closed


def test_service_stays_ready_while_the_database_is_away(base, rings):
    """All services share one database: none leaves its Service for it, so all are back with it at once."""

    async def life():
        await base._look()
        rings.made[0].dead, rings.up = True, False
        await base._look()
        with pytest.raises(Unavailable, match="all nodes are down"):
            await base.run(statements.ALIVE, consistency=Consistency.ONE)

    asyncio.run(life())
    assert (base.ready, base.reachable) == (True, False)


def test_connection_that_works_is_kept(base, rings):
    """Looking at a healthy connection never replaces it."""

    async def life():
        for _ in range(3):
            await base._look()

    asyncio.run(life())
    assert len(rings.made) == 1


@pytest.mark.parametrize(("looks", "connections"), [(database.PATIENCE - 1, 1), (database.PATIENCE, 2)])
def test_slow_ring_is_given_time_before_connecting_anew(base, rings, looks, connections):
    """Nodes that are there but out of breath are not given more to do, until it takes too long."""

    async def life():
        await base._look()
        rings.made[0].slow = True
        for _ in range(looks):
            await base._look()
        await asyncio.gather(*base._closing)

    asyncio.run(life())
    assert len(rings.made) == connections


def test_asking_without_a_connection_is_unavailable(base):
    """Before the first connection a request gets its 503 at once."""
    with pytest.raises(Unavailable, match="not connected"):
        asyncio.run(base.run(statements.ALIVE, consistency=Consistency.ONE))
