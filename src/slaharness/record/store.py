"""The run record: a folder that holds all that judging needs, written before anything is judged.

``reports/<scenario>/<utc>/`` holds ``run.json`` (scenario, timeline, what the fault did, where it ran),
``objectives.json``, ``services.json`` (each service's own indicator), ``prices.json``, ``measurements.json``,
``series.json.gz`` (the samples they rest on), ``ledger.csv.gz``, ``readback.csv.gz``, ``stage-NAME.csv.gz``
(what a later stage held), ``due-NAME.csv.gz`` (what it had to hold, where that is not what was written),
``journal.json`` of Chaos Toolkit, ``cluster-events.json`` (what Kubernetes said of the fault), ``logs/`` and,
after judging, ``verdicts.json``.
"""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from slaharness.cost.cost_report import CostReport
from slaharness.cost.prices import Prices
from slaharness.cost.usage import JOBS
from slaharness.errors import RecordTrouble
from slaharness.metrics.evidence import Series
from slaharness.model import (
    Event,
    Measurement,
    Objective,
    Verdict,
)
from slaharness.model.timeline import LONGEST
from slaharness.record.run_record import VERSION, RunRecord, instants

T = TypeVar("T")
#: What a file of series raises that is none.
BROKEN = (EOFError, zlib.error, ArithmeticError, ValueError, LookupError, TypeError, RecursionError)


