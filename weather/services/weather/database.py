"""Keeps a service connected to Cassandra whatever happens to the pods, and runs its statements.

The driver follows single nodes by itself. When no known node answers (every pod was killed, and all come
back with new addresses) the headless Service's name is resolved again and a new connection takes over.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

from weather import nodes, statements
from weather.driver import Ring, Trouble
from weather.model import Consistency
from weather.settings import Settings
from weather.trust import Verifying

log = logging.getLogger("weather.database")

#: Seconds between two looks at the connection, and for one node to answer.
LOOK_EVERY, LOOK_WITHIN = 1.0, 1.0
#: Looks without an answer until a connection is given up whose nodes are not known to be gone. Many: nodes
#: and services that are out of breath are not helped by connecting anew.
PATIENCE = 6


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

    def __init__(self, settings: Settings, texts: Iterable[str]) -> None:
        self.ready = False
        self.reachable = False
        self._settings = settings
        authority = settings.database_authority
        self._tls = Verifying(Path(authority), settings.database_name) if authority else None
        self._texts = (*texts, statements.ALIVE, statements.PROBE)
        self._ring: Ring | None = None
        self._state = ""
        self._silent = 0
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
            raise Unavailable(str(error)) from error

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
        self.reachable = await self._answers(statements.ALIVE, Consistency.LOCAL_ONE)
        self._silent = 0 if self.reachable else self._silent + 1
        if self._ring is None or self._ring.up() == 0 or self._silent >= PATIENCE:
            await self._connect()
        elif self._ring.up() < self._ring.known():
            with contextlib.suppress(Trouble):
                await asyncio.to_thread(self._ring.look_again)
        if not self.ready:
            self.ready = await self._answers(statements.PROBE, Consistency.LOCAL_QUORUM)

    async def _answers(self, text: str, consistency: Consistency) -> bool:
        try:
            await self.run(text, consistency=consistency, within=LOOK_WITHIN)
        except Unavailable:
            return False
        return True

    async def _connect(self) -> None:
        settings = self._settings
        known = await nodes.resolve(settings.database, settings.database_port)
        addresses = await nodes.accepting(known, settings.database_port)
        if not addresses:
            self._note(f"{settings.database} {f'at {known}' if known else ''} does not accept connections")
            return
        try:
            ring = await asyncio.to_thread(
                Ring,
                addresses,
                settings.database_port,
                settings.keyspace,
                self._texts,
                settings.answer_within,
                login=(settings.database_role, settings.database_password),
                tls=self._tls,
            )
        except Trouble as error:
            self._note(f"cannot connect to {addresses}: {error}")
            return
        self._note(f"connected to {settings.database} at {addresses}")
        self._retire(self._ring)
        self._ring, self._silent = ring, 0

    def _note(self, state: str) -> None:
        """Log what is new; it is looked at every second."""
        if state != self._state:
            self._state = state
            log.info(state)

    def _retire(self, ring: Ring | None) -> None:
        """Close ``ring`` aside, since its threads may take seconds over dead nodes."""
        if ring:
            task = asyncio.create_task(asyncio.to_thread(ring.close))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
