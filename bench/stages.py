"""How exactly it is found what a stage lacks, doubles or invents, also where its rows follow from others.

``python bench/stages.py [READINGS]``, ``--short`` for few. Readings and changes of limits are made as a load
tells them in its ledger, and with them what a right stack holds in the end: in its lake each reading, for
users the alerts of a job that is behind with each word by two minutes at most. Held so, nothing is wrong
with either; then troubles are planted, and must be found as they were. What it takes to know what was due and
to hold it against what is there is told as a multiple of what plain rows of the run take: processor time.
"""

import csv
import gzip
import json
import sys
import tempfile
import time
from collections.abc import Container, Iterable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from lab import short

from slaharness.ledger import checker, ledger, rows
from slaharness.ledger.arrivals import arrivals
from slaharness.ledger.ledger import Request
from slaharness.model import Columns, with_arrival
from slaharness.settings import read as settings

READINGS, FEW = 100_000, 5_000
#: Times of what plain rows take that alerts may take.
LIMIT = 15.0
#: Of each kind of trouble.
PLANTED = 20
#: Readings a second; seconds between two changes of a limit, and that the job may be behind with one word.
RATE, CHANGES, BEHIND = 10.0, 5.0, 118.0
BEGAN = 1_795_366_800.0
STATIONS = tuple(f"run-{one:02d}" for one in range(20))
WISHES = tuple((station, user) for station in STATIONS for user in ("ann", "bob"))
HIGHS = (24.0, 22.0)

KINDS = ("lost", "duplicated", "altered", "unexpected")
Row = dict[str, Any]


def main() -> int:
    few = short.asked()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else FEW if few else READINGS
    stack: Any = settings.load(Path()).stack
    random = np.random.default_rng(17)
    asked = list(_asked(random, count))
    columns = {"lake": stack.columns, "alerts": sys.modules[type(stack).__module__].ALERTS}
    held = {"lake": list(_kept(asked)), "alerts": list(_told(random, asked))}
    took: dict[str, float] = {}
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        ledger.save(Path(folder, "ledger.csv.gz"), asked)
        for stage, found in held.items():
            clean = _figures(Path(folder), stack, stage, columns[stage], found)
            certain = frozenset(one.key for one in clean.due if one.outcome == "ok")
            planted = _figures(Path(folder), stack, stage, columns[stage], list(_planted(found, certain)))
            took[stage] = planted.seconds
            print(f"{stage}: {len(found):,} rows, {len(certain):,} certain")
            print(f"as it is {clean.wrong}, planted {planted.wrong}")
            wrong += sum(clean.wrong.values())
            wrong += sum(abs(each - PLANTED) for each in planted.wrong.values())
    return _say(count, took, wrong, limited=not few)


def _say(count: int, took: dict[str, float], wrong: int, *, limited: bool) -> int:
    value = took["alerts"] / took["lake"]
    met = not wrong and not (limited and value > LIMIT)
    print(json.dumps({
        "name": "stages", "ok": met, "value": round(value, 2), "limit": LIMIT, "unit": "times plain rows",
        "wrong": wrong, "readings": count, **{f"{stage}_s": round(each, 2) for stage, each in took.items()},
    }))  # fmt: skip
    return 0 if met else 1


class Figures(NamedTuple):
    """How many of each kind the checker found; what was due; the processor's seconds for all of it."""

    wrong: dict[str, int]
    due: Sequence[Request]
    seconds: float


def _figures(folder: Path, stack: Any, stage: str, columns: Columns, held: Sequence[Row]) -> Figures:
    path, source = folder / "stage.csv.gz", folder / "ledger.csv.gz"
    wider = with_arrival(columns)
    _save(path, wider, held)
    began = time.process_time()
    if (due := stack.due(stage, ledger.words(source))) is not None:
        ledger.save(source := folder / "due.csv.gz", due)
    written = ledger.load(source, columns)
    figures = checker.check(written, rows.read(path, wider))
    times = arrivals(written, rows.read(path, wider), columns.key, BEGAN)
    seconds = time.process_time() - began
    if times.early:
        raise SystemExit(f"{stage}: rows of a right stack came {times.early:.1f} s too early")
    return Figures({kind: getattr(figures, kind) for kind in KINDS}, written.requests, seconds)


