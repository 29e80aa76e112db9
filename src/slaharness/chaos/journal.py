"""Chaos Toolkit's journal → FaultReport. A failed action still ends ``completed``: we read each activity.

An action of ours brings proof of what it hit; of any other, only when it ran is taken from here.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from slaharness.chaos import answers
from slaharness.events import STRUCK
from slaharness.model import Afterwards, Event, FaultReport, Strike
from slaharness.model.fault import COMPLETED

SUCCEEDED = "succeeded"
#: HTTP answers from here on are failures, though Chaos Toolkit counts them as success.
FAILURES = 400
WRAPPER = "chaoslib.exceptions.ActivityFailed: "
#: A tolerance that is not there: None is one, too.
NOTHING = object()
#: Characters of an exception that go into a problem; the journal has the rest.
LONG = 400


@dataclass(frozen=True)
class Span:
    """When the child process ran (epoch seconds), and what is wrong with how it ended ("" for nothing)."""

    began: float
    ended: float
    problem: str = ""


def report(name: str, file: Path, span: Span, *, after: bool = False) -> FaultReport:
    """Judge what experiment ``name`` did by the journal that it left in ``file``, if it left one.

    ``after``: its hypothesis was to be asked after the method, too.
    """
    try:
        journal = json.loads(file.read_text())
    except (OSError, ValueError, RecursionError) as error:
        return _lost(name, span, f"it left no journal to tell what it did: {error}")
    try:
        return read(name, journal, span, after=after)
    except (AttributeError, LookupError, TypeError, ValueError) as error:  # a control may write into it
        return _lost(name, span, f"its journal is none of Chaos Toolkit's: {type(error).__name__}: {error}")


def _lost(name: str, span: Span, why: str) -> FaultReport:
    """Nobody knows what it did."""
    return FaultReport(name, "lost", span.began, span.ended, problems=(span.problem or why,))


def read(name: str, journal: Mapping[str, Any], span: Span, *, after: bool = False) -> FaultReport:
    """Turn a journal into a FaultReport. ``started`` is the first strike's instant.

    Where nothing struck, it is that of the first action; of a journal that tells of none, the process's.
    """
    ours = [run for run in journal["run"] if _struck(run)]
    all_strikes = tuple(strike for run in journal["run"] if (strike := _strike_of(run, span)))
    actions = [_instant(run.get("start"), span.began) for run in journal["run"] if _is_action(run)]
    problems = [span.problem, *_whole(journal), *_method(journal), *_rollbacks(journal)]
    return FaultReport(
        experiment=name,
        status="deviated" if journal.get("deviated") else str(journal.get("status")),
        started=min([one.at for one in all_strikes] or actions, default=span.began),
        ended=max((one.ended for one in all_strikes), default=span.ended),
        strikes=all_strikes,
        matched=tuple(one for run in ours for one in answers.matched(run)),
        died=tuple(one for run in ours for one in answers.died(run)),
        events=tuple(event for run in journal["run"] for event in _events(run)),
        problems=tuple(problem for problem in problems if problem),
        afterwards=_afterwards(journal, asked=after),
    )


def _whole(journal: Mapping[str, Any]) -> Iterator[str]:
    after = journal["steady_states"].get("after") or {}
    # A probe that failed after the method has its say by itself.
    deviated = journal.get("status") == "failed" and after.get("steady_state_met") is False
    if journal.get("status") != COMPLETED and not deviated:
        yield f"the experiment ended {journal.get('status')}, not {COMPLETED}"
    state = journal["steady_states"].get("before") or {}
    if state.get("steady_state_met") is False:
        yield f"the steady state was not met before the fault: {_last_probe(state)}"
    if journal.get("deviated") and not after:
        yield "the experiment deviated from its steady state"


def _afterwards(journal: Mapping[str, Any], *, asked: bool) -> Afterwards | None:
    """What came of the hypothesis after the method; None where nothing was asked then."""
    state = journal["steady_states"].get("after") or {}
    if not state.get("probes"):
        return Afterwards(doubt="it was not asked after the method") if asked else None
    if state.get("steady_state_met") is True:
        return Afterwards()
    told = f"after the method, {_last_probe(state)}"
    return Afterwards(doubt=told) if _broke(state["probes"][-1]) else Afterwards(deviation=told)


def _broke(probe: Mapping[str, Any]) -> bool:
    """Whether a probe ended in an error of its own code; to raise ActivityFailed is how one says no."""
    python = probe["activity"].get("provider", {}).get("type") == "python"
    words = " ".join(probe["exception"][-1].split()) if probe.get("exception") else ""
    return python and bool(words) and not words.removeprefix(WRAPPER).startswith(WRAPPER.strip())


def _last_probe(state: Mapping[str, Any]) -> str:
    probe = state["probes"][-1]
    said = _exception(probe) or f"answered {probe.get('output')!r}"
    tolerance = probe["activity"].get("tolerance", NOTHING)
    wanted = "" if tolerance is NOTHING else f", and {tolerance!r} was to be"
    return f"probe {probe['activity']['name']!r} {said}{wanted}"


def _method(journal: Mapping[str, Any]) -> Iterator[str]:
    runs = journal["run"]
    yield from _all_ran(journal["experiment"].get("method"), runs, "activities of the method")
    for run in runs:
        yield from _activity(run, run["activity"].get("type", "activity"))
    struck = journal["experiment"].get("method") != []  # without a method nothing was to be injected
    if struck and not any(
        run["activity"].get("type") == "action" and run.get("status") == SUCCEEDED for run in runs
    ):
        yield "no action succeeded: nothing was injected"


def _rollbacks(journal: Mapping[str, Any]) -> Iterator[str]:
    runs = journal["rollbacks"]
    yield from _all_ran(journal["experiment"].get("rollbacks"), runs, "rollbacks")
    for run in runs:
        yield from _activity(run, "rollback")


def _all_ran(asked: Sequence[Any] | None, runs: Sequence[Any], what: str) -> Iterator[str]:
    if len(runs) < len(asked or ()):
        yield f"only {len(runs)} of {len(asked or ())} {what} ran"


def _activity(run: Mapping[str, Any], role: str) -> Iterator[str]:
    who, output = f"{role} {run['activity'].get('name')!r}", run.get("output") or {}
    if run.get("status") != SUCCEEDED:
        yield f"{who} {_exception(run) or 'did not come to its end'}"
    elif answers.claimed(run):
        why = answers.misfit(run)
        yield from [f"{who} answers as no fault does: {why}"] if why else _strike(who, output)
    elif run["activity"].get("type") == "action" and run.get("output") == []:
        yield f"{who} matched nothing"
    elif isinstance(output, dict):
        yield from (f"{who}: {problem}" for problem in _listed(output, "problems"))
    yield from _answer(who, run)


def _is_action(run: Mapping[str, Any]) -> bool:
    return bool(run["activity"].get("type") == "action")


def _strike_of(run: Mapping[str, Any], span: Span) -> Strike | None:
    """The harm that an action was to do; None of a probe, of one that failed, of one of ours that does none.

    Those of ours that do no harm say what they did as ``events``.
    """
    output, name = run.get("output"), str(run["activity"].get("name"))
    if _struck(run):
        return Strike(name, float(run["output"]["injected"]), float(run["output"]["ended"]), proven=True)
    harmless = isinstance(output, dict) and "events" in output
    if not _is_action(run) or run.get("status") != SUCCEEDED or harmless:
        return None
    provider = run["activity"].get("provider", {})
    arguments = provider.get("arguments")
    asked: Mapping[str, Any] = arguments if isinstance(arguments, dict) else {}
    named = output if isinstance(output, list) else [asked.get("name")]
    replicas = asked.get("replicas")
    return Strike(
        name,
        _instant(run.get("start"), span.began),
        _instant(run.get("end"), span.ended),
        proven=False,
        namespace=str(asked.get("ns") or asked.get("namespace") or ""),
        hit=tuple(one for one in named if isinstance(one, str) and one),
        replicas=replicas if isinstance(replicas, int) else None,
        pods=_quantity(asked) if isinstance(output, list) else None,
    )


def _quantity(asked: Mapping[str, Any]) -> int | None:
    """How many of what it selects an action of ``chaosk8s`` was to hit; None for all or a percentage."""
    quantity = asked.get("qty")
    fixed = asked.get("mode", "fixed") == "fixed" and not asked.get("all")
    return quantity if fixed and isinstance(quantity, int) else None


def _instant(stamp: Any, otherwise: float) -> float:
    """Seconds since the epoch of an activity's ``start`` or ``end``; Chaos Toolkit writes them in UTC."""
    try:
        found = datetime.fromisoformat(stamp)
    except (TypeError, ValueError):
        return otherwise
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _struck(run: Mapping[str, Any]) -> bool:
    """Whether this is the answer of an action of ours."""
    return answers.claimed(run) and not answers.misfit(run)


