"""Every message that is in a topic now, read as an onlooker: no subscription, nothing is acknowledged."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pulsar

from readback.errors import Trouble
from readback.rows import Message

#: Milliseconds for one message that is known to be there.
WITHIN = 10_000
#: Messages that may be on their way at once.
AHEAD = 2000


@contextmanager
def connected(url: str, token: Path, authority: str = "") -> Iterator[pulsar.Client]:
    """A client of Pulsar with the token in that file.

    Where the address begins with ``pulsar+ssl``, Pulsar has to have a certificate for its name, of one of
    those in the file ``authority`` (PEM), before it is told anything.
    """
    client = pulsar.Client(
        url,
        authentication=pulsar.AuthenticationToken(token.read_text().strip()),
        tls_trust_certs_file_path=authority or None,
        tls_validate_hostname=True,
        operation_timeout_seconds=20,
        logger=pulsar.ConsoleLogger(pulsar.LoggerLevel.Warn),
    )
    try:
        yield client
    finally:
        client.close()


def messages(client: pulsar.Client, topic: str) -> Iterator[Message]:
    """From the oldest that is kept to the newest at this moment. Raises Trouble."""
    try:
        reader = client.create_reader(topic, pulsar.MessageId.earliest, receiver_queue_size=AHEAD)
        try:
            while reader.has_message_available():
                message = reader.read_next(WITHIN)
                yield Message(message.data(), message.publish_timestamp())
        finally:
            reader.close()
    except pulsar.PulsarException as error:
        raise Trouble(f"reading {topic}: {error}") from error
