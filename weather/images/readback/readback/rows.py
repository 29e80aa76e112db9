r"""What a topic's messages come to for a consumer that does as it is told: one row a reading, its last word.

Each replica tells of each write, and after a kill some things are told again: a message is known by the id
of its reading and by the instant at which it was written, and of several the latest stands. Pure.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

HEADER = "station,at,id,temperature,arrived\n"


@dataclass(frozen=True)
class Message:
    """What came, and when (epoch milliseconds)."""

    content: bytes
    arrived: int


class Malformed(ValueError):
    """A message that is none of ours."""


def folded(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """The rows that are left, each with when its last word came first. Raises Malformed."""
    words: dict[str, tuple[tuple[int, bool], dict[str, Any]]] = {}
    for message in messages:
        said = _read(message)
        rank = (said["written"], said["deleted"])
        if (there := words.get(said["id"])) is None or rank > there[0]:
            words[said["id"]] = (rank, {**said, "arrived": message.arrived})
    return [said for _, said in words.values() if not said["deleted"]]


def lines(found: list[dict[str, Any]]) -> Iterator[str]:
    """CSV whose last line proves it whole: ``# end,<count>``."""
    yield HEADER
    for row in found:
        yield f"{row['station']},{row['at']},{row['id']},{row['temperature']!r},{row['arrived']}\n"
    yield f"# end,{len(found)}\n"


def _read(message: Message) -> dict[str, Any]:
    try:
        said = json.loads(message.content)
        return {name: said[name] for name in ("station", "at", "id", "temperature", "written", "deleted")}
    except (ValueError, LookupError, TypeError) as error:
        raise Malformed(f"{message.content[:120]!r}: {error!r}") from error
