"""What messages say of readings: a word each, of which the last one stands. Pure.

Each replica tells of each write, and after a kill some things are told again. A reading is known by what is
its key in the database, and of several words on it that with the largest ``written`` is the last; at one
instant a withdrawal is.
"""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

#: As the API has them. Nothing else becomes part of a path in the object store.
STATION = re.compile(r"[A-Za-z0-9._-]{1,64}")
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: Epoch milliseconds: the last instant that has a date, and how far clocks may be apart.
LAST, FUTURE = 253_402_300_799_999, 86_400_000
#: Epoch microseconds that fit where they are kept.
WRITTEN = 2**63 - 1
#: The region of stations that name none of those that there are.
ELSEWHERE = "elsewhere"


class Refused(ValueError):
    """A message that says nothing that could be true, and why."""


@dataclass(frozen=True, slots=True)
class Word:
    """``at``: epoch ms. ``temperature``: °C, None when the reading is withdrawn. ``written``: epoch µs."""

    station: str
    at: int
    id: str
    temperature: float | None
    written: int
    deleted: bool

    @property
    def key(self) -> tuple[str, int, str]:
        return self.station, self.at, self.id

    @property
    def rank(self) -> tuple[int, bool]:
        return self.written, self.deleted

    @property
    def day(self) -> date:
        """In UTC, as the database has it."""
        return datetime.fromtimestamp(self.at / 1000, UTC).date()

    def region(self, regions: Iterable[str]) -> str:
        """That which the station's name begins with; there are no others than ``regions``."""
        begins = self.station.partition("-")[0]
        return begins if begins in regions else ELSEWHERE


def read(content: bytes, now: int) -> Word:
    """The word in a message; ``now`` is in epoch ms. Raises Refused. What it says beside is left out."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Refused(f"no JSON: {error}"[:300]) from error
    if not isinstance(said, dict):
        raise Refused("no JSON object")
    deleted = _checked(said, "deleted", isinstance(said.get("deleted"), bool))
    return Word(
        station=_checked(said, "station", _matches(STATION, said.get("station"))),
        at=_checked(said, "at", _within(said.get("at"), min(LAST, now + FUTURE))),
        id=_checked(said, "id", _matches(ID, said.get("id"))),
        temperature=None if deleted else float(_checked(said, "temperature", _finite(said))),
        written=_checked(said, "written", _within(said.get("written"), WRITTEN)),
        deleted=deleted,
    )


def last_of(words: Iterable[Word]) -> list[Word]:
    """One word a reading."""
    last: dict[tuple[str, int, str], Word] = {}
    for word in words:
        if (there := last.get(word.key)) is None or word.rank > there.rank:
            last[word.key] = word
    return list(last.values())


def _checked(said: dict[str, Any], name: str, good: bool) -> Any:  # noqa: FBT001 - read aloud: checked, if good
    if good:
        return said[name]
    told = repr(said[name])[:80] if name in said else "nothing"
    raise Refused(f"{name}: {told}")


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _within(value: object, most: int) -> bool:
    return type(value) is int and 0 <= value <= most  # True is an int, too


def _finite(said: dict[str, Any]) -> bool:
    value = said.get("temperature")
    try:
        return type(value) in {int, float} and math.isfinite(value)
    except OverflowError:  # an int beyond every float
        return False
