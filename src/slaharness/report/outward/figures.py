"""What a judged run tells other systems: its verdicts and figures, named as Prometheus names metrics. Pure.

Runs of a scenario are samples of the same series, at the end of each run: no label names a run, so that a
year of nights is as many series as one. What is UNKNOWN has an outcome, and no number.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from math import isfinite

from slaharness.errors import RecordTrouble
from slaharness.model import Outcome, Phase, Verdict, worst
from slaharness.objectives.judge import number_seen
from slaharness.record.run_record import RunRecord
from slaharness.record.store import RecordStore

#: What an outcome is as a number: the worst of several is the highest.
CODES = {Outcome.MET: 0.0, Outcome.UNKNOWN: 1.0, Outcome.MISSED: 2.0}
#: Each metric, with what it means; all are gauges.
MEANINGS = {
    "slaharness_run_outcome": "The worst verdict of a run: 0 MET, 1 UNKNOWN, 2 MISSED",
    "slaharness_run_duration_seconds": "What a run took, from its first stage to its last",
    "slaharness_run_ended_timestamp_seconds": "When a run was over, in seconds since the epoch",
    "slaharness_verdict": "The verdict on one promise: 0 MET, 1 UNKNOWN, 2 MISSED",
    "slaharness_held": "1 where the verdict is MET, else 0: its mean says how often a promise holds",
    "slaharness_requests": "Requests (or acknowledged writes) behind a verdict",
    "slaharness_seen": "What was measured for an objective: a share of 1, or the number itself",
    "slaharness_target": "What it is held against, in the same unit",
    "slaharness_error_budget_burn": "Errors as a multiple of what the objective allows over that window",
    "slaharness_error_budget_spent_ratio": "The share of the whole period's budget that the window burnt",
    "slaharness_figure": "What a check measured on its way; its label says what, and in which unit",
}
#: Figures of a verdict that are metrics of their own.
BUDGET = {"burn": "slaharness_error_budget_burn", "budget spent": "slaharness_error_budget_spent_ratio"}
Promise = tuple[str, Phase]


@dataclass(frozen=True)
class Figure:
    """One sample, but for its time."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def ended(store: RecordStore) -> float:
    """When the run was over, in epoch seconds: the time of all its samples, whenever they are sent."""
    record = store.record()
    ends = [*(one.end for one in record.stages), *(one.end for one in record.timeline.windows)]
    return max(ends, default=store.folder.stat().st_mtime)


def figures(store: RecordStore) -> list[Figure]:
    """All of a run's. Raises RecordTrouble where it was not judged, or cannot be read."""
    record, verdicts = store.record(), _promises(store.verdicts())
    common = _common(record)
    found = [*_of_run(record, [*verdicts.values()])]
    found.append(Figure("slaharness_run_ended_timestamp_seconds", ended(store)))
    for one in verdicts.values():
        found += _of_verdict(one)
    found += _of_objectives(store, verdicts)
    return [
        Figure(one.name, one.value, {**common, **one.labels})
        for one in found
        if isfinite(one.value)
    ]  # fmt: skip


def _common(record: RunRecord) -> Mapping[str, str]:
    told = {
        "scenario": record.scenario.label,
        "stack": record.place.get("stack", ""),
        "profile": record.deployed,
        "cluster": record.place.get("provider", ""),
    }
    return {name: value for name, value in told.items() if value}


def _promises(verdicts: tuple[Verdict, ...]) -> Mapping[Promise, Verdict]:
    """The worst of each: one that is asked twice, the second time more mildly, is still not held."""
    found: dict[Promise, Verdict] = {}
    for one in verdicts:
        other = found.setdefault((one.objective, one.phase), one)
        found[one.objective, one.phase] = max(other, one, key=lambda each: CODES[each.outcome])
    return found


def _of_run(record: RunRecord, verdicts: list[Verdict]) -> Iterator[Figure]:
    yield Figure("slaharness_run_outcome", CODES[worst(verdicts)])
    if spans := record.stages or record.timeline.windows:
        took = max(one.end for one in spans) - min(one.start for one in spans)
        yield Figure("slaharness_run_duration_seconds", took)


def _of_verdict(verdict: Verdict) -> Iterator[Figure]:
    labels = {"objective": verdict.objective, "window": str(verdict.phase)}
    yield Figure("slaharness_verdict", CODES[verdict.outcome], labels)
    yield Figure("slaharness_held", float(verdict.outcome is Outcome.MET), labels)
    if verdict.outcome is Outcome.UNKNOWN:
        return
    if verdict.requests is not None:
        yield Figure("slaharness_requests", verdict.requests, labels)
    for name, value in verdict.figures.items():
        if value is not None and name in BUDGET:
            yield Figure(BUDGET[name], value, labels)
        elif value is not None:
            yield Figure("slaharness_figure", value, {**labels, "figure": name})


def _of_objectives(store: RecordStore, verdicts: Mapping[Promise, Verdict]) -> Iterator[Figure]:
    """Seen and target as numbers; nothing of a record whose measurements cannot be read."""
    with suppress(RecordTrouble):
        objectives, measured = store.objectives(), store.measurements()
        for one in measured:
            verdict = verdicts.get((one.objective, one.phase))
            objective = objectives.get(one.objective)
            if objective is None or verdict is None or verdict.outcome is Outcome.UNKNOWN:
                continue
            labels = {
                "objective": one.objective,
                "window": str(one.phase),
                "service": objective.service,
                "comparison": str(objective.op),
            }
            if (seen := number_seen(objective, one)) is not None:
                yield Figure("slaharness_seen", seen, labels)
                yield Figure("slaharness_target", objective.target, labels)
