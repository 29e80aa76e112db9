"""The one border to cassandra-driver: connect, run a prepared statement as an awaitable, say what is up.

The driver runs its own I/O thread; results are handed to the service's event loop, which never blocks.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cassandra import AuthenticationFailed, ConsistencyLevel
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import (
    EXEC_PROFILE_DEFAULT,
    Cluster,
    ExecutionProfile,
    ResponseFuture,
    ResultSet,
)
from cassandra.connection import ConnectionException
from cassandra.policies import (
    ConstantReconnectionPolicy,
    ConstantSpeculativeExecutionPolicy,
    DCAwareRoundRobinPolicy,
    RetryPolicy,
    TokenAwarePolicy,
)
from cassandra.pool import Host

from weather.model import Consistency

#: Seconds until one other node is asked as well, for a node that has gone without a word: far above a healthy
#: answer, and one only, since a ring that is merely busy must not be asked for three times the work.
ASK_ANOTHER_AFTER = 0.25
#: How many other nodes are tried, one by one, when one says no or hangs up: all, in a ring of three.
RETRIES = 2


class Trouble(Exception):
    """The database did not do what it was asked: why, in one line of bounded length.

    The driver has no one class for that. What its requests and connections fail with is InvalidRequest before
    the schema is there, and ConnectionShutdown or ValueError while a ring dies and another takes its name.
    """

    def __init__(self, cause: BaseException) -> None:
        super().__init__(f"{type(cause).__name__}: {cause}"[:300])


@contextlib.contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise Trouble(error) from error


class Elsewhere(RetryPolicy):  # type: ignore[misc]
    """All statements may be repeated: whatever one node could not do is asked of the next, twice at most."""

    def _next(self, retry_num: int) -> tuple[int, None]:
        return (self.RETRY_NEXT_HOST if retry_num < RETRIES else self.RETHROW), None

    def on_read_timeout(self, *_: Any, retry_num: int, **__: Any) -> tuple[int, None]:
        return self._next(retry_num)

    def on_write_timeout(self, *_: Any, retry_num: int, **__: Any) -> tuple[int, None]:
        return self._next(retry_num)

    def on_unavailable(self, *_: Any, retry_num: int, **__: Any) -> tuple[int, None]:
        return self._next(retry_num)

    def on_request_error(self, *_: Any, retry_num: int, **__: Any) -> tuple[int, None]:
        return self._next(retry_num)


class TwiceOver(TokenAwarePolicy):  # type: ignore[misc]
    """Owners of the row first, then all others, then once more all of them.

    Asking another node uses up the plan, too: with two nodes left and both asked, the first that says no
    would end the request, although the other may be about to answer.
    """

    def make_query_plan(self, working_keyspace: str | None = None, query: Any = None) -> Iterator[Host]:
        """Each node's pool is looked at when its turn comes; those without one are passed over."""
        once = list(super().make_query_plan(working_keyspace, query))
        return iter(once * 2)


def _profile(answer_within: float) -> ExecutionProfile:
    return ExecutionProfile(
        load_balancing_policy=TwiceOver(DCAwareRoundRobinPolicy()),
        retry_policy=Elsewhere(),
        consistency_level=ConsistencyLevel.LOCAL_QUORUM,
        request_timeout=answer_within,
        speculative_execution_policy=ConstantSpeculativeExecutionPolicy(ASK_ANOTHER_AFTER, 1),
    )


class Insistent(Cluster.connection_class):  # type: ignore[misc]
    """A node that has yet to find the others cannot look up anybody's role, and refuses the login.

    The driver would take that for the last word, and never come back to the node.
    """

    @classmethod
    def factory(cls, endpoint: Any, *how: Any, **more: Any) -> Any:
        """A connection. Raises ConnectionException for a refused login, as for a node that is away."""
        try:
            return super().factory(endpoint, *how, **more)
        except AuthenticationFailed as error:
            raise ConnectionException(str(error), endpoint) from error


def _cluster(
    addresses: Sequence[str],
    port: int,
    login: tuple[str, str],
    answer_within: float,
    tls: ssl.SSLContext | None = None,
) -> Cluster:
    """Set the driver up for pods that die and come back elsewhere; not connected yet."""
    cluster = Cluster(
        list(addresses),
        port=port,
        auth_provider=PlainTextAuthProvider(*login),
        ssl_context=tls,
        execution_profiles={EXEC_PROFILE_DEFAULT: _profile(answer_within)},
        reconnection_policy=ConstantReconnectionPolicy(1.0, None),
        connect_timeout=2.0,
        control_connection_timeout=3.0,
        idle_heartbeat_interval=5,
        idle_heartbeat_timeout=5,
        # A pod that comes back has a new address, and is wanted at once.
        topology_event_refresh_window=0,
        status_event_refresh_window=0,
    )
    cluster.connection_class = Insistent
    return cluster


class Ring:
    """A connection to every node of one Cassandra, with the service's statements prepared."""

    def __init__(
        self,
        addresses: Sequence[str],
        port: int,
        keyspace: str,
        statements: Iterable[str],
        within: float,
        *,
        login: tuple[str, str],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Connect as ``login``: role, password; over TLS where ``tls`` says whom to trust.

        Blocks for seconds: call it in a thread. Raises Trouble.
        """
        self._cluster = _cluster(addresses, port, login, within, tls)
        try:
            with _in_words():
                self._session = self._cluster.connect(keyspace)
                self._prepared = {text: self._prepare(text) for text in statements}
        except BaseException:
            self._cluster.shutdown()
            raise

    def _prepare(self, text: str) -> Any:
        statement = self._session.prepare(text)
        # Another node is asked as well, but for what holds under a condition: two of those at a time, on the
        # same row, only get in each other's way, the more so the slower the ring is.
        statement.is_idempotent = " IF " not in text
        return statement

    def execute(
        self,
        text: str,
        values: Sequence[Any],
        consistency: Consistency,
        within: float,
        page: tuple[int, bytes | None] | None = None,
    ) -> asyncio.Future[ResultSet]:
        """Run a prepared statement. ``page`` is (rows, state of the page before). Fails with Trouble."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[ResultSet] = loop.create_future()
        bound = self._prepared[text].bind(values)
        bound.consistency_level = ConsistencyLevel.name_to_value[consistency]
        state = None
        if page:
            bound.fetch_size, state = page
        with _in_words():
            asked = self._session.execute_async(bound, timeout=within, paging_state=state)
        asked.add_callbacks(
            lambda rows: loop.call_soon_threadsafe(_settle, answer, asked, rows),
            lambda error: loop.call_soon_threadsafe(_fail, answer, error),
        )
        return answer

    def known(self) -> int:
        """How many nodes the ring has, as far as is known."""
        return len(self._cluster.metadata.all_hosts())

    def up(self) -> int:
        """How many of them are not known to be down."""
        return sum(1 for host in self._cluster.metadata.all_hosts() if host.is_up)

    def look_again(self) -> None:
        """Ask the ring for its members, in case an event about one was lost. Blocks; raises Trouble."""
        with _in_words():
            self._cluster.refresh_nodes()

    def close(self) -> None:
        """Close every connection. Blocks."""
        self._cluster.shutdown()


def _settle(answer: asyncio.Future[ResultSet], asked: ResponseFuture, rows: Any) -> None:
    if not answer.done():
        answer.set_result(ResultSet(asked, rows))


def _fail(answer: asyncio.Future[ResultSet], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(Trouble(error))
