"""One earlier run in a few words, read from its record."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import inf, isfinite
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from slaharness.model import WORST_FIRST, Op, Outcome, Verdict, Window
from slaharness.model.scenario import labelled, parameters
from slaharness.record.run_record import Stage, deployed

RUN, VERDICTS, MEASUREMENTS, OBJECTIVES = "run.json", "verdicts.json", "measurements.json", "objectives.json"
#: Of where it ran, what has to be the same for two runs to be compared.
SAME = ("machine", "provider", "nodes", "kubernetes", "stack", "profile", "slaharness")
#: What ``PastRun.like`` holds, in its order.
LIKE = ("load", "experiment", "windows", *SAME)
#: What a figure's name ends in that is a time.
SECONDS = "(s)"
#: From this format of records on, a test that is repeated is called as it is without.
UNREPEATED = 3


@dataclass(frozen=True)
class Figure:
    """A number of a run; ``more_is_worse`` says in which direction it gets worse."""

    value: float
    more_is_worse: bool = True


@dataclass(frozen=True)
class PastRun:
    """``at`` is when its record was begun, in UTC; ``worst`` the verdict that people must see.

    ``seconds`` is None where nobody knows. ``problem`` says why it cannot be read, or was not judged.
    ``parameters`` are its test's, where that is run with several, each of them a question of its own.
    ``profile`` is what was deployed, with its overlay. ``like`` is the same for runs that may be compared,
    and empty where nobody knows. ``outcomes`` and ``figures`` go by objective and window; what is UNKNOWN
    has no figures. ``run`` is the same in copies of a record; a ``copy`` tells nothing but that it is one.
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
    like: tuple[str, ...] = ()
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)
    run: str = ""
    copy: bool = False
    parameters: str = ""

    @property
    def label(self) -> str:
        """As a scenario's."""
        return labelled(self.scenario, self.parameters)


@dataclass(frozen=True)
class _Scenario:
    nodeid: str = ""
    load: str = ""
    experiment: str = ""
    baseline: float = 0.0
    fault: float = 0.0
    recovery: float = 0.0
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
    run_id: str = ""
    version: int = 0

    @property
    def parameters(self) -> str:
        """Of its test; those that older records number are of one that was repeated."""
        found = parameters(self.scenario.nodeid)
        return "" if self.version < UNREPEATED and found.isdecimal() else found

    @property
    def run(self) -> str:
        """Which run it tells of: its own id is too short to be the only one among very many."""
        began = min((one.start for one in self.stages or self.timeline.windows), default=inf)
        return f"{self.run_id} {began!r}" if self.run_id and isfinite(began) else ""

    @property
    def seconds(self) -> float | None:
        spans = self.stages or self.timeline.windows
        took = max((one.end for one in spans), default=0.0) - min((one.start for one in spans), default=0.0)
        return took if isfinite(took) and took > 0 else None

    @property
    def like(self) -> tuple[str, ...]:
        of = self.scenario
        windows = f"{of.baseline:g} s, {of.fault:g} s, {of.recovery:g} s"
        return (of.load, of.experiment, windows, *(self.place.get(name, "") for name in SAME))


@dataclass(frozen=True)
class _Measured:
    objective: str
    phase: str
    value: float | None = None


@dataclass(frozen=True)
class _Objective:
    op: Op


_READ_RUN, _READ_VERDICTS = TypeAdapter(_Run), TypeAdapter(tuple[Verdict, ...])
_READ_MEASURED, _READ_OBJECTIVES = TypeAdapter(tuple[_Measured, ...]), TypeAdapter(dict[str, _Objective])


def read(record: Path, scenario: str, at: str, folder: Path) -> PastRun:
    """One that cannot be read is UNKNOWN, and says why. ``record`` is how its ``folder`` is told."""
    try:
        run = _READ_RUN.validate_json((folder / RUN).read_bytes())
    except (OSError, ValidationError) as error:
        return PastRun(record, scenario, at, problem=_told(RUN, error))
    known = PastRun(
        record, scenario, at, seconds=run.seconds, profile=deployed(run.place, run.scenario.profile),
        machine=run.place.get("machine", ""), like=run.like, run=run.run,
        parameters=run.parameters,
    )  # fmt: skip
    try:
        verdicts = _READ_VERDICTS.validate_json((folder / VERDICTS).read_bytes())
    except FileNotFoundError:
        return replace(known, problem="it was not judged")
    except (OSError, ValidationError) as error:
        return replace(known, problem=_told(VERDICTS, error))
    worst = min(verdicts, key=lambda one: WORST_FIRST.index(one.outcome), default=None)
    if worst is None:
        return replace(known, problem="nothing was asked of it")
    return replace(
        known, worst=worst, outcome=worst.outcome, outcomes=_outcomes(verdicts),
        figures=_figures(folder, verdicts),
    )  # fmt: skip


def _outcomes(verdicts: tuple[Verdict, ...]) -> Mapping[str, Outcome]:
    """The worst of each promise: one that is asked twice, the second time more mildly, is still not held."""
    found: dict[str, Outcome] = {}
    for one in verdicts:
        promise = f"{one.objective} over {one.phase}"
        found[promise] = min(one.outcome, found.get(promise, one.outcome), key=WORST_FIRST.index)
    return found


def _figures(record: Path, verdicts: tuple[Verdict, ...]) -> Mapping[str, Figure]:
    """What was measured of each promise, and the times that its check tells. A broken file has none."""
    found: dict[str, Figure] = {}
    known = [one for one in verdicts if one.outcome is not Outcome.UNKNOWN]
    for one in known:
        for name, value in one.figures.items():
            if name.endswith(SECONDS) and value is not None and isfinite(value):
                found[f"{one.objective} over {one.phase}: {name}"] = Figure(value)
    asked = {(one.objective, str(one.phase)) for one in known}
    with suppress(OSError, ValidationError):
        objectives = _READ_OBJECTIVES.validate_json((record / OBJECTIVES).read_bytes())
        for measured in _READ_MEASURED.validate_json((record / MEASUREMENTS).read_bytes()):
            of = objectives.get(measured.objective)
            value = measured.value
            if of and value is not None and isfinite(value) and (measured.objective, measured.phase) in asked:
                worse = of.op in {Op.AT_MOST, Op.BELOW}
                found[f"{measured.objective} over {measured.phase}"] = Figure(value, more_is_worse=worse)
    return found


def _told(file: str, error: OSError | ValidationError) -> str:
    if isinstance(error, OSError):
        return f"{file}: {error.strerror}"
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"])) or "file"
    return f"{file}: cut short or changed: {where}: {first['msg']}"
