"""Keeps a service connected to Cassandra whatever happens to the pods, and runs its statements.

The driver follows single nodes by itself. When no known node answers (every pod was killed, and all come
back with new addresses) the headless Service's name is resolved again and a new connection takes over.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from weather import schema
from weather.driver import Ring, Trouble
from weather.schema import Consistency
from weather.settings import Settings

log = logging.getLogger("weather.database")

#: Seconds between two looks at the connection.
LOOK_EVERY = 0.5
#: Seconds for one node to answer while looking.
LOOK_WITHIN = 1.0


class Unavailable(Exception):
    """The database did not answer in time, or refused. Becomes a 503 with this text as reason."""


class Store(Protocol):
    """What the routes need of a database."""

    ready: bool

    async def run(
        self,
        text: str,
        values: Sequence[Any] = (),
        *,
        consistency: Consistency,
        within: float = ...,
        page: tuple[int, bytes | None] | None = None,
    ) -> Any:
        """Rows of one prepared statement. Raises Unavailable."""
        ...


class Database:
    """A Store on a real Cassandra. ``ready`` once a quorum has answered for the first time, then for good.

    Later trouble does not take the service out of its Service: all of them share the same database, so that
    all would go at once, users would get the same 503 from the edge, and every return would wait for probes,
    endpoints and DNS on top of the database itself.
    """

    def __init__(self, settings: Settings, statements: Iterable[str]) -> None:
        self.ready = False
        self.reachable = False
        self._settings = settings
        self._statements = (*statements, schema.ALIVE, schema.PROBE)
        self._ring: Ring | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def run(
        self,
        text: str,
        values: Sequence[Any] = (),
        *,
        consistency: Consistency,
        within: float | None = None,
        page: tuple[int, bytes | None] | None = None,
    ) -> Any:
        """Rows of one prepared statement within ``within`` seconds. Raises Unavailable."""
        if self._ring is None:
            raise Unavailable("not connected to the database")
        limit = within or self._settings.answer_within
        try:
            return await self._ring.execute(text, values, consistency, limit, page)
        except Trouble as error:
            raise Unavailable(_reason(error)) from error

    async def supervise(self) -> None:
        """Connect, and connect again whenever no node answers. Runs until cancelled."""
        try:
            while True:
                await self._look()
                await asyncio.sleep(LOOK_EVERY)
        finally:
            if self._ring:
                await asyncio.to_thread(self._ring.close)

    async def _look(self) -> None:
        self.reachable = await self._answers(schema.ALIVE, Consistency.LOCAL_ONE)
        if not self.reachable:
            await self._connect()
        elif self._ring and self._ring.missing():
            with contextlib.suppress(*Trouble):
                await asyncio.to_thread(self._ring.look_again)
        if not self.ready:
            self.ready = await self._answers(schema.PROBE, Consistency.LOCAL_QUORUM)

    async def _answers(self, text: str, consistency: Consistency) -> bool:
        try:
            await self.run(text, consistency=consistency, within=LOOK_WITHIN)
        except Unavailable:
            return False
        return True

    async def _connect(self) -> None:
        addresses = await self._listening()
        if not addresses:
            return
        settings = self._settings
        try:
            ring = await asyncio.to_thread(
                Ring,
                addresses,
                settings.database_port,
                settings.keyspace,
                self._statements,
                settings.answer_within,
            )
        except Trouble as error:
            log.info("cannot connect to %s yet: %s", addresses, _reason(error))
            return
        log.info("connected to %s at %s", settings.database, addresses)
        self._retire(self._ring)
        self._ring, self.reachable = ring, True

    def _retire(self, ring: Ring | None) -> None:
        """Close ``ring`` aside, since its threads may take seconds over dead nodes."""
        if ring:
            task = asyncio.create_task(asyncio.to_thread(ring.close))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _listening(self) -> list[str]:
        """Addresses behind the database's name that accept a connection now."""
        name, port = self._settings.database, self._settings.database_port
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                name, port, family=socket.AF_INET, type=socket.SOCK_STREAM
            )
        except socket.gaierror:
            return []
        addresses = sorted({str(entry[4][0]) for entry in found})
        accepting = await asyncio.gather(*(_accepts(address, port) for address in addresses))
        return [address for address, ok in zip(addresses, accepting, strict=True) if ok]


async def _accepts(address: str, port: int) -> bool:
    """Whether something listens there: asked first, since a driver's connection costs far more."""
    try:
        async with asyncio.timeout(LOOK_WITHIN):
            _, writer = await asyncio.open_connection(address, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]
