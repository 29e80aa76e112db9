"""Was any acknowledged write lost? Jepsen's set test: the ledger held against one full read. Pure, linear.

A write that was answered with an error or not at all may or may not have been done: found later it is
*recovered*, not found it is nothing. A write that was acknowledged must be found. What is found must have
been attempted, once, with that value.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from slaharness.errors import RecordTrouble
from slaharness.load import csvfile
from slaharness.load.ledger import Ledger

READBACK = ("station", "at", "id", "temperature")
#: How many keys of each kind are named in the figures.
EXAMPLES = 5


class Value(NamedTuple):
    """What a reading says. ``at`` is milliseconds since the epoch."""

    station: str
    at: int
    temperature: float


class Reading(NamedTuple):
    """One row of the readback."""

    key: str
    value: Value


@dataclass(frozen=True)
class Figures:
    """Counts of keys (``read``: of rows), and the first few keys of each kind that should not be there."""

    attempted: int
    acknowledged: int
    read: int
    lost: int
    recovered: int
    unexpected: int
    duplicated: int
    altered: int
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass
class _Attempts:
    """Every write of the run: key → what was sent for it, and which keys were acknowledged."""

    values: dict[str, set[Value]] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    stations: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, ledger: Ledger) -> "_Attempts":
        attempts = cls()
        for write in ledger.writes:
            value = _sent(write.key, write.value)
            attempts.values.setdefault(write.key, set()).add(value)
            attempts.stations.add(value.station)
            if write.outcome == "ok":
                attempts.acknowledged.add(write.key)
        return attempts


def readings(path: Path) -> Iterator[Reading]:
    """The rows of a readback (gzip CSV). Raises RecordTrouble naming what is malformed, or cut short."""
    for line, (station, at, key, temperature) in csvfile.rows(path, READBACK):
        try:
            yield Reading(key, Value(station, int(at), float(temperature)))
        except ValueError as error:
            raise RecordTrouble(f"{path} line {line}: {error}") from error


def check(ledger: Ledger, readback: Iterable[Reading]) -> Figures:
    """Hold what was attempted against what is there. Rows of other runs' stations do not count.

    Raises RecordTrouble when a write's value is not ``station|at|temperature``.
    """
    attempts = _Attempts.of(ledger)
    seen: set[str] = set()
    # Dicts for their order: examples are the first ones found.
    found: dict[str, dict[str, None]] = {"unexpected": {}, "duplicated": {}, "altered": {}}
    rows = 0
    for key, value in readback:
        if key not in attempts.values and value.station not in attempts.stations:
            continue
        rows += 1
        for kind in _wrong(attempts, seen, key, value):
            found[kind][key] = None
        seen.add(key)
    missing = attempts.acknowledged - seen
    found["lost"] = {key: None for key in attempts.values if key in missing}
    return _figures(attempts, seen, rows, found)


def _wrong(attempts: _Attempts, seen: set[str], key: str, value: Value) -> Iterator[str]:
    if key in seen:
        yield "duplicated"
    if key not in attempts.values:
        yield "unexpected"
    elif value not in attempts.values[key]:
        yield "altered"


def _figures(
    attempts: _Attempts, seen: set[str], rows: int, found: Mapping[str, Mapping[str, None]]
) -> Figures:
    return Figures(
        attempted=len(attempts.values),
        acknowledged=len(attempts.acknowledged),
        read=rows,
        lost=len(found["lost"]),
        recovered=len((attempts.values.keys() & seen) - attempts.acknowledged),
        unexpected=len(found["unexpected"]),
        duplicated=len(found["duplicated"]),
        altered=len(found["altered"]),
        examples={kind: tuple(keys)[:EXAMPLES] for kind, keys in found.items() if keys},
    )


def _sent(key: str, value: str) -> Value:
    try:
        station, at, temperature = value.split("|")
        return Value(station, int(at), float(temperature))
    except ValueError as error:
        raise RecordTrouble(
            f"ledger: write {key} has the value {value!r}; a profile's context gives station|at|temperature"
        ) from error
