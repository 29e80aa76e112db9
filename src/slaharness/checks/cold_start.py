"""How a sleeping service wakes: from work to answer, stage by stage, told from stamped events. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from statistics import median

from slaharness.checks.registry import check
from slaharness.checks.scale_to_zero import several
from slaharness.cost.usage import workload
from slaharness.errors import BadInput
from slaharness.events import (
    FIRST_SUCCESS,
    OF_A_POD,
    POD_CREATED,
    REFUSED,
    STAGES,
    WATCH_ENDED,
    WATCHED_UNTIL,
    WORK_ARRIVED,
    WORK_ENDED,
)
from slaharness.host.duration import seconds
from slaharness.model import Event, Outcome, Phase, Verdict
from slaharness.model.words import counted
from slaharness.record.saved_run import SavedRun

#: The name that verdicts on waking carry where an objective's name would stand.
COLD_STARTED = "cold-started"
#: Seconds by which a watch may hear of a stage after one that follows it, and still be one to believe.
LAG = 5.0


@check(COLD_STARTED, over=Phase.FAULT)
def cold_started(record: SavedRun, *, within: str | float, wakes: int = 10, refused: int = 0) -> Verdict:
    """Whether 95 % of at least ``wakes`` cold starts took so long at most, from work to answer."""
    if wakes < 1:
        raise BadInput(f"cold_started(wakes={wakes}): ask for one or more")
    return judge_cold_starts(record.timeline.events, within=seconds(within), least=wakes, refused=refused)


@dataclass(frozen=True)
class Wake:
    """One wake: when each stage was reached at the latest (epoch s), and how many requests were refused.

    ``lag`` is by how many seconds a stage was heard of after one that follows it, ``asked`` for how many
    it was asked for an answer: 0 where nobody says.
    """

    stages: Mapping[str, float]
    refused: int
    lag: float
    asked: float

    @property
    def took(self) -> float | None:
        """Seconds from work to the first answer; None when none was seen."""
        end = self.stages.get(FIRST_SUCCESS)
        return None if end is None else end - self.stages[WORK_ARRIVED]


def wakes(events: Sequence[Event]) -> list[Wake]:
    """One wake for each piece of work that arrived; what is stamped before the next one belongs to it."""
    watched = {event.detail for event in events if event.name == WATCHED_UNTIL}
    ours = (event for event in events if event.name not in OF_A_POD or workload(event.detail) in watched)
    ordered = sorted(ours, key=lambda event: event.at)
    starts = [at for at, event in enumerate(ordered) if event.name == WORK_ARRIVED]
    return [_wake(ordered[start:end]) for start, end in pairwise([*starts, len(ordered)])]


def _wake(events: Sequence[Event]) -> Wake:
    heard: dict[str, float] = {}
    for event in events:
        if event.name in STAGES:
            heard.setdefault(event.name, event.at)
    # A pod that is there was asked for before, though the watch that says so be the slower one.
    stages, latest = {}, float("inf")
    for name in reversed([name for name in STAGES if name in heard]):
        stages[name] = latest = min(heard[name], latest)
    lag = max(heard[name] - stages[name] for name in heard)
    arrived = events[0].at
    given_up = next((event.at for event in events if event.name in {WORK_ENDED, WATCHED_UNTIL}), arrived)
    return Wake(stages, sum(event.name == REFUSED for event in events), lag, given_up - arrived)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest of ``values`` that ``share`` of them do not exceed: one that was seen."""
    return sorted(values)[max(0, ceil(share * len(values)) - 1)]


def judge_cold_starts(events: Sequence[Event], *, within: float, least: int, refused: int = 0) -> Verdict:
    """MET when 95 % of ``least`` wakes or more took at most ``within`` seconds, and few were refused.

    A wake that nobody saw end counts as longer than any limit that it was asked for.
    """
    found = wakes(events)
    times = [one.took if one.took is not None else float("inf") for one in found]
    lost = sum(one.took is None and one.asked >= within for one in found)
    turned_away = sum(one.refused for one in found)
    p95 = quantile(times, 0.95) if times else None
    met = p95 is not None and p95 <= within and not lost and turned_away <= refused
    blind = [f"not watched: {event.detail}" for event in events if event.name == WATCH_ENDED]
    doubts = (*_given_up(found, within), *_doubts(found, least), *blind) if not lost else ()
    if more := several(events):
        doubts = (more,)
    return Verdict(
        objective=COLD_STARTED,
        phase=Phase.FAULT,
        outcome=Outcome.UNKNOWN if doubts else Outcome.MET if met else Outcome.MISSED,
        target=f"p95 ≤ {within:g} s",
        seen="none" if p95 is None else f"{p95:.2f} s" if p95 < float("inf") else "not seen",
        requests=len(found),
        reason="; ".join(doubts) or _story(found, lost, turned_away),
        figures=dict(_figures(found)),
    )


def _given_up(found: Sequence[Wake], within: float) -> Iterator[str]:
    """Those without an answer that might have had one in time."""
    for number, one in enumerate(found, 1):
        if one.took is None and one.asked < within:
            yield f"wake {number} was given up after {one.asked:.1f} s, sooner than {within:g} s"


def _doubts(found: Sequence[Wake], least: int) -> Iterator[str]:
    """Why neither a yes nor a no may be concluded."""
    if len(found) < least:
        yield f"only {len(found)} of {least} wakes were tried"
    for number, one in enumerate(found, 1):
        if POD_CREATED not in one.stages:
            yield f"wake {number} woke nobody: no pod was made between work and answer"
        elif one.lag > LAG:
            yield f"wake {number}: a stage was heard of {one.lag:.1f} s after one that follows it"


def _story(found: Sequence[Wake], lost: int, turned_away: int) -> str:
    """Say it like "10 wakes, p50 3.1 s: scaler active after 1.4 s, pod created 0.1, …; 0 refused"."""
    ended = [one.took for one in found if one.took is not None]
    words = counted(len(found), "wake")
    if ended:
        words += f", p50 {median(ended):.2f} s: {', '.join(_stages(found))}"
    if lost:
        words += f"; {lost} not seen to end"
    return f"{words}; {counted(turned_away, 'request')} refused"


def _figures(found: Sequence[Wake]) -> Iterator[tuple[str, float | None]]:
    """Seconds of each wake, for plots."""
    for number, one in enumerate(found, 1):
        yield f"wake {number} (s)", one.took


def _stages(found: Sequence[Wake]) -> Iterator[str]:
    """The median of each stage, in seconds since the one before."""
    for before, after in pairwise(STAGES):
        both = [one.stages for one in found if before in one.stages and after in one.stages]
        if both:
            yield f"{after} +{median(one[after] - one[before] for one in both):.2f}"
