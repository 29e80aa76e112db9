"""A run as Allure shows it to people who do not know Kubernetes: the promise, held or not, the picture.

Written from the record, not while pytest runs: so an old night can be shown again, and no fixture's name ever
stands between a reader and the verdict.
"""

import hashlib
import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from urllib.parse import quote

from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import (
    Attachment,
    Label,
    Link,
    Parameter,
    Status,
    StatusDetails,
    TestResult,
    TestStepResult,
)

from slaharness.errors import RecordTrouble
from slaharness.model import Outcome, Verdict, worst
from slaharness.record.run_record import RunRecord, Stage
from slaharness.record.store import RecordStore
from slaharness.report.promises import promise, titles

STATUS = {Outcome.MET: Status.PASSED, Outcome.MISSED: Status.FAILED, Outcome.UNKNOWN: Status.BROKEN}
#: Files of the record that readers ask for, the most readable first: how the dashboard calls each.
FILES = {
    "report.html": ("the whole run as a page", "text/html"),
    "requests.svg": ("what users saw", "image/svg+xml"),
    "latency.svg": ("how long each request took", "image/svg+xml"),
    "times.svg": ("how long it took, beside what was promised", "image/svg+xml"),
    "budget.svg": ("error budget spent", "image/svg+xml"),
    "pods.svg": ("pods that were not Ready", "image/svg+xml"),
    "cost.svg": ("what it cost", "image/svg+xml"),
    "cluster-events.json": ("what Kubernetes said of the fault", "application/json"),
    "pod-logs.txt": ("logs of the pods that changed", "text/plain"),
    "verdicts.json": ("verdicts", "application/json"),
    "measurements.json": ("measurements, with every query", "application/json"),
    "run.json": ("timeline", "application/json"),
    "journal.json": ("Chaos Toolkit's journal", "application/json"),
}

#: Asked of every run, so no subject of any.
NO_RESIDUE = "no-residue"
#: What is asked, as people ask it, and how grave a broken promise of it is.
SLA = "Are promises to users kept while something breaks?"
SUBJECTS = {
    "Was anything lost that was acknowledged?": "blocker",
    "Does all come back from a backup, and how soon?": "blocker",
    "Does it heal without a human hand, and how fast?": "critical",
    SLA: "critical",
    "Does it scale with what is asked, down to nothing, and wake in time?": "normal",
    "What does it cost?": "minor",
    "Is nothing left behind?": "normal",
}
_LOST, _RESTORED, _HEALED, _, _SCALED, _COST, _LEFT = SUBJECTS
SEVERITIES = ("blocker", "critical", "normal", "minor")
#: Words in the names of verdicts, the first that fits, and what they are about.
WORDS = {
    NO_RESIDUE: _LEFT, "restore": _RESTORED, "rpo": _RESTORED, "rto": _RESTORED, "backup": _RESTORED,
    "drained": _LOST, "lost": _LOST, "altered": _LOST, "resurrected": _LOST, "invented": _LOST,
    "work": _LOST, "content": _LOST, "freshness": _LOST,
    "recover": _HEALED, "retried": _HEALED, "cost": _COST, "asleep": _SCALED, "awake": _SCALED,
    "cold": _SCALED, "scale": _SCALED,
}  # fmt: skip


def write_result(store: RecordStore, verdicts: Sequence[Verdict], proof: str = "") -> None:
    """Put the run into its record's folder ``allure``, in place of what an earlier judging wrote there.

    ``proof`` is what a green run proves, and what not.
    """
    record = store.record()
    logger = AllureFileLogger(store.allure, clean=True)
    stages = record.stages or [Stage(one.phase, one.start, one.end) for one in record.timeline.windows]
    start = min((one.start for one in stages), default=0.0)
    end = max((one.end for one in stages), default=start)
    result = TestResult(
        uuid=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{record.run_id}/{record.scenario.name}")),
        historyId=_digest(record.scenario.label),
        testCaseId=_digest(record.scenario.label),
        fullName=record.scenario.nodeid or record.scenario.name,
        name=record.scenario.question or record.scenario.name,
        description="\n\n".join(filter(None, [record.deployed and f"stack: {record.deployed}", proof])),
        status=STATUS[worst(verdicts)],
        statusDetails=StatusDetails(message=_why(record, verdicts)),
        start=_milliseconds(start),
        stop=_milliseconds(end),
        steps=[*_promises(store, verdicts, end), *map(_stage, stages)],
        attachments=list(_attachments(store, logger)),
        labels=[Label(name, value) for name, value in _labels(record, verdicts)],
        links=list(_links(store, record)),
        parameters=[Parameter(name, value) for name, value in _parameters(record).items()],
    )
    logger.report_result(result)


