"""Which alerts are due: the readings of a run held against users' limits of that moment. Pure.

A load that sets limits tells of each change in its ledger: a request called ``SET`` or ``DROP`` whose
operation is ``other``, whose key is ``STATION/USER`` and whose value is ``HIGH|LOW`` (°C; a side without a
limit is empty). An alert is known by ``READING.USER``, as the stack knows it.

A reading counts by the limit that held when it was taken. The job that holds it to that may be behind, and
then judges by the limit that it knows; and a change takes its time to get there. So around a change a reading
is due, or not due, only where all limits agree that may have been applied to it. Else nobody knows: that
alert counts neither as lost nor as wrong.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import inf
from typing import NamedTuple

from slaharness.ledger.ledger import Request

SET, DROP = "set alert limits", "drop alert limits"
#: Seconds that the job may be behind: so long a limit may be applied to readings that were taken before it
#: was set, and the limit before it to those taken after.
BEHIND = 120.0
#: Seconds that the clocks of stations and of the service that takes limits may be apart, and for which a
#: change may still be made that got no answer, or a bad one.
CLOCKS, GIVEN_UP = 1.0, 15.0


class Limit(NamedTuple):
    """What a user asked for; it began to hold between two instants (epoch s), or never if not ``sure``.

    From ``replaced`` on it does not hold any more.
    """

    since: float
    until: float
    high: float
    low: float
    sure: bool
    replaced: float = inf

    def is_beyond(self, temperature: float) -> bool:
        return temperature > self.high or temperature < self.low


class Reading(NamedTuple):
    """What was asked about one reading; ``at`` and the temperatures as they were sent."""

    asked: Sequence[Request]
    station: str
    at: str
    temperatures: Sequence[str]


def due(asked: Iterable[Request]) -> Iterator[Request]:
    """Alerts as writes of what is kept for users: ``ok`` is one that is due, ``unknown`` one that may be."""
    limits: defaultdict[str, defaultdict[str, list[Limit]]] = defaultdict(lambda: defaultdict(list))
    readings: defaultdict[str, list[Request]] = defaultdict(list)
    for one in asked:
        if one.name in {SET, DROP}:
            station, _, user = one.key.partition("/")
            limits[station][user].append(_limit(one))
        elif one.key and one.operation in {"write", "delete"}:
            readings[one.key].append(one)
    known = {station: {user: _in_turn(words) for user, words in of.items()} for station, of in limits.items()}
    for key, some in readings.items():
        if reading := _reading(some):
            for user, words in known.get(reading.station, {}).items():
                yield from _alert(key, reading, user, words)


def _limit(asked: Request) -> Limit:
    sure = asked.outcome == "ok"
    high, _, low = asked.value.partition("|")
    until = asked.finished + CLOCKS + (0 if sure else GIVEN_UP)
    return Limit(asked.sent - CLOCKS, until, float(high or inf), float(low or -inf), sure)


def _in_turn(limits: Sequence[Limit]) -> list[Limit]:
    """The same, each with when there surely was a later one."""
    later = (
        min((one.until for one in limits if one.sure and one.since > each.until), default=inf)
        for each in limits
    )
    return [each._replace(replaced=at) for each, at in zip(limits, later, strict=True)]


def _reading(asked: Sequence[Request]) -> Reading | None:
    """None of one that was only ever withdrawn."""
    values = [one.value.split("|") for one in asked if one.operation == "write"]
    if not values:
        return None
    station, at, _ = values[0]
    return Reading(sorted(asked, key=lambda one: one.sent), station, at, [each[2] for each in values])


def _alert(key: str, reading: Reading, user: str, limits: Sequence[Limit]) -> Iterator[Request]:
    first = reading.asked[0]
    if abs(int(reading.at) / 1000 - first.intended) > CLOCKS:  # sent late, of a time of other limits, perhaps
        known = None if _any_beyond(limits, reading.temperatures) else False
    elif len(reading.asked) == 1 and first.outcome == "ok":
        known = _known(first, float(reading.temperatures[0]), limits)
    else:  # whether its first word came, or a later one before it, nobody knows
        words = [one for one in limits if one.since - BEHIND <= reading.asked[-1].finished + BEHIND]
        known = None if _any_beyond(words, reading.temperatures) else False
    if known is not False:
        for temperature in dict.fromkeys(reading.temperatures):
            yield Request(
                first.intended, first.sent, first.finished, "alert", "write", f"{key}.{user}",
                f"{user}|{reading.station}|{reading.at}|{temperature}", "ok" if known else "unknown", 0,
            )  # fmt: skip


def _any_beyond(limits: Iterable[Limit], temperatures: Iterable[str]) -> bool:
    return any(one.is_beyond(float(temperature)) for temperature in temperatures for one in limits)


def _known(reading: Request, temperature: float, limits: Sequence[Limit]) -> bool | None:
    """Whether the alert is due; None when nobody knows."""
    possible = [one for one in limits if _may_apply(one, reading)]
    if not any(one.is_beyond(temperature) for one in possible):
        return False
    before = [one for one in possible if one.sure and one.until < reading.intended]
    if not before:
        return None
    # That one is held against it even if it comes later, unless one that was set after it has come by then.
    standing = max(before, key=lambda one: one.since)
    later = [one for one in possible if one is not standing and one.until > standing.since]
    in_turn = standing.until + BEHIND < max(reading.sent, min((one.since for one in later), default=inf))
    return (in_turn and all(one.is_beyond(temperature) for one in (standing, *later))) or None


def _may_apply(limit: Limit, reading: Request) -> bool:
    """Whether the job may hold the reading against that limit, however far behind it is with either."""
    return limit.since - BEHIND <= reading.finished and reading.intended <= limit.replaced + BEHIND