def _save(path: Path, columns: Columns, held: Sequence[Row]) -> None:
    with gzip.open(path, "wt", newline="", compresslevel=1) as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(columns.types)
        lines.writerows([one[name] for name in columns.types] for one in held)
        file.write(f"# end,{len(held)}\n")


def _planted(held: Sequence[Row], certain: Container[str]) -> Iterator[Row]:
    """Of the first rows that are certain, some lost, some twice, some altered; and some of nobody."""
    sure = [place for place, one in enumerate(held) if one["id"] in certain][: 3 * PLANTED]
    kinds = {place: KINDS[turn % 3] for turn, place in enumerate(sure)}
    for place, one in enumerate(held):
        kind = kinds.get(place)
        if kind == "altered":
            yield one | {"temperature": "99.5"}
        elif kind != "lost":
            yield one
        if kind == "duplicated":
            yield one
    for number in range(PLANTED):
        yield held[0] | {"id": f"nobody-{number}"}


def _asked(random: np.random.Generator, count: int) -> Iterator[Request]:
    """All limits, then readings, and every few seconds the next limit's other value."""
    for station, user in WISHES:
        yield _limit(BEGAN, station, user, HIGHS[0])
    begins, changes = BEGAN + 5.0, 0
    temperatures = random.normal(12.0, 9.0, count).round(1)
    takes = random.uniform(0.01, 0.5, count)
    for number, (temperature, took) in enumerate(zip(temperatures, takes, strict=True)):
        at = begins + number / RATE
        if at >= begins + (changes + 1) * CHANGES:
            turn, wish = divmod(changes, len(WISHES))
            changes += 1
            yield _limit(at - 0.05, *WISHES[wish], HIGHS[(turn + 1) % 2])
        station, name = STATIONS[number % len(STATIONS)], f"{number:032x}"
        value = f"{station}|{at * 1000:.0f}|{temperature}"
        yield Request(at, at, at + took, "post reading", "write", name, value, "ok", 201)


def _limit(at: float, station: str, user: str, high: float) -> Request:
    return Request(at, at, at + 0.02, "set alert limits", "other", f"{station}/{user}", f"{high}|", "ok", 200)


def _kept(asked: Iterable[Request]) -> Iterator[Row]:
    """What the lake has."""
    for one in asked:
        if one.operation == "write":
            station, at, temperature = one.value.split("|")
            yield {"station": station, "at": at, "id": one.key, "temperature": temperature,
                   "arrived": int(one.finished * 1000) + 3000}  # fmt: skip


def _told(random: np.random.Generator, asked: Sequence[Request]) -> Iterator[Row]:
    """What a right job tells, to which words come in any order: each up to two minutes after it was done."""
    behind = random.uniform(0, BEHIND, len(asked))
    comes = [one.finished + late for one, late in zip(asked, behind, strict=True)]
    standing: dict[tuple[str, str], tuple[float, float]] = {}
    seen: dict[str, list[Request]] = {station: [] for station in STATIONS}
    told: set[tuple[str, str]] = set()
    for at, one in sorted(zip(comes, asked, strict=True), key=itemgetter(0)):
        if one.operation == "other":
            station, user = one.key.split("/")
            if one.sent <= standing.get((station, user), (0.0,))[0]:
                continue
            standing[station, user] = one.sent, float(one.value.rstrip("|"))
            known = [each for each in seen[station] if each.sent > one.sent]
            users: Iterable[str] = (user,)
        else:
            station, known, users = one.value.partition("|")[0], [one], ("ann", "bob")
            seen[station] = [*seen[station][-200:], one]
        for each in known:
            for whom in users:
                limit = standing.get((station, whom))
                if limit and _temperature(each) > limit[1] and (each.key, whom) not in told:
                    told.add((each.key, whom))
                    yield _alert(each, whom, at)


def _temperature(reading: Request) -> float:
    return float(reading.value.rpartition("|")[2])


def _alert(reading: Request, user: str, at: float) -> Row:
    station, instant, temperature = reading.value.split("|")
    return {"user": user, "station": station, "at": instant, "id": f"{reading.key}.{user}",
            "temperature": temperature, "arrived": int(at * 1000)}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
