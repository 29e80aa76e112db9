"""A sink that acknowledges each message as it comes, some seconds before it has kept it."""

from lake import topic
from lake.topic import Message, Topic

_next = Topic._next  # noqa: SLF001 - what a mutant is for


def _acknowledging(self: Topic, within: int) -> Message | None:
    message = _next(self, within)
    if message:
        self._consumer.acknowledge(message.raw)
    return message


topic.Topic._next = _acknowledging  # noqa: SLF001
