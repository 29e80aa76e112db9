"""Did all that was acknowledged come to a later stage, once and in time? Held against the ledger. Pure.

What a stage lacks is late until its limit and lost after it, and so is a correction or a withdrawal. Where a
stage holds what follows from what was written, that is what had to come; of what may have been due or not,
nothing is concluded but how much it was.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf, nextafter

import numpy as np

from slaharness.checks.registry import check
from slaharness.errors import RecordTrouble
from slaharness.events import NO_STAGE, STAGE_READ, last
from slaharness.host.duration import seconds
from slaharness.ledger import rows
from slaharness.ledger.arrivals import Arrivals, arrivals
from slaharness.ledger.checker import Figures
from slaharness.ledger.checker import check as held
from slaharness.ledger.history import Lapse
from slaharness.model import Outcome, Phase, Verdict, Verdicts, with_arrival
from slaharness.model.words import counted
from slaharness.record import bound
from slaharness.record.saved_run import SavedRun

#: The names that verdicts carry where an objective's name would stand, of each stage its own.
VERDICTS = CONTENT, FRESHNESS = ("{stage}-content", "{stage}-freshness")
#: Keys below which nothing is concluded from their being there.
FLOOR = 100
#: Seconds that the stage's clock may be from the load's.
TOLERANCE = 0.25
#: How what a stage holds may not be as it was sent, and what of that more time may mend.
WRONG = ("lost", "altered", "unexpected", "duplicated", "resurrected")
MAY_BE_LATE = {"lost", "resurrected"}


@dataclass(frozen=True)
class Seen:
    """What a stage held when it was read, against the ledger.

    ``sure`` is what is wrong whatever was still under way then: acknowledged less than the limit before.
    """

    figures: Figures
    sure: Figures
    times: Arrivals
    #: Why the clocks that told these times cannot be compared; "" when they can.
    clocks: str
    #: Whether it holds what follows from what was written.
    derived: bool = False

    @property
    def what(self) -> str:
        return "effects of acknowledged writes" if self.derived else "acknowledged writes"

    @property
    def under_way(self) -> int:
        """How many that look wrong may only be late."""
        return sum(self.figures.wrong.values()) - sum(self.sure.wrong.values())

    @property
    def perhaps(self) -> int:
        """How many may have been due or not."""
        return self.figures.attempted - self.figures.acknowledged if self.derived else 0


@check(*VERDICTS, over=Phase.RECOVERY)
def arrived(record: SavedRun, stage: str, *, within: str | float) -> Verdicts:
    """Whether ``stage`` holds what was acknowledged, each row ``within`` that time of its acknowledgement."""
    limit = seconds(within)
    return judge_arrived(_seen(record, stage, limit), stage, limit)


def judge_arrived(seen: Seen | str, stage: str, within: float) -> Verdicts:
    """``seen`` may be words: why what the stage holds is not known."""
    whole, fresh = f"all in {stage}", f"in {stage} ≤ {within:g} s"
    name, other = (one.format(stage=stage) for one in VERDICTS)
    if isinstance(seen, str):
        content = Verdict(name, Phase.RECOVERY, Outcome.UNKNOWN, whole, "none", None, seen)
        return Verdicts((content, replace(content, objective=other, target=fresh)))
    outcome, reason = _content(seen, stage, within)
    count, figures = seen.figures.expected, {"lost": float(seen.sure.lost)}
    if seen.perhaps:
        figures["perhaps due"] = float(seen.perhaps)
        reason += f"; {seen.perhaps:,} more were perhaps due, which is told and not judged"
    held = {Outcome.MET: "all there", Outcome.MISSED: "not as sent"}.get(outcome, "not known")
    content = Verdict(name, Phase.RECOVERY, outcome, whole, held, count, reason, figures)
    return Verdicts((content, _freshness(seen, stage, within, fresh)))


def _seen(record: SavedRun, stage: str, within: float) -> Seen | str:
    columns = record.record.pipeline.get(stage)
    events = record.timeline.events
    read = last([one for one in events if one.detail == stage], STAGE_READ)
    if columns is None or read is None:
        why = last([one for one in events if one.detail.startswith(f"{stage} ")], NO_STAGE)
        return why.detail if why else f"the stack does not say how what reached {stage} is read back"
    file, wider = record.store.stage(stage), with_arrival(columns)
    try:
        told = record.record.held.get(stage, {})
        if changed := bound.not_read_from(record.store, stage, told, record.record.version):
            return changed
        ledger = record.due_at(stage, columns)
        figures = sure = held(ledger, rows.read(file, wider))
        if any(figures.wrong.values()):
            under_way = Lapse(nextafter(read.at - within, inf), inf)
            sure = held(ledger, rows.read(file, wider), (under_way,))
        return Seen(
            figures,
            sure,
            arrivals(ledger, rows.read(file, wider), columns.key, read.at),
            record.clocks_doubt,
            derived=ledger.path == record.store.due(stage),
        )
    except RecordTrouble as error:
        return str(error)


def _content(seen: Seen, stage: str, within: float) -> tuple[Outcome, str]:
    figures = seen.figures
    of = f"of {figures.expected:,} {seen.what}"
    if wrong := [*_wrong(seen.sure, of)]:
        perhaps = _perhaps(seen)
        outcome = Outcome.UNKNOWN if perhaps else Outcome.MISSED
        return outcome, "; ".join(wrong) + perhaps
    if figures.expected < FLOOR:
        return Outcome.UNKNOWN, f"only {figures.expected} of {FLOOR} {seen.what} had to be there"
    if seen.under_way:
        late = f"{seen.under_way:,} {of}"
        if figures.resurrected:
            late = counted(seen.under_way, "write or withdrawal", "writes or withdrawals")
        return Outcome.UNKNOWN, (
            f"{late} had not come when {stage} was read, less than {within:g} s after they "
            "were acknowledged: late or lost, nobody knows"
        )
    if figures.keyless:
        return Outcome.UNKNOWN, _not_looked_for(figures)
    return Outcome.MET, f"0 {of} are lost, altered or doubled"


def _perhaps(seen: Seen) -> str:
    """Why what looks wrong may be right, as an end of its sentence; "" when it is surely wrong."""
    wrong = {kind: getattr(seen.sure, kind) for kind in WRONG}
    if all(count <= seen.sure.may_be(kind) for kind, count in wrong.items()):
        return ", but writes or deletes that say no key may have been of those"
    late = not any(count for kind, count in wrong.items() if kind not in MAY_BE_LATE)
    return f", or only late: {seen.clocks}" if seen.clocks and late else ""


def _not_looked_for(figures: Figures) -> str:
    keyless = counted(figures.keyless, "acknowledged write says", "acknowledged writes say")
    return f"{keyless} no key: nobody looked for them"


def _wrong(figures: Figures, of: str) -> Iterator[str]:
    for kind in WRONG:
        if count := getattr(figures, kind):
            examples = ", ".join(figures.examples.get(kind, ()))
            whose = f"{of} " if kind == "lost" else ""
            yield f"{count:,} {whose}are {kind}" + (f", for example {examples}" if examples else "")


def _freshness(seen: Seen, stage: str, within: float, target: str) -> Verdict:
    times, name = seen.times, FRESHNESS.format(stage=stage)
    count, lacking = len(times.lags), int(np.count_nonzero(times.missing >= within))
    if count < FLOOR:
        reason = f"only {count} of {FLOOR} {seen.what} came, too few to tell how soon"
        return Verdict(name, Phase.RECOVERY, Outcome.UNKNOWN, target, "none", count, reason)
    middle, most, slowest = (float(one) for one in np.quantile(times.lags, [0.5, 0.95, 1.0]))
    late = int(np.count_nonzero(times.lags > within)) + lacking
    reason = f"half in {middle:.2f} s, 95 % in {most:.2f} s, the slowest in {slowest:.1f} s"
    outcome = Outcome.MET
    if under_way := len(times.missing) - lacking:
        outcome, reason = Outcome.UNKNOWN, f"{under_way:,} had not come yet, and still may in time; {reason}"
    if late:
        outcome = Outcome.MISSED
        reason = f"{late:,} of {count + len(times.missing):,} came later than that or not at all: {reason}"
    if doubt := _doubt(seen, stage):
        outcome, reason = Outcome.UNKNOWN, doubt
    if outcome is Outcome.MET and seen.figures.keyless:
        outcome, reason = Outcome.UNKNOWN, _not_looked_for(seen.figures)
    figures = {"median (s)": middle, "p95 (s)": most, "slowest (s)": slowest}
    return Verdict(name, Phase.RECOVERY, outcome, target, f"{slowest:.1f} s", count, reason, figures)


def _doubt(seen: Seen, stage: str) -> str:
    """Why times by two clocks are none."""
    early = f"by the clock of {stage}, rows came {seen.times.early:.1f} s before they were sent"
    return seen.clocks or (early if seen.times.early > TOLERANCE else "")
