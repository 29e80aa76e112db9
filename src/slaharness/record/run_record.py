"""What happened in one run, as its record says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from slaharness.model import Afterwards, Columns, CostJobs, FaultReport, Scenario, Timeline

#: The format that is written today. 1: a fault tells what it struck, and several have a window each. 2: what
#: later stages held is bound to the record. 3: what had to come there is bound to the ledger that it follows
#: from, and so are all files that verdicts rest on; a test that is repeated is called as it is without.
VERSION = 3


@dataclass(frozen=True)
class Stage:
    """A piece of the run that people waited for; ``start`` and ``end`` are epoch seconds."""

    title: str
    start: float
    end: float


@dataclass(frozen=True)
class RunRecord:
    """What happened in one run. ``problems`` are the reasons why nothing may be concluded from it.

    A ``control`` run claims no fault. ``version`` is that of its format; 0 in records from before there were
    any, of which less is asked.
    """

    scenario: Scenario
    run_id: str
    timeline: Timeline = field(default_factory=Timeline)
    fault: FaultReport | None = None
    problems: tuple[str, ...] = ()
    residue: tuple[str, ...] = ()
    place: Mapping[str, str] = field(default_factory=dict)
    finished: bool = False
    control: bool = False
    stages: tuple[Stage, ...] = ()
    #: Of the stack: what its rows are made of, where its costs are told; and seconds between two scrapes, of
    #: it and of the load.
    columns: Columns | None = None
    #: What the rows of later stages are made of, by the names of those that were read.
    pipeline: Mapping[str, Columns] = field(default_factory=dict)
    #: SHA-256 of what was read of each of them and of what it is held against, by the files' names.
    held: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: SHA-256 of the files that verdicts rest on, as the run left them, by their names.
    files: Mapping[str, str] = field(default_factory=dict)
    cost: CostJobs | None = None
    interval: float = 1.0
    load_interval: float = 1.0
    version: int = 0
    #: Of a control run; that of a fault is in its report.
    afterwards: Afterwards | None = None

    @property
    def deployed(self) -> str:
        """As ``deployed`` says."""
        return deployed(self.place, self.scenario.profile)


def deployed(place: Mapping[str, str], asked: str) -> str:
    """What of the stack was under test: "core", "core with overlay NAME"; "" of one that others deploy.

    ``asked`` is the profile that the scenario names; records of older days do not tell what was deployed.
    """
    overlay = place.get("overlay", "")
    return f"{asked} with overlay {overlay}" if overlay else place.get("profile", asked)


def instants(record: RunRecord) -> Iterator[tuple[str, tuple[float, ...]]]:
    """All of its times, those that span something in their order."""
    yield from ((f"window {one.phase}", (one.start, one.end)) for one in record.timeline.windows)
    yield from ((f"event {one.name!r}", (one.at,)) for one in record.timeline.events)
    if fault := record.fault:
        yield "the fault's beginning", (fault.started,)
        yield from ((f"the strike of {one.action!r}", (one.at,)) for one in fault.strikes)
        yield from ((f"the end of {one.action!r}", (one.ended,)) for one in fault.strikes)
