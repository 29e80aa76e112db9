"""The border to Pulsar: the subscription that alerts come by, a look at what comes, the dead letters."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulsar
from pulsar import asyncio as client

from weather.settings import Settings

SUBSCRIPTION = "notify"
#: Messages that Pulsar sends ahead, and as many wait here: the largest that it takes (1 MiB) have to fit.
AHEAD = 50
#: Seconds for Pulsar to do one thing.
TAKES = 10
#: Bytes of a message that are kept with the reason why it was refused.
KEPT = 64 << 10


#: What comes of a Pulsar that is away or refuses.
TROUBLE = (client.PulsarException, pulsar.PulsarException, OSError)


@dataclass(frozen=True, slots=True)
class Message:
    """What came, and what acknowledging it takes."""

    content: bytes
    raw: Any


class Incoming:
    """Messages of a consumer or a reader, one by one or as many as have come.

    Whoever gives up waiting for one message would lose it, so one task does nothing but wait.
    """

    def __init__(self, receive: Callable[[], Awaitable[Any]]) -> None:
        self._receive = receive
        self._come: asyncio.Queue[Message] = asyncio.Queue(AHEAD)

    async def pump(self) -> None:
        """Until cancelled, or Pulsar has no more for us."""
        while True:
            message = await self._receive()
            await self._come.put(Message(message.data(), message.message_id()))

    async def batch(self) -> list[Message]:
        """At least one."""
        found = [await self._come.get()]
        while not self._come.empty():
            found.append(self._come.get_nowait())
        return found


class Topic:
    """Alerts as they come to us and, in our stead, to nobody else; and as they come to anybody."""

    def __init__(self, name: str, consumer: Any, reader: Any, dead: Any) -> None:
        self._name, self._consumer, self._dead = name, consumer, dead
        self.due = Incoming(consumer.receive)
        self.seen = Incoming(reader.read_next)

    async def bury(self, message: Message, reason: str) -> None:
        """Return when Pulsar has it among the dead letters."""
        place = f"{message.raw.ledger_id()}:{message.raw.entry_id()}"
        about = {
            "reason": reason[:1000],
            "topic": self._name,
            "message": place,
            "bytes": str(len(message.content)),
        }
        await self._dead.send(message.content[:KEPT], properties=about)

    async def acknowledge(self, last: Message) -> None:
        """All up to ``last`` are done with. One that gets lost costs repeats only."""
        await self._consumer.acknowledge_cumulative(last.raw)


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Topic]:
    """Everything at Pulsar that this needs, closed in the end. Raises TROUBLE."""
    name = settings.alerts
    token = await asyncio.to_thread(Path(settings.pulsar_token).read_text)
    broker = client.Client(
        settings.pulsar,
        authentication=pulsar.AuthenticationToken(token.strip()),
        tls_trust_certs_file_path=settings.pulsar_authority or None,
        tls_validate_hostname=True,
        operation_timeout_seconds=TAKES,
        logger=pulsar.ConsoleLogger(pulsar.LoggerLevel.Warn),
    )
    try:
        # Of all instances one has the subscription at a time, so that alerts are numbered as they come.
        consumer = await broker.subscribe(
            name, SUBSCRIPTION, consumer_type=pulsar.ConsumerType.Failover, receiver_queue_size=AHEAD
        )
        reader = await broker.create_reader(name, pulsar.MessageId.latest, receiver_queue_size=AHEAD)
        dead = await broker.create_producer(
            f"{name}-{SUBSCRIPTION}-DLQ", batching_enabled=False, send_timeout_millis=TAKES * 1000
        )
        yield Topic(name, consumer, reader, dead)
    finally:
        with contextlib.suppress(client.PulsarException):
            await broker.close()
