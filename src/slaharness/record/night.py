"""A night: many scenarios on one cluster; what became of each is on disk, and a crash costs one run.

``reports/nights/<utc>/`` holds ``night.json``, a JUnit file of each try, and then ``junit.xml`` of all and
``report.html``. The records of its runs are where those of all runs are.
"""

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter, ValidationError

from slaharness.errors import BadInput, HarnessError, Inconclusive, InternalError, RecordTrouble
from slaharness.model import Outcome, Scenario, Verdict

FILE = "night.json"
#: The exit code of trouble with the harness, its machine or its cluster.
TROUBLE = HarnessError.exit_code
#: Exit codes of a run and of a night, the worst last; one that is none of them is such trouble.
SEVERITY = (0, 3, 5, 4, 7, TROUBLE, InternalError.exit_code, 2, 1)
OUTCOMES = {0: Outcome.MET, 1: Outcome.MISSED}
#: Nothing is known after these, and a second try may tell: no evidence, trouble with the machine, a run that
#: somebody interrupted.
TRIED_AGAIN = (Inconclusive.exit_code, TROUBLE, 2)
TRIES = 2
#: Seconds for which a night that broke off may be gone on with: the one of the next day is never the same.
GONE_ON_WITHIN = 12 * 3600.0
#: What Python leaves among them.
BYTECODE = "__pycache__"
#: What of a project its verdicts rest on.
INPUTS = ("scenarios", "experiments", "loadprofiles", "slaharness.toml", "pyproject.toml")


@dataclass(frozen=True)
class Try:
    """One run of a scenario, from ``began`` to ``ended`` (epoch seconds).

    ``record`` is its folder, "" where none came about; ``reason`` says why it is not MET; ``junit`` names a
    file in the night's folder.
    """

    scenario: str
    began: float
    ended: float
    exit_code: int
    record: str = ""
    reason: str = ""
    verdicts: tuple[Verdict, ...] = ()
    junit: str = ""

    @property
    def outcome(self) -> Outcome:
        return OUTCOMES.get(self.exit_code, Outcome.UNKNOWN)

    @property
    def known_code(self) -> int:
        """One of SEVERITY: a run that was killed is trouble."""
        return self.exit_code if self.exit_code in SEVERITY else TROUBLE

    @property
    def seconds(self) -> float:
        return self.ended - self.began


@dataclass(frozen=True)
class Night:
    """What was planned, and every try so far. ``where`` names the cluster, ``shard`` the part of all.

    ``inputs`` is the ``digest`` of the project as it was begun.
    """

    began: float
    planned: tuple[Scenario, ...]
    where: str
    shard: str = ""
    tries: tuple[Try, ...] = ()
    ended: float | None = None
    inputs: str = ""

    def of(self, scenario: str) -> list[Try]:
        return [one for one in self.tries if one.scenario == scenario]

    def last(self, scenario: str) -> Try | None:
        """The try that counts; None before the first."""
        return next(iter(self.of(scenario)[::-1]), None)

    @property
    def left(self) -> list[Scenario]:
        """What has still to be run: what was never judged, and what nobody knows after one try."""
        return [one for one in self.planned if not self._settled(self.of(one.name))]

    @staticmethod
    def _settled(tries: Sequence[Try]) -> bool:
        return bool(tries) and (len(tries) >= TRIES or tries[-1].known_code not in TRIED_AGAIN)

    @property
    def exit_code(self) -> int:
        """The worst of the tries that count; 5 when nothing ran."""
        found = [last.known_code for one in self.planned if (last := self.last(one.name))]
        return max(found, key=SEVERITY.index, default=5)

    def why_not(self, wanted: "Night") -> str:
        """Why ``wanted`` cannot go on with it; "" where it can."""
        if set(self.planned) != set(wanted.planned) or self.inputs != wanted.inputs:
            return "scenarios, experiments, load profiles, settings or slaharness have changed since"
        return "" if self.left else "all of its scenarios were judged"

    def with_try(self, one: Try) -> "Night":
        return replace(self, tries=(*self.tries, one))


_AS_DATA = TypeAdapter(Night)


@dataclass(frozen=True)
class NightStore:
    """The folder of a night; what is written in it survives the machine's crash."""

    folder: Path

    @classmethod
    def create(cls, reports: Path, night: Night) -> Self:
        began = datetime.fromtimestamp(night.began, UTC).strftime("%Y%m%d-%H%M%S.%f")
        store = cls(
            reports / "nights" / (f"{began}-{night.shard.replace('/', 'of')}" if night.shard else began)
        )
        store.folder.mkdir(parents=True)
        store.save(night)
        return store

    @property
    def junit(self) -> Path:
        return self.folder / "junit.xml"

    @property
    def page(self) -> Path:
        return self.folder / "report.html"

    def save(self, night: Night) -> None:
        """All of it or what was there before."""
        new = self.folder / f".{FILE}"
        with new.open("wb") as file:
            file.write(_AS_DATA.dump_json(night, indent=1))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.folder / FILE)

    def ended(self, night: Night) -> Night:
        """The night, over now; one that was over already stays as it was."""
        over = night if night.ended else replace(night, ended=time.time())
        self.save(over)
        return over

    def night(self) -> Night:
        """Raise RecordTrouble when it cannot be read."""
        try:
            return _AS_DATA.validate_json((self.folder / FILE).read_bytes())
        except (OSError, ValidationError) as error:
            raise RecordTrouble(f"{self.folder / FILE} cannot be read: {error}") from error


def broken_off(reports: Path, wanted: Night) -> NightStore | None:
    """The newest night of the same scenarios, shard and cluster, if it is recent and did not end."""
    for store, night in _nights(reports):
        if (night.shard, night.where, _names(night)) == (wanted.shard, wanted.where, _names(wanted)):
            recent = time.time() - night.began < GONE_ON_WITHIN
            return store if night.ended is None and recent else None
    return None


def _names(night: Night) -> set[str]:
    return {one.name for one in night.planned}


def _nights(reports: Path) -> Iterator[tuple[NightStore, Night]]:
    """Those that can be read, the newest first."""
    for file in sorted(reports.glob(f"nights/*/{FILE}"), reverse=True):
        store = NightStore(file.parent)
        try:
            yield store, store.night()
        except RecordTrouble:
            continue


def digest(project: Path) -> str:
    """Of the files that verdicts rest on, and of who judges. Raise BadInput for one that cannot be read."""
    found = hashlib.sha256(version("slaharness").encode())
    for file in sorted(one for name in INPUTS for one in _files(project / name)):
        try:
            content = file.read_bytes()
        except OSError as error:
            raise BadInput(f"{file} cannot be read: {error.strerror}") from error
        found.update(f"\n{file.relative_to(project)} {len(content)}\n".encode(errors="surrogateescape"))
        found.update(content)
    return found.hexdigest()


def _files(where: Path) -> list[Path]:
    """Those that people wrote: no bytecode, and nothing hidden."""
    found = [where, *where.rglob("*")]
    below = [(one, one.relative_to(where).parts) for one in found if one.is_file()]
    return [one for one, parts in below if not any(part[0] == "." or part == BYTECODE for part in parts)]
