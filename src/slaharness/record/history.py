"""What became of earlier runs: one line of each record, newest first; each is read when it is asked for."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from slaharness.model import WORST_FIRST, Outcome, Verdict, Window
from slaharness.record.run_record import Stage

RUN, VERDICTS = "run.json", "verdicts.json"


@dataclass(frozen=True)
class PastRun:
    """``at`` is when its record was begun, in UTC; ``worst`` the verdict that people must see.

    ``seconds`` is None where nobody knows. ``problem`` says why it cannot be read, or was not judged.
    """

    record: Path
    scenario: str
    at: str
    outcome: Outcome = Outcome.UNKNOWN
    worst: Verdict | None = None
    seconds: float | None = None
    profile: str = ""
    machine: str = ""
    problem: str = ""


@dataclass(frozen=True)
class _Scenario:
    profile: str = ""


@dataclass(frozen=True)
class _Timeline:
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True)
class _Run:
    """Of ``run.json`` what is told here, so that no time is spent on the rest."""

    scenario: _Scenario
    timeline: _Timeline = _Timeline()
    stages: tuple[Stage, ...] = ()
    place: Mapping[str, str] = field(default_factory=dict)

    @property
    def seconds(self) -> float | None:
        spans = self.stages or self.timeline.windows
        took = max((one.end for one in spans), default=0.0) - min((one.start for one in spans), default=0.0)
        return took if isfinite(took) and took > 0 else None


_READ_RUN, _READ_VERDICTS = TypeAdapter(_Run), TypeAdapter(tuple[Verdict, ...])


def past_runs(reports: Path, scenario: str = "") -> Iterator[PastRun]:
    """Those in ``reports``, of one scenario or of all; one that cannot be read is there too, and says why."""
    records = [
        (folder.name, of, folder.path)
        for of in _scenarios(reports, scenario)
        for folder in _records(reports / of)
    ]
    for name, of, path in sorted(records, reverse=True):
        yield _past_run(Path(path), of, _instant(name))


def _instant(name: str) -> str:
    """``20261127T050032.673199Z`` for people."""
    return f"{name[:4]}-{name[4:6]}-{name[6:8]} {name[9:11]}:{name[11:13]}:{name[13:15]}"


def _scenarios(reports: Path, scenario: str) -> list[str]:
    if scenario or not reports.is_dir():
        return [scenario] if scenario else []
    return [one.name for one in os.scandir(reports) if one.is_dir()]


def _records(folder: Path) -> list["os.DirEntry[str]"]:
    """Folders that are named for an instant."""
    if not folder.is_dir():
        return []
    return [
        one for one in os.scandir(folder) if one.name[8:9] == "T" and one.name.endswith("Z") and one.is_dir()
    ]


def _past_run(record: Path, scenario: str, at: str) -> PastRun:
    try:
        run = _READ_RUN.validate_json((record / RUN).read_bytes())
    except (OSError, ValidationError) as error:
        return PastRun(record, scenario, at, problem=_told(RUN, error))
    known = PastRun(
        record,
        scenario,
        at,
        seconds=run.seconds,
        profile=run.scenario.profile,
        machine=run.place.get("machine", ""),
    )
    try:
        verdicts = _READ_VERDICTS.validate_json((record / VERDICTS).read_bytes())
    except FileNotFoundError:
        return replace(known, problem="it was not judged")
    except (OSError, ValidationError) as error:
        return replace(known, problem=_told(VERDICTS, error))
    worst = min(verdicts, key=lambda one: WORST_FIRST.index(one.outcome), default=None)
    if worst is None:
        return replace(known, problem="nothing was asked of it")
    return replace(known, worst=worst, outcome=worst.outcome)


def _told(file: str, error: OSError | ValidationError) -> str:
    if isinstance(error, OSError):
        return f"{file}: {error.strerror}"
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"])) or "file"
    return f"{file}: cut short or changed: {where}: {first['msg']}"
