"""The topic: messages in batches, one acknowledgement of all so far, and the topic of dead letters."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pulsar

#: Milliseconds to wait for a first message, until somebody looks whether this is to end.
FIRST = 1000
#: Seconds that a batch may take to fill, how many messages it may have, and their bytes.
FILL, MESSAGES, BYTES = 5.0, 5000, 8 << 20
#: Messages that Pulsar may send ahead: all of the largest that it takes (1 MiB) have to fit into memory.
AHEAD = 200
#: Bytes of a message that are kept with the reason why it was refused: Pulsar might refuse more as well.
KEPT = 64 << 10
#: Seconds for Pulsar to take a message.
TAKES = 10


class Trouble(Exception):
    """Pulsar did not do what it was asked: why, in one line."""


@dataclass(frozen=True, slots=True)
class Message:
    """What came; ``published``: epoch ms; ``raw``: what acknowledging it takes."""

    content: bytes
    published: int
    raw: pulsar.MessageId

    @property
    def place(self) -> str:
        """Where in the topic it is: ledger, entry."""
        return f"{self.raw.ledger_id()}:{self.raw.entry_id()}"


class Topic:
    """One subscription, of which this is the only reader, and the topic of dead letters beside it."""

    def __init__(self, consumer: pulsar.Consumer, dead: pulsar.Producer, name: str) -> None:
        self._consumer, self._dead, self._name = consumer, dead, name

    @classmethod
    def opened(cls, client: pulsar.Client, name: str, subscription: str) -> Self:
        """Raise Trouble while Pulsar is away, has no such topic, or another sink reads it."""
        try:
            dead = client.create_producer(
                f"{name}-{subscription}-DLQ", batching_enabled=False, send_timeout_millis=TAKES * 1000
            )
            # Exclusive: whoever comes while another sink lives is refused, and tries again.
            consumer = client.subscribe(
                name, subscription, consumer_type=pulsar.ConsumerType.Exclusive, receiver_queue_size=AHEAD
            )
        except pulsar.PulsarException as error:
            raise Trouble(f"opening {name}: {error}") from error
        return cls(consumer, dead, name)

    def batch(self) -> list[Message]:
        """What came within FILL seconds of the first, as much as fits; nothing when nothing comes.

        Raises Trouble when there is no subscription any more; while Pulsar is away, nothing comes.
        """
        found: list[Message] = []
        ends, held = 0.0, 0
        while len(found) < MESSAGES and held < BYTES:
            left = FIRST if not found else int((ends - time.monotonic()) * 1000)
            if left <= 0 or (message := self._next(left)) is None:
                break
            ends = ends or time.monotonic() + FILL
            found.append(message)
            held += len(message.content)
        return found

    def _next(self, within: int) -> Message | None:
        try:
            message = self._consumer.receive(timeout_millis=within)
        except pulsar.Timeout:
            return None
        except pulsar.PulsarException as error:
            raise Trouble(f"reading {self._name}: {error}") from error
        return Message(message.data(), message.publish_timestamp(), message.message_id())

    def bury(self, message: Message, reason: str) -> None:
        """Return when Pulsar has it among the dead letters. Raises Trouble."""
        about = {
            "reason": reason,
            "topic": self._name,
            "message": message.place,
            "bytes": str(len(message.content)),
        }
        try:
            self._dead.send(message.content[:KEPT], properties=about)
        except pulsar.PulsarException as error:
            raise Trouble(f"burying {message.place}: {error}") from error

    def acknowledge(self, last: Message) -> None:
        """All up to ``last`` are done with. One that gets lost costs repeats only. Raises Trouble."""
        try:
            self._consumer.acknowledge_cumulative(last.raw)
        except pulsar.PulsarException as error:
            raise Trouble(f"acknowledging {last.place}: {error}") from error


def connected(url: str, token: Path, authority: str = "") -> pulsar.Client:
    """A client of Pulsar with the token in that file.

    Where the address begins with ``pulsar+ssl``, Pulsar has to have a certificate for its name, of one of
    those in the file ``authority`` (PEM), before it is told anything.
    """
    return pulsar.Client(
        url,
        authentication=pulsar.AuthenticationToken(token.read_text().strip()),
        tls_trust_certs_file_path=authority or None,
        tls_validate_hostname=True,
        operation_timeout_seconds=TAKES,
        logger=pulsar.ConsoleLogger(pulsar.LoggerLevel.Warn),
    )