def _events(run: Mapping[str, Any]) -> Iterator[Event]:
    """When an activity of ours struck, and what else it stamped, for the timeline of the run."""
    output = run.get("output")
    if not isinstance(output, dict):
        return
    if _struck(run) and output["matched"]:
        yield Event(output["injected"], STRUCK, ", ".join(answers.matched(run)))
    for event in _listed(output, "events"):
        match event:
            case {"at": at, "name": str() as name} if answers.is_instant(at):
                yield Event(at, name, str(event.get("detail", "")))


def _listed(output: Mapping[str, Any], name: str) -> Sequence[Any]:
    """A list of an activity's answer. Others answer as they like: theirs may have anything of that name."""
    found = output.get(name)
    return found if isinstance(found, list) else ()


def _strike(who: str, output: Mapping[str, Any]) -> Iterator[str]:
    if not output["matched"]:
        yield f"{who} matched nothing"
    problems = output.get("problems") or ()
    for problem in problems if isinstance(problems, list) else [problems] if problems else ():
        yield f"{who}: {problem}"
    dead = [one for one in output["matched"] if one["name"] in output["died"]]
    if not problems and len(dead) < len(output["matched"]):
        yield f"{who}: {len(output['matched'])} matched, {len(dead)} died"


def _answer(who: str, run: Mapping[str, Any]) -> Iterator[str]:
    """Programs and URLs that say no: success for Chaos Toolkit."""
    provider, output = run["activity"].get("provider", {}).get("type"), run.get("output")
    status = output.get("status", 0) if isinstance(output, dict) else 0
    if (provider == "process" and status != 0) or (provider == "http" and status >= FAILURES):
        yield f"{who}: {provider} answered {status}"


def _exception(run: Mapping[str, Any]) -> str:
    """Return the last exception of the chain as one line, without the name of Chaos Toolkit's wrapper."""
    if not run.get("exception"):
        return ""
    words = " ".join(run["exception"][-1].split())
    return f"failed: {words.removeprefix(WRAPPER).removeprefix(WRAPPER)[:LONG]}"
