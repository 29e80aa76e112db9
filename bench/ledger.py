"""How long ten million writes and deletes take to be checked against what was read back, on one core.

``python bench/ledger.py [OPERATIONS]``; with ``--short`` a few, whose time and memory are not limited. A
ledger and a readback with known troubles are made in a temporary folder; a child process loads and checks
them, and its figures must be exactly those that were planted. What is limited is the processor's time,
reading the readback included: waiting for a busy core is not the check's.
"""

import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from lab import short
from pyarrow import csv

from slaharness.ledger import checker, ledger, rows
from slaharness.model import Columns, ColumnType

OPERATIONS, FEW = 10_000_000, 300_000
SECONDS, GIB = 10.0, 1.0
#: Of each part of the ledger, what is written first, then overwritten, then deleted; the rest is left alone.
PART = 100_000
FIRST, OVERWRITTEN, DELETED = (PART * share // 10 for share in (8, 1, 1))
#: Of each kind of trouble, how many keys of each part.
PLANTED = 5
START = 1_795_366_800.0
STEP = 0.0005
#: Where among the keys troubles are planted: overwritten ones, deleted ones, three kinds of left ones.
_KINDS = (
    (0, OVERWRITTEN), (OVERWRITTEN, PART - FIRST),
    (PART - FIRST, FIRST // 2), (FIRST // 2, FIRST * 3 // 4), (FIRST * 3 // 4, FIRST),
)  # fmt: skip
#: What is read back.
COLUMNS = Columns(
    {
        "station": ColumnType.TEXT,
        "at": ColumnType.INTEGER,
        "id": ColumnType.TEXT,
        "temperature": ColumnType.NUMBER,
    },
    key="id",
    run="station",
)
_SCHEMA = pa.schema({"station": pa.utf8(), "at": pa.int64(), "id": pa.utf8(), "temperature": pa.float64()})
_PLAIN = csv.WriteOptions(include_header=False, quoting_style="none")


def main() -> None:
    match sys.argv[1:]:
        case ["make", folder, operations]:
            make(Path(folder), int(operations))
        case ["check", folder]:
            check(Path(folder))
        case _ if short.asked():
            sys.exit(bench(FEW, limited=False))
        case arguments:
            sys.exit(bench(int(arguments[0]) if arguments else OPERATIONS))


def bench(operations: int, *, limited: bool = True) -> int:
    with tempfile.TemporaryDirectory() as folder:
        _, planted = _child("make", folder, str(operations))
        print(f"made {operations:,} operations: {planted}", flush=True)
        memory, found = _child("check", folder)
    figures = found.pop("figures")
    exact = all(figures[kind] == count for kind, count in planted.items())
    gib = memory / 2**20
    met = exact and not (limited and (found["check"] > SECONDS or gib > GIB))
    print(f"found {figures}")
    print(json.dumps({
        "name": "ledger", "ok": met,
        "value": round(found["check"], 2), "limit": SECONDS, "unit": "s of one core",
        "with_loading": round(found["check"] + found["load"], 2),
        "with_loading_wall": round(found["wall"], 2), "operations": operations,
        "memory_gib": round(gib, 3), "memory_limit_gib": GIB, "figures_exact": exact,
        "load_before": found["busy"],
    }))  # fmt: skip
    return 0 if met else 1


def _child(*arguments: str) -> tuple[int, dict[str, Any]]:
    """What a process of this script's own said, and the most memory that it held, in KiB."""
    process = subprocess.Popen([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True)
    with process.stdout as out:
        said = out.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{arguments[0]} ended with {process.returncode}")
    return usage.ru_maxrss, json.loads(said)


def check(folder: Path) -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    busy = os.getloadavg()[0]
    began, real = time.process_time(), time.monotonic()
    book = ledger.load(folder / "ledger.csv.gz", COLUMNS)
    loaded = time.process_time()
    figures = checker.check(book, rows.read(folder / "readback.csv.gz", COLUMNS))
    ended = time.process_time()
    seconds = {"load": loaded - began, "check": ended - loaded, "wall": time.monotonic() - real}
    print(json.dumps({**seconds, "busy": round(busy, 1), "figures": asdict(figures)}))


def make(folder: Path, operations: int) -> None:
    """Write both files, part by part; each part's keys are its own."""
    random = np.random.default_rng(4)
    planted: Counter[str] = Counter()
    with (
        gzip.open(folder / "ledger.csv.gz", "wb", compresslevel=1) as book,
        gzip.open(folder / "readback.csv.gz", "wb", compresslevel=1) as back,
    ):
        book.write((",".join(ledger.HEADER) + "\n").encode())
        back.write((",".join(COLUMNS.types) + "\n").encode())
        for number in range(operations // PART):
            requests = Requests(random, number)
            there, counts = requests.read_back()
            csv.write_csv(requests.table(), book, _PLAIN)
            csv.write_csv(there, back, _PLAIN)
            planted += counts
        book.write(f"# end,{operations // PART * PART}\n".encode())
        back.write(f"# end,{planted['read']}\n".encode())
    print(json.dumps(planted))


class Requests:
    """``FIRST`` keys are written; then the first of them are written again, and the next ones deleted.

    One request of fifty is not acknowledged, and then was done or not, by chance.
    """

    def __init__(self, random: np.random.Generator, number: int) -> None:
        self.random = random
        self.sent = START + (number * PART + np.arange(PART)) * STEP
        self.finished = self.sent + random.uniform(0.01, 0.3, PART)
        self.keys = uuids(random, FIRST)
        self.station = pc.binary_join_element_wise(
            "bench", pa.array(random.integers(10, 30, PART)).cast(pa.utf8()), "-"
        )
        self.at = pa.array(np.round(self.sent * 1000).astype(np.int64) + np.arange(PART))
        self.temperature = np.round(random.normal(12, 9, PART), 1)
        self.acknowledged = random.random(PART) >= 1 / 50
        self.done = self.acknowledged | (random.random(PART) < 1 / 2)

    def table(self) -> pa.Table:
        """As the recorder writes them."""
        again = OVERWRITTEN + DELETED
        values = pc.binary_join_element_wise(
            self.station, self.at.cast(pa.utf8()), pa.array(self.temperature).cast(pa.utf8()), "|"
        )
        unsure = np.where(self.random.random(PART) < 1 / 2, "fail", "unknown")
        columns = {
            "intended": self.sent,
            "sent": self.sent,
            "finished": self.finished,
            "name": ["change reading"] * PART,
            "operation": ["write"] * (PART - DELETED) + ["delete"] * DELETED,
            "key": pa.concat_arrays([self.keys, self.keys[:again]]),
            "value": pa.concat_arrays([values[: PART - DELETED], pa.array([""] * DELETED)]),
            "outcome": np.where(self.acknowledged, "ok", unsure),
            "status": np.where(self.acknowledged, 201, 503),
        }
        return pa.table({name: columns[name] for name in ledger.HEADER})

    def read_back(self) -> tuple[pa.Table, Counter[str]]:
        """What a database would hold that has the planted troubles, and how many there are of each."""
        holds = np.where(self.done[:FIRST], np.arange(FIRST), -1)
        again = np.arange(FIRST, PART)
        holds[: PART - FIRST] = np.where(
            self.done[FIRST:], np.where(again < PART - DELETED, again, -1), holds[: PART - FIRST]
        )
        counts = self._counts(holds)
        sure = self.acknowledged[:FIRST].copy()
        sure[: PART - FIRST] &= self.acknowledged[FIRST:]
        stale, risen, gone, changed, twice = (
            self.random.choice(first + np.flatnonzero(sure[first:last]), PLANTED, replace=False)
            for first, last in _KINDS
        )
        holds[stale], holds[risen], holds[gone] = stale, risen, -1
        there = np.flatnonzero(holds >= 0)
        keys = np.concatenate([there, twice])
        held = pa.array(holds[keys])
        degrees = self.temperature[holds[keys]] + np.isin(keys, changed)
        there = [self.station.take(held), self.at.take(held), self.keys.take(pa.array(keys)), degrees]
        strays = [["bench-10"] * PLANTED, [0] * PLANTED, uuids(self.random, PLANTED), [0.0] * PLANTED]
        found = pa.concat_tables([pa.table(there, schema=_SCHEMA), pa.table(strays, schema=_SCHEMA)])
        counts += Counter(read=len(found))
        return found.take(pa.array(self.random.permutation(len(found)))), counts

    def _counts(self, holds: np.ndarray) -> Counter[str]:
        """The figures once the troubles are planted in this."""
        acknowledged = self.acknowledged[:FIRST].copy()
        acknowledged[:OVERWRITTEN] |= self.acknowledged[FIRST : FIRST + OVERWRITTEN]
        held = holds[holds >= 0]
        return Counter(
            attempted=FIRST,
            acknowledged=int(acknowledged.sum()),
            ok=len(held) - 4 * PLANTED,
            recovered=int((~self.acknowledged[held]).sum()),
            lost=2 * PLANTED,
            resurrected=PLANTED,
            altered=PLANTED,
            duplicated=PLANTED,
            unexpected=PLANTED,
        )


def uuids(random: np.random.Generator, count: int) -> pa.StringArray:
    """Random keys of 36 characters."""
    digits = np.frombuffer(random.bytes(16 * count).hex().encode(), np.uint8).reshape(count, 32)
    text = np.full((count, 36), ord("-"), np.uint8)
    text[:, [at for at in range(36) if at not in {8, 13, 18, 23}]] = digits
    return pa.array(text.view("S36").ravel()).cast(pa.utf8())


if __name__ == "__main__":
    main()