@dataclass(frozen=True)
class RecordStore:
    """One record folder; every file in it is written whole or not at all."""

    folder: Path

    @classmethod
    def create(cls, reports: Path, scenario: str) -> Self:
        folder = reports / scenario / datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        (folder / "logs").mkdir(parents=True)
        return cls(folder)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Raise RecordTrouble when the folder is not a run record."""
        if not (folder / "run.json").is_file():
            raise RecordTrouble(f"{folder} is no run record: it has no run.json")
        return cls(folder)

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.csv.gz"

    @property
    def readback(self) -> Path:
        return self.folder / "readback.csv.gz"

    @property
    def scraped(self) -> Path:
        """The samples that figures rest on."""
        return self.folder / "series.json.gz"

    def stage(self, name: str) -> Path:
        """What a later stage held when it was read."""
        return self.folder / f"stage-{name}.csv.gz"

    def due(self, stage: str) -> Path:
        """What had to come to a later stage that holds not what was written, but what follows from it."""
        return self.folder / f"due-{stage}.csv.gz"

    def held_against(self, stage: str) -> Path:
        """The ledger that tells what a later stage has to hold: its own, or that of what was written."""
        return self.due(stage) if self.due(stage).exists() else self.ledger

    @property
    def journal(self) -> Path:
        return self.folder / "journal.json"

    @property
    def plot(self) -> Path:
        """What it cost, over the time of the run."""
        return self.folder / "cost.svg"

    @property
    def page(self) -> Path:
        """The whole run as one HTML file."""
        return self.folder / "report.html"

    @property
    def allure(self) -> Path:
        """The run as Allure reads it."""
        return self.folder / "allure"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def pod_logs(self) -> Path:
        """``NAMESPACE/POD/CONTAINER.log``, of the fault."""
        return self.logs / "pods"

    @property
    def changed_logs(self) -> Path:
        """The ends of those logs, of the pods that changed, as one text for readers."""
        return self.folder / "pod-logs.txt"

    def save_record(self, record: RunRecord) -> None:
        self._write("run.json", RunRecord, record)

    def record(self) -> RunRecord:
        """Raise RecordTrouble also for windows and instants that cannot be, and a format of later days."""
        found = self._read("run.json", RunRecord)
        if found.version > VERSION:
            raise RecordTrouble(
                f"{self.folder / 'run.json'}: its format is {found.version}, the latest known here is "
                f"{VERSION}; judge it with the slaharness that wrote it, or a later one"
            )
        for what, span in instants(found):
            in_order = all(map(isfinite, span)) and span == tuple(sorted(set(span)))
            if not in_order or span[-1] - span[0] > LONGEST:
                times = " to ".join(f"{one:g}" for one in span)
                raise RecordTrouble(f"{self.folder / 'run.json'}: {what} cannot be: {times}")
        for interval in (found.interval, found.load_interval):
            if not (isfinite(interval) and interval > 0):
                raise RecordTrouble(
                    f"{self.folder / 'run.json'}: {interval:g} s between two scrapes cannot be"
                )
        return found

    def save_objectives(self, objectives: Mapping[str, Objective]) -> None:
        self._write("objectives.json", dict[str, Objective], dict(objectives))

    def objectives(self) -> dict[str, Objective]:
        return self._read("objectives.json", dict[str, Objective])

    def save_services(self, services: Mapping[str, Objective]) -> None:
        self._write("services.json", dict[str, Objective], dict(services))

    def services(self) -> dict[str, Objective]:
        return self._read("services.json", dict[str, Objective])

    def save_prices(self, prices: Prices | None) -> None:
        if prices:
            self._write("prices.json", Prices, prices)

    def prices(self) -> Prices | None:
        """None when the project had none."""
        return self._read("prices.json", Prices) if (self.folder / "prices.json").exists() else None

    def cost_report(self, record: RunRecord, series: Sequence[Series]) -> CostReport:
        """What the run cost, by the prices and the jobs of its own day."""
        return CostReport(self.prices(), series, record.timeline.windows, record.cost or JOBS)

    def save_measurements(self, measurements: tuple[Measurement, ...]) -> None:
        self._write("measurements.json", tuple[Measurement, ...], measurements)

    def measurements(self) -> tuple[Measurement, ...]:
        """Raise RecordTrouble when they are not whole, or two are there for one objective and window."""
        found = self._read("measurements.json", tuple[Measurement, ...])
        for (name, phase), times in Counter((one.objective, one.phase) for one in found).items():
            if times > 1:
                raise RecordTrouble(
                    f"{self.folder / 'measurements.json'}: {name} is there twice over {phase}"
                )
        return found

    def save_told(self, events: tuple[Event, ...]) -> None:
        self._write("cluster-events.json", tuple[Event, ...], events)

    def told(self) -> tuple[Event, ...]:
        """Kubernetes' own events of the fault; none in a record that has no such file."""
        if not (self.folder / "cluster-events.json").exists():
            return ()
        return self._read("cluster-events.json", tuple[Event, ...])

    def save_series(self, series: Sequence[Series]) -> None:
        text = json.dumps([{"labels": dict(one.labels), "samples": one.samples} for one in series])
        self._keep(self.scraped.name, gzip.compress(text.encode(), compresslevel=3))

    def series(self) -> tuple[Series, ...]:
        path = self.scraped
        try:
            found = json.loads(gzip.decompress(path.read_bytes()))
            return tuple(
                Series(_labels(one), tuple((float(at), float(value)) for at, value in one["samples"]))
                for one in found
            )
        except FileNotFoundError as error:
            raise RecordTrouble(f"{path}: the record is incomplete: {error.strerror}") from error
        except (*BROKEN, OSError) as error:
            raise RecordTrouble(f"{path}: cut short or changed: {error}") from error

    def save_verdicts(self, verdicts: tuple[Verdict, ...]) -> None:
        self._write("verdicts.json", tuple[Verdict, ...], verdicts)

    def verdicts(self) -> tuple[Verdict, ...]:
        return self._read("verdicts.json", tuple[Verdict, ...])

    def _write(self, name: str, shape: Any, value: object) -> None:
        known = _adapter(shape)
        try:
            content = known.dump_json(value, indent=1)
        except PydanticSerializationError:  # a path in it is no text: of such a character only that it was
            data = known.dump_python(value, mode="json")
            content = json.dumps(data, indent=1, ensure_ascii=False).encode(errors="replace")
        self._keep(name, content)

    def _keep(self, name: str, content: bytes) -> None:
        unfinished = self.folder / f".{name}"
        unfinished.write_bytes(content)
        unfinished.replace(self.folder / name)

    def _read(self, name: str, shape: type[T]) -> T:
        path = self.folder / name
        try:
            known = _adapter(shape)  # type: ignore[arg-type]  # a class is hashable, which mypy does not see of type[T]
            found: T = known.validate_json(path.read_bytes())
        except OSError as error:
            raise RecordTrouble(f"{path}: the record is incomplete: {error.strerror}") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise RecordTrouble(f"{path}: cut short or changed: {where or 'file'}: {first['msg']}") from error
        return found


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    """What writes and reads files of that shape: to make it takes far longer than its work."""
    return TypeAdapter(shape)


def _labels(series: Mapping[str, Any]) -> Mapping[str, str]:
    """Raises ValueError for what are none."""
    found = series["labels"]
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise ValueError(f"labels that are none: {found!r:.80}")
    return found