def _why(record: RunRecord, verdicts: Sequence[Verdict]) -> str:
    """What is not MET, a line each; nothing when all is."""
    lines = [str(one) for one in verdicts if one.outcome is not Outcome.MET]
    return "\n".join([*lines, *record.problems]) if lines else "every promise was held"


def _promises(store: RecordStore, verdicts: Sequence[Verdict], at: float) -> Iterator[TestStepResult]:
    """One step a verdict, in the order in which they were asked for."""
    called = titles(store)
    for one in verdicts:
        yield TestStepResult(
            name=f"{one.outcome}: {promise(one, called)} ({one.phase}: {one.seen})",
            status=STATUS[one.outcome],
            statusDetails=StatusDetails(message=one.reason),
            start=_milliseconds(at),
            stop=_milliseconds(at),
            parameters=[Parameter("target", one.target), Parameter("seen", one.seen)],
        )


def _stage(one: Stage) -> TestStepResult:
    return TestStepResult(
        name=one.title, status=Status.PASSED, start=_milliseconds(one.start), stop=_milliseconds(one.end)
    )


def _attachments(store: RecordStore, logger: AllureFileLogger) -> Iterator[Attachment]:
    for file, (title, kind) in FILES.items():
        if (path := store.folder / file).exists():
            name = f"{_digest(str(path))}-attachment{path.suffix}"
            logger.report_attached_file(path, name)
            yield Attachment(title, name, kind)


def _labels(record: RunRecord, verdicts: Sequence[Verdict]) -> Iterator[tuple[str, str]]:
    scenario = record.scenario
    topic = scenario.topic or "What the stack promises"
    told = [one for one in verdicts if one.objective != NO_RESIDUE or one.outcome is not Outcome.MET]
    asked = sorted({_subject(one.objective) for one in told}, key=list(SUBJECTS).index)
    yield "epic", topic
    yield from (("feature", subject) for subject in asked)
    yield "story", scenario.label
    yield "parentSuite", topic
    yield "suite", scenario.question or scenario.name
    yield "severity", min((SUBJECTS[subject] for subject in asked), key=SEVERITIES.index, default="critical")
    yield "framework", "slaharness"
    yield "tag", record.deployed or scenario.profile


def _subject(objective: str) -> str:
    """Which of the questions a verdict answers, by the word in its name."""
    return next((subject for word, subject in WORDS.items() if word in objective), SLA)


def _links(store: RecordStore, record: RunRecord) -> Iterator[Link]:
    """To the files that say what was run, where a GitHub job tells where they are: a page has no disk."""
    where = [os.environ.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA")]
    if not all(where):
        return
    server, repository, commit = where
    scenario = record.scenario
    paths = {"scenario": scenario.nodeid.partition("::")[0]}
    paths |= {"load profile": f"loadprofiles/{scenario.load}.py"} if scenario.load else {}
    paths |= {"experiment": f"experiments/{scenario.experiment}.yaml"} if scenario.experiment else {}
    with suppress(RecordTrouble):
        paths |= {f"objective {one.name}": one.file for one in store.objectives().values() if one.file}
    for name, path in paths.items():
        if path and not path.startswith("/"):
            yield Link("link", f"{server}/{repository}/blob/{commit}/{quote(path)}", name)


def _parameters(record: RunRecord) -> Mapping[str, str]:
    scenario = record.scenario
    told = {"stack": record.deployed, "load": scenario.load, "fault": scenario.experiment}
    return told | ({"parameters": scenario.parameters} if scenario.parameters else {})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _milliseconds(at: float) -> int:
    return int(at * 1000)
