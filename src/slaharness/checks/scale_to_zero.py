"""Whether a service slept when nobody wanted anything, and stayed awake while somebody did. Pure.

Two witnesses: who watched the API, and the numbers of pods that Prometheus scraped. Asleep is what both say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, inf, isfinite

from slaharness.checks.registry import check
from slaharness.errors import RecordTrouble
from slaharness.events import (
    ASLEEP,
    PODS_READY,
    REFUSED,
    SCALER_ACTIVE,
    SENT_TO_SLEEP,
    WATCHED_UNTIL,
    WORK_BEGAN,
    WORK_ENDED,
    last,
)
from slaharness.host.duration import seconds
from slaharness.metrics.evidence import LOST, MIN_SCRAPES, STRETCH, Series
from slaharness.model import Event, Outcome, Phase, Verdict, Window
from slaharness.model.words import counted
from slaharness.record.saved_run import SavedRun

#: The names that verdicts carry where an objective's name would stand.
ZERO, AWAKE = "scaled-to-zero", "stayed-awake"
#: kube-state-metrics' name for how many pods a Deployment has.
REPLICAS = "kube_deployment_status_replicas"
#: Seconds until what the API says is scraped, also on a busy machine.
LATE = 3.0
#: Seconds for which Prometheus must have answered again, for anyone to have acted on what it says.
BACK = 20.0


@check(ZERO, over=Phase.FAULT)
def scaled_to_zero(record: SavedRun, *, within: str | float) -> Verdict:
    """Whether the watched service had no pod ``within`` that long of the last work, and lastingly."""
    events, interval = record.timeline.events, record.record.interval
    return judge_scaled_to_zero(events, record.series, within=seconds(within), interval=interval)


@check(AWAKE, over=Phase.FAULT)
def stayed_awake(record: SavedRun) -> Verdict:
    """Whether the watched service had a pod for as long as work went on, through the fault."""
    fault, interval = record.fault.started if record.fault else -inf, record.record.interval
    return judge_awake(record.timeline.events, record.series, fault=fault, interval=interval)


@dataclass(frozen=True)
class Looked:
    """From when to when (epoch s), and the numbers of pods scraped meanwhile, one every ``interval`` s.

    ``samples`` are in order of time, of as many targets as tell of the service.
    """

    start: float
    end: float
    samples: tuple[tuple[float, float], ...]
    interval: float

    @property
    def counts(self) -> tuple[float, ...]:
        return tuple(count for _, count in self.samples)

    @property
    def strange(self) -> str:
        """What no number of pods is: neither some nor none; "" when all are."""
        found = next((one for one in self.counts if not (isfinite(one) and one >= 0)), None)
        return "" if found is None else f"Prometheus has a sample of {REPLICAS} that is {found:g}"

    @property
    def thin(self) -> str:
        """Why too little was scraped to say anything, or ""."""
        seconds = max(0.0, self.end - self.start)
        promised = int(seconds / self.interval)
        if promised < MIN_SCRAPES:
            return f"it was looked at for {seconds:.1f} s only"
        if (seen := self._seen(promised)) < (1 - LOST) * promised:
            return f"Prometheus has {seen} of {promised} promised samples of {REPLICAS}"
        return self.strange

    def _seen(self, promised: int) -> int:
        """How many of those promised are there: two targets make up for no time that both are silent."""
        ends = (self.start, *(at for at, _ in self.samples), self.end)
        gaps = [(later - at) / self.interval for at, later in pairwise(ends)]
        lost = sum(gap - 1 for gap in gaps if gap > STRETCH)
        return min(len(self.samples), promised - floor(lost + 0.5))


def judge_scaled_to_zero(
    events: Sequence[Event], series: Sequence[Series], *, within: float, interval: float
) -> Verdict:
    """MET when the watched service had no pod ``within`` seconds of the last work, and none until the end.

    The end is that of watching. ``series`` are the record's; of them counts ``REPLICAS`` of that service.
    """
    idle, watched = last(events, WORK_ENDED), last(events, WATCHED_UNTIL)
    if idle is None or watched is None:
        return _sleep(Outcome.UNKNOWN, within, None, "nobody saw the work end")
    if more := several(events):
        return _sleep(Outcome.UNKNOWN, within, None, more)
    asleep = next((e.at for e in events if e.name == ASLEEP and idle.at <= e.at <= watched.at), None)
    if asleep is None:
        return _still_awake(looked(series, watched, idle.at, watched.at, interval), within)
    took = asleep - idle.at
    relapse = next((e.at for e in events if _wakes(e) and asleep < e.at <= watched.at), None)
    if relapse:
        why = f"woken again {relapse - asleep:.1f} s after it fell asleep, with no work there"
        return _sleep(Outcome.MISSED, within, took, why)
    return _slept(took, within, looked(series, watched, asleep + LATE, watched.at, interval))


def _wakes(event: Event) -> bool:
    """Whether somebody is up again: a first pod is to be, or is ready."""
    return event.name == SCALER_ACTIVE or (event.name == PODS_READY and event.detail != "0")


def _slept(took: float, within: float, looked: Looked) -> Verdict:
    if looked.thin:
        return _sleep(Outcome.UNKNOWN, within, took, f"the API has no pod, but {looked.thin}")
    if (most := max(looked.counts)) > 0:
        return _sleep(Outcome.UNKNOWN, within, took, f"the API has no pod, but Prometheus saw {most:g}")
    lasting = looked.end - looked.start + LATE
    why = f"no pod for {lasting:.0f} s, by the API and by {counted(len(looked.counts), 'sample')}"
    return _sleep(Outcome.MET if took <= within else Outcome.MISSED, within, took, why)


def _still_awake(looked: Looked, within: float) -> Verdict:
    seconds = looked.end - looked.start
    if seconds < within:
        return _sleep(Outcome.UNKNOWN, within, None, f"watched for {seconds:.0f} s after the last work only")
    if looked.thin:
        return _sleep(Outcome.UNKNOWN, within, None, looked.thin)
    if not looked.counts[-1]:
        return _sleep(Outcome.UNKNOWN, within, None, "Prometheus saw no pod in the end, but nobody saw it go")
    why = f"{counted(looked.counts[-1], 'pod')} {seconds:.0f} s after the last work"
    return _sleep(Outcome.MISSED, within, None, why)


def _sleep(outcome: Outcome, within: float, took: float | None, reason: str) -> Verdict:
    seen = "not seen" if took is None else f"{took:.1f} s"
    return Verdict(ZERO, Phase.FAULT, outcome, f"≤ {within:g} s", seen, None, reason)


def judge_awake(
    events: Sequence[Event], series: Sequence[Series], *, fault: float, interval: float
) -> Verdict:
    """MET when the watched service had a pod for as long as work went on, through a ``fault`` (epoch s).

    The fault takes Prometheus away, so it is the watch on the API that tells; that Prometheus came back, and
    long enough for what it says to be acted on, its samples tell.
    """
    began, ended = last(events, WORK_BEGAN), last(events, WORK_ENDED)
    if began is None or ended is None:
        return _awake(Outcome.UNKNOWN, 0, "no work was done")
    answered = _number(ended)
    if more := several(events):
        return _awake(Outcome.UNKNOWN, answered, more)
    down = (e for e in events if e.name in {SENT_TO_SLEEP, ASLEEP} and began.at < e.at < ended.at)
    if asleep := next(down, None):
        why = f"{asleep.name} {asleep.at - fault:.1f} s after the fault, while work went on"
        return _awake(Outcome.MISSED, answered, why)
    if doubts := "; ".join((*_doubts(events, began, ended, fault), *_unseen(events, series, interval))):
        return _awake(Outcome.UNKNOWN, answered, doubts)
    refused = sum(e.name == REFUSED for e in events)
    why = (
        f"it had a pod for all of {ended.at - began.at:.0f} s of work; {counted(refused, 'request')} refused"
    )
    return _awake(Outcome.MET, answered, why)


def _doubts(events: Sequence[Event], began: Event, ended: Event, fault: float) -> Iterator[str]:
    """Why a service that was never sent to sleep may not have been tempted."""
    answered = _number(ended)
    refused = sum(e.name == REFUSED and began.at < e.at for e in events)
    if not began.at < fault < ended.at:
        yield "the fault did not strike while work went on"
    if not answered:
        yield "no request was answered, so there was no work to stay awake for"
    elif refused > answered:
        yield f"only {answered} of {answered + refused} requests were answered: that is not staying awake"


def _unseen(events: Sequence[Event], series: Sequence[Series], interval: float) -> Iterator[str]:
    """Why it may have been asleep unseen, or nobody could have acted on what Prometheus said."""
    began, ended, watched = (last(events, name) for name in (WORK_BEGAN, WORK_ENDED, WATCHED_UNTIL))
    if began is None or ended is None or watched is None or watched.at < ended.at:
        yield "nobody watched to the end of the work"
        return
    back = looked(series, watched, max(began.at, ended.at - BACK), ended.at, interval)
    while_busy = looked(series, watched, began.at + LATE, ended.at, interval)
    if back.thin:
        yield f"Prometheus was not back for the last {BACK:g} s of work: {back.thin}"
    elif while_busy.strange:
        yield while_busy.strange
    elif empty := while_busy.counts.count(0.0):
        yield f"the API told of no sleep, but Prometheus saw no pod in {counted(empty, 'sample')}"


def _number(ended: Event) -> int:
    """How many requests were answered. Raises RecordTrouble when that is no number."""
    try:
        return int(ended.detail or 0)
    except ValueError as error:
        raise RecordTrouble(f"event {ended.name!r}: {ended.detail!r} is no number of answers") from error


def _awake(outcome: Outcome, answered: int, reason: str) -> Verdict:
    seen = {Outcome.MET: "always", Outcome.MISSED: "asleep", Outcome.UNKNOWN: "none"}[outcome]
    return Verdict(AWAKE, Phase.FAULT, outcome, "always", seen, answered, reason)


def several(events: Sequence[Event]) -> str:
    """Why nobody knows of which service is asked: more than one was watched; "" otherwise.

    What was stamped of work and sleep does not say whose it was, and one that slept is no word on the other.
    """
    watched = dict.fromkeys(one.detail for one in events if one.name == WATCHED_UNTIL)
    if len(watched) < 2:  # noqa: PLR2004 - an only one is meant
        return ""
    return (
        f"{' and '.join(watched)} were watched, and nobody knows which is meant; give each a run of its own"
    )


def looked(series: Sequence[Series], watched: Event, start: float, end: float, interval: float) -> Looked:
    """What was scraped in that time of the Deployment that was watched, every ``interval`` s as promised.

    The event's detail says which (``namespace/name``).
    """
    window = Window(Phase.FAULT, start, end)
    ours = [one for one in series if one.name == REPLICAS and _name(one) == watched.detail]
    return Looked(
        start, end, tuple(sorted(sample for one in ours for sample in one.within(window))), interval
    )


def _name(one: Series) -> str:
    return f"{one.labels.get('namespace')}/{one.labels.get('deployment')}"
