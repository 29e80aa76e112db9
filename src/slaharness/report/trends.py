"""What earlier runs say, for readers: a table of scenarios, and sentences for the page of one run."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from slaharness.model import Outcome
from slaharness.record.intervals import Interval
from slaharness.record.past_run import SECONDS, PastRun
from slaharness.record.store import RecordStore
from slaharness.record.trends import Change, Trend, trend

HEADS = (
    "scenario",
    "MET",
    "MISSED",
    "UNKNOWN",
    "holds, 95 % sure",
    "flips",
    "failing since",
    "against earlier runs",
)


def trend_table(trends: Sequence[Trend]) -> Table:
    """A row a scenario."""
    table = Table(*HEADS)
    for one in trends:
        numbers = (one.met, one.missed, one.unknown)
        failing = "; ".join(
            f"{fail.promise} {fail.outcome} {fail.since}, {fail.runs} runs" for fail in one.failing
        )
        told = (
            one.scenario, *map(str, numbers), _rate(one), f"{one.flips} of {one.pairs}" if one.pairs else "",
            failing, "; ".join(_changes(one.changes)),
        )  # fmt: skip
        table.add_row(*map(escape, told))
    return table


def times(one: Trend) -> Iterator[str]:
    """Each time that its checks tell: its median, with an interval where the runs are enough for one."""
    for name, spread in one.spreads.items():
        if name.endswith(SECONDS):
            span = spread.interval
            inside = f", {span.low:.3g} to {span.high:.3g} s (95 % sure)" if span else ""
            called = name.removesuffix(SECONDS).strip()
            yield f"{called}: median {spread.median:.3g} s{inside}, {spread.runs} runs"


def earlier_runs(store: RecordStore, runs: Sequence[PastRun]) -> list[str]:
    """What the ``runs`` of its scenario, newest first, say of a run; nothing where it is not among them."""
    until = [one for one in runs if one.record.name <= store.folder.name]
    if not until or until[0].record.name != store.folder.name:
        return []
    return list(sentences(trend(until)))


def repeated(runs: Sequence[PastRun], folders: Collection[Path]) -> Iterator[str]:
    """What those of the ``runs`` say that are in ``folders``: by themselves, and beside the ones before."""
    those = [one for one in runs if one.record in folders]
    before = [one for one in runs if one.record.name < min(folder.name for folder in folders)]
    together = trend(those, newest=len(those))
    yield from sentences(together)
    yield from times(together)
    yield from _changes(trend([*those, *before], newest=len(those)).changes)


def sentences(one: Trend) -> Iterator[str]:
    """How often it held, what that proves, since when what fails has failed, and whether it got worse."""
    yield (
        f"{_counted(one)}; it holds in {_rate(one)} of runs." if one.met + one.missed else f"{_counted(one)}."
    )
    if one.proven:
        yield f"{one.proven}."
    if one.flips:
        yield f"Of {one.pairs} successive runs {one.flips} came out otherwise than the one before."
    for fail in one.failing:
        again = f"in {fail.runs} runs on end" if fail.runs > 1 else "for the first time"
        yield f"{fail.promise} is {fail.outcome} {again}, since {fail.since} UTC."
    yield from (f"{told[0].upper()}{told[1:]}." for told in _changes(one.changes))


def _counted(one: Trend) -> str:
    others = f" ({one.others} of other machines, windows or versions left out)" if one.others else ""
    return f"Like runs so far{others}: {one.met} MET, {one.missed} MISSED, {one.unknown} UNKNOWN"


def _rate(one: Trend) -> str:
    return _percent(one.rate) if one.met + one.missed else ""


def _percent(share: Interval) -> str:
    return f"{100 * share.low:.3g} to {100 * share.high:.3g} %"


def _changes(changes: Sequence[Change]) -> Iterator[str]:
    """Each figure that got worse; of the others, that there is no sign of it, or that nobody can tell."""
    worse = [one for one in changes if one.worse is Outcome.MISSED]
    yield from map(str, worse)
    if calm := sum(one.worse is Outcome.MET for one in changes):
        yield f"no sign that {'others' if worse else 'any'} of its figures got worse ({calm} compared)"
    if few := [one for one in changes if one.worse is Outcome.UNKNOWN]:
        least, needed = min(one.runs for one in few), max(one.needed for one in few)
        told = f"{least} earlier like runs are too few to tell whether figures got worse"
        yield f"{told}: {needed} are needed"
