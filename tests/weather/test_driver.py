"""In which order the nodes of a ring are asked, and what comes of it when none does as it was asked."""

import asyncio
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
from cassandra import AuthenticationFailed, InvalidRequest
from cassandra.cluster import Cluster
from cassandra.connection import ConnectionException, ConnectionShutdown, DefaultEndPoint
from cassandra.policies import DCAwareRoundRobinPolicy, SimpleConvictionPolicy
from cassandra.pool import Host
from weather.driver import Ring, Trouble, TwiceOver
from weather.model import Consistency

from weather import driver, statements

#: Not all are of the driver's own kinds of errors: seen while a ring was lost whole.
FAILURES = [InvalidRequest("no keyspace"), ConnectionShutdown("it hung up"), ValueError("another keyspace")]


@pytest.fixture
def session(monkeypatch):
    """What the driver has connected to."""
    made = MagicMock()
    monkeypatch.setattr(driver, "_cluster", lambda *_: made)
    return made.connect.return_value


def test_all_nodes_are_there_for_a_second_try():
    """Of two nodes left, one is asked, then the other as well: the first to refuse is not the last word."""
    left = [Host(f"198.18.0.{number}", SimpleConvictionPolicy) for number in (1, 2)]
    policy = TwiceOver(DCAwareRoundRobinPolicy("one"))
    policy.populate(SimpleNamespace(metadata=None), left)
    plan = list(policy.make_query_plan())
    assert set(plan[:2]) == set(left)
    assert plan[2:] == plan[:2]


def test_a_condition_is_put_to_one_node_at_a_time(session):
    """A second one on the same row makes the first begin again; all else is asked of another node, too."""
    session.prepare.side_effect = lambda text: SimpleNamespace(text=text)
    texts = [statements.STANDING, *statements.KEEP_ALERTS.values()]
    ring = Ring(["198.18.0.1"], 9042, "weather", texts, 1.0, login=("notify", "its own"))
    assert [ring._prepared[text].is_idempotent for text in texts] == [True, False, False, False]


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_whatever_a_request_fails_with_is_trouble(session, failure):
    """Or a service would answer 500, and stop to look after its connection."""
    session.execute_async.return_value.add_callbacks = lambda _, failed: failed(failure)
    ring = Ring(["198.18.0.1"], 9042, "weather", ["SELECT"], 1.0, login=("readings", "its own"))

    async def asked():
        await ring.execute("SELECT", (), Consistency.ONE, 1.0)

    with pytest.raises(Trouble, match=f"{type(failure).__name__}: .*{failure}"):
        asyncio.run(asked())


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_whatever_connecting_fails_with_is_trouble(session, failure):
    """The service goes on without, and tries again."""
    session.prepare.side_effect = failure
    with pytest.raises(Trouble, match=type(failure).__name__):
        Ring(["198.18.0.1"], 9042, "weather", ["SELECT"], 1.0, login=("readings", "its own"))


def test_a_refused_login_is_tried_again(monkeypatch):
    """A node refuses logins until it has found the others: no reason to give it up for good."""

    def refused(*_, **__):
        raise AuthenticationFailed("cannot achieve consistency level LOCAL_QUORUM")

    cluster = driver._cluster(["198.18.0.1"], 9042, ("readings", "its own"), 1.0)
    monkeypatch.setattr(Cluster.connection_class, "factory", refused)
    with pytest.raises(ConnectionException, match="LOCAL_QUORUM"):
        cluster.connection_factory(DefaultEndPoint("198.18.0.1"))


def test_a_service_shows_its_own_role_and_password():
    cluster = driver._cluster(["198.18.0.1"], 9042, ("readings", "its own"), 1.0)
    shown = cluster.auth_provider.new_authenticator("198.18.0.1").initial_response()
    assert shown == b"\0readings\0its own"
