"""What earlier runs say, for readers: a table of scenarios, and sentences for the page of one run."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from slaharness.model import Measurement, Outcome, Verdict
from slaharness.model.words import counted, number
from slaharness.record.history import past_runs
from slaharness.record.intervals import SURE, Interval, fails_at_most, most
from slaharness.record.past_run import SECONDS, PastRun
from slaharness.record.store import RecordStore
from slaharness.record.trends import Change, Trend, prove, trend

HEADS = (
    "scenario",
    "MET",
    "MISSED",
    "UNKNOWN",
    "holds, 95 % sure",
    "flips",
    "failing since",
    "against earlier runs",
    "left out",
)


def trend_table(trends: Sequence[Trend]) -> Table:
    """A row a scenario."""
    table = Table(*HEADS)
    for one in trends:
        numbers = (one.met, one.missed, one.unknown)
        failing = "; ".join(
            f"{fail.promise} {fail.outcome} {fail.since}, {counted(fail.runs, 'run')}" for fail in one.failing
        )
        told = (
            one.scenario, *map(str, numbers), _rate(one), f"{one.flips} of {one.pairs}" if one.pairs else "",
            failing, "; ".join(_changes(one.changes)), _left_out(one),
        )  # fmt: skip
        table.add_row(*map(escape, told))
    return table


def times(one: Trend) -> Iterator[str]:
    """Each time that its checks tell: its median, with an interval where the runs are enough for one."""
    for name, spread in one.spreads.items():
        if name.endswith(SECONDS):
            span = spread.interval
            inside = f", {number(span.low)} to {number(span.high)} s (95 % sure)" if span else ""
            called = name.removesuffix(SECONDS).strip()
            yield f"{called}: median {number(spread.median)} s{inside}, {counted(spread.runs, 'run')}"


def runs_until(store: RecordStore) -> list[PastRun]:
    """Those of its scenario from a run back, newest first; none where it is not among them."""
    scenario = store.record().scenario
    runs = past_runs(store.folder.absolute().parent.parent, scenario.name, create=False)
    until = [
        one for one in runs if one.record.name <= store.folder.name and one.parameters == scenario.parameters
    ]
    return until if until and until[0].record.name == store.folder.name else []


def proof(runs: Sequence[PastRun], asked: Collection[Verdict], measured: Sequence[Measurement]) -> str:
    """What a run proves whose promises were all held, and what not, in a line; "" of any other.

    ``runs`` are those of its scenario, the newest first and it among them or not; ``measured`` is of the run.
    """
    if not asked or any(one.outcome is not Outcome.MET for one in asked):
        return ""
    one = trend(runs) if runs else None
    if one and one.missed:
        said = f"{one.met} of {one.met + one.missed} like runs were green: it holds in {_rate(one)} of runs"
    else:
        green = max(1, one.met if one else 1)
        runs_that_fail = number(100 * fails_at_most(green))
        said = f"{prove(green)} no more than that at most {runs_that_fail} of 100 such runs fail"
    return f"{said}{_proof_of_requests(asked, measured)}; {100 * SURE:g} % sure."


def _proof_of_requests(asked: Collection[Verdict], measured: Sequence[Measurement]) -> str:
    """Of the promise about requests that is known the least well: what may fail of many more of them."""
    promises = {(one.objective, one.phase) for one in asked}
    counts = [
        (one.total - one.good, one.total)
        for one in measured
        if (one.objective, one.phase) in promises and one.good is not None and one.total
    ]
    if not counts:
        return ""
    bad, total = max(counts, key=lambda one: most(*one))
    share = number(100 * most(bad, total))
    return f", and at most {share} % of its requests ({number(bad)} of {number(total)} did)"


def repeated(runs: Sequence[PastRun], folders: Collection[Path]) -> Iterator[str]:
    """What those of the ``runs`` say that are in ``folders``: by themselves, and beside the ones before."""
    those = [one for one in runs if one.record in folders]
    alike = {one.parameters for one in those}
    before = [one for one in runs if one.record.name < min(folder.name for folder in folders)]
    before = [one for one in before if one.parameters in alike]
    together = trend(those, newest=len(those))
    yield from sentences(together)
    yield from [f"{together.proven}."] if together.proven else []
    yield from times(together)
    yield from _changes(trend([*those, *before], newest=len(those)).changes)


def sentences(one: Trend) -> Iterator[str]:
    """How often it held, since when what fails has failed, and whether it got worse."""
    yield (
        f"{_counted(one)}; it holds in {_rate(one)} of runs." if one.met + one.missed else f"{_counted(one)}."
    )
    if one.flips:
        yield f"Of {counted(one.pairs, 'successive run')} {one.flips} came out otherwise than the one before."
    for fail in one.failing:
        again = f"in {fail.runs} runs on end" if fail.runs > 1 else "for the first time"
        yield f"{fail.promise} is {fail.outcome} {again}, since {fail.since} UTC."
    yield from (f"{told[0].upper()}{told[1:]}." for told in _changes(one.changes))


def _counted(one: Trend) -> str:
    others = f" (left out: {_left_out(one)})" if one.others else ""
    return f"Like runs so far{others}: {one.met} MET, {one.missed} MISSED, {one.unknown} UNKNOWN"


def _left_out(one: Trend) -> str:
    """How many runs are not compared, and why: another machine or version says nothing of this one."""
    if not one.others:
        return ""
    why = (f"{reason} {number}" if len(one.unlike) > 1 else reason for reason, number in one.unlike.items())
    return f"{counted(one.others, 'run')}: {', '.join(why)}"


def _rate(one: Trend) -> str:
    return _percent(one.rate) if one.met + one.missed else ""


def _percent(share: Interval) -> str:
    return f"{number(100 * share.low)} to {number(100 * share.high)} %"


def _changes(changes: Sequence[Change]) -> Iterator[str]:
    """Each figure that got worse; of the others, that there is no sign of it, or that nobody can tell."""
    worse = [one for one in changes if one.worse is Outcome.MISSED]
    yield from map(str, worse)
    if calm := sum(one.worse is Outcome.MET for one in changes):
        yield f"no sign that {'others' if worse else 'any'} of its figures got worse ({calm} compared)"
    if few := [one for one in changes if one.worse is Outcome.UNKNOWN]:
        least, needed = min(one.runs for one in few), max(one.needed for one in few)
        told = counted(least, "earlier like run is", "earlier like runs are")
        yield f"{told} too few to tell whether figures got worse: {needed} are needed"
