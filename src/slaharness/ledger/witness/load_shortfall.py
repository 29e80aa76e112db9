"""Did the load keep its own pace? What it could not send says nothing about the stack. Pure."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from slaharness.ledger.ledger import Ledger
from slaharness.ledger.witness import client_sli
from slaharness.ledger.witness.client_sli import Flags, Numbers
from slaharness.ledger.witness.scrapes import COUNTER, as_scraped
from slaharness.metrics.evidence import Series
from slaharness.model import Window
from slaharness.model.words import counted

#: The least share of the arrivals offered that must have been started, or found no room.
LEAST = 0.99
#: Seconds that a user may wait for an answer before it is said to ask less than it would.
PATIENCE = 1.0
#: Arrivals that tell a share of all, and the part of that share that has to be kept.
MANY, SHARE = 10, 0.9
#: Arrivals without a request that may be counted apart by chance.
BY_CHANCE = 2
#: What arrivals are counted as, and the name of the counter.
ARRIVALS = ("offered", "started", "overflowed")
_NAME = "loadgen_arrivals_{}_total"
_OFFERED = _NAME.format("offered")
#: How many users a process of the load has.
USERS = "loadgen_users"


def shortfall(kept: Sequence[Series], window: Window) -> str:
    """Why the window's load was not the one that was asked for; "" when it was, or is no open-loop load.

    ``kept`` are the record's series.
    """
    kinds = {kind for kind in ARRIVALS if any(one.name == _NAME.format(kind) for one in kept)}
    if kinds and "offered" not in kinds:
        return (
            "how many arrivals were due is not in the record, so nobody knows whether the load kept its pace"
        )
    if _share_is_less(kept, window):
        return "one of the load's processes planned fewer arrivals than before, beside the others"
    offered = _grown(kept, "offered", window)
    begun = _grown(kept, "started", window) + _grown(kept, "overflowed", window)
    if begun >= LEAST * offered:
        return ""
    return (
        f"the load began only {begun:,.0f} of {offered:,.0f} arrivals that were due: it was short of "
        "processor time itself, or asks for more than one worker"
    )


def lateness(ledger: Ledger, kept: Sequence[Series], window: Window, names: Collection[str] = ()) -> str:
    """How much of what was due in the window the load itself did not send in time, in a sentence."""
    late, worst = client_sli.sent_late(ledger, window, names)
    parts = []
    if unseen := without_an_end(ledger, kept, window):
        parts.append(f"{counted(unseen, 'arrival was', 'arrivals were')} due that the ledger tells no end of")
    if waited := held_back(ledger, kept, window):
        parts.append(
            f"its users waited for answers, and sent some {counted(waited, 'request')} less meanwhile"
        )
    if late or (worst > 0 and not parts):
        said = f"the load itself sent {counted(late, 'request')} more than {client_sli.LATE:g} s late"
        parts.insert(0, f"{said}, the latest by {worst:.1f} s")
    return f"{' and '.join(parts)}: how those would have fared decides, and is not known"


def is_closed_loop(kept: Sequence[Series]) -> bool:
    """Whether the load's users wait for their answers: it counts requests, and plans no arrivals."""
    names = {one.name for one in kept}
    return COUNTER in names and _OFFERED not in names


def is_mixed(kept: Sequence[Series]) -> bool:
    """Whether users wait for their answers beside planned arrivals: there are more than plan any.

    Of each class that does there is one in each process of the load.
    """
    plans = Counter(one.labels.get("instance") for one in kept if one.name == _OFFERED)
    there = {
        one.labels.get("instance"): max((value for _, value in one.samples), default=0.0)
        for one in kept
        if one.name == USERS
    }
    return any(there.get(instance, 0.0) > planning for instance, planning in plans.items())


def closed_loop(kept: Sequence[Series]) -> str:
    """What to add to a verdict on a load of users who wait; "" for any other."""
    if is_closed_loop(kept):
        return "; closed-loop load: users wait for their answers, and latency counts from sending"
    if is_mixed(kept):
        return "; partly closed-loop load: users without a plan wait for their answers"
    return ""


def patient(ledger: Ledger, kept: Sequence[Series]) -> Flags:
    """Which requests had users who asked nothing until they were answered.

    Beside planned arrivals, those without a plan: they were meant for the instant at which they were sent.
    """
    if is_closed_loop(kept):
        return np.ones(len(ledger), np.bool_)
    if is_mixed(kept):
        unplanned: Flags = ledger.column("intended") == ledger.column("sent")
        return unplanned
    return np.zeros(len(ledger), np.bool_)


def held_back(ledger: Ledger, kept: Sequence[Series], window: Window) -> int:
    """Requests that users did not send in the window as they waited longer than PATIENCE for an answer.

    One a second of waiting, for each user who waited; 0 for an open-loop load.
    """
    since, until = waits(ledger, kept)
    waited = np.minimum(until, window.end) - np.maximum(since, window.start)
    return int(np.ceil(np.maximum(waited, 0.0)).sum())


def waits(ledger: Ledger, kept: Sequence[Series], patience: float = PATIENCE) -> tuple[Numbers, Numbers]:
    """From when to when users asked nothing as they waited longer than that."""
    waiting = patient(ledger, kept)
    since, until = ledger.column("sent")[waiting] + patience, ledger.column("finished")[waiting]
    longer = until > since
    return since[longer], until[longer]


def without_an_end(ledger: Ledger, kept: Sequence[Series], window: Window) -> int:
    """Arrivals that were due in the window, as the load counted them, and have no request in its ledger.

    0 where the ledger has no planned request at all, or some arrivals had none before the window either:
    tasks need not send any.
    """
    planned = np.sort(ledger.column("intended")[ledger.column("intended") < ledger.column("sent")])
    if not len(planned):
        return 0
    unplanned = _lacking(planned, kept, _before(kept, window))
    return 0 if unplanned > BY_CHANCE else _lacking(planned, kept, window)


def _before(kept: Sequence[Series], window: Window) -> Window:
    """From when everybody's arrivals were counted to the window."""
    first = max((one.samples[0][0] for one in kept if one.name == _OFFERED and one.samples), default=np.inf)
    return replace(window, start=min(first, window.start), end=window.start)


def _lacking(planned: Numbers, kept: Sequence[Series], window: Window) -> int:
    """So many more arrivals were offered than there are ``planned`` requests, between the same scrapes."""
    try:
        _, most = as_scraped(kept, window)
    except ValueError:  # nobody knows when those were, which is said elsewhere
        return 0
    there = np.searchsorted(planned, most.end, side="right") - np.searchsorted(planned, most.start)
    return max(0, int(_grown(kept, "offered", window)) - int(there))


def _share_is_less(kept: Sequence[Series], window: Window) -> bool:
    """Whether one of several processes, or classes of users, planned a lesser share than it did before."""
    earlier = _before(kept, window)
    whole, before = (_grown(kept, "offered", one) for one in (window, earlier))
    shares = (
        (_grown([one], "offered", earlier), _grown([one], "offered", window))
        for one in kept
        if one.name == _OFFERED
    )
    return any(was >= MANY and now * before < SHARE * was * whole for was, now in shares)


def _grown(kept: Sequence[Series], kind: str, window: Window) -> float:
    ends = [
        (first, last)
        for one in kept
        if one.name == _NAME.format(kind)
        if (first := one.before(window.start)) and (last := one.before(window.end))
    ]
    return sum(last[1] - first[1] for first, last in ends)
