"""Slow answers that a machine short of processor time explains: it was short while they were under way. Pure.

Over a whole window it may have been short and every slow answer come in its calm, or the other way round.
"""

from collections.abc import Sequence

import numpy as np

from slaharness.ledger.ledger import Ledger
from slaharness.ledger.witness.client_sli import Flags, Numbers, latencies
from slaharness.metrics import noise
from slaharness.metrics.evidence import Series
from slaharness.model.words import counted

#: Seconds for which answers may be slow still after the machine was short: what had queued is worked off.
LINGERS = 5.0


def explained(ledger: Ledger, kept: Sequence[Series], limit: float) -> Flags:
    """Which requests were answered, took longer than ``limit`` seconds, and met a machine that was short.

    ``kept`` are the record's series, among them what was sampled of the machine; where nothing was, none.
    """
    found: Flags = ledger.where("outcome", "ok") & (latencies(ledger) > limit)
    slow = np.flatnonzero(found)
    since, until = ledger.column("intended")[slow] - LINGERS, ledger.column("finished")[slow]
    found[slow] = _short(kept, since, until)
    return found


def told(excused: Flags) -> str:
    """Why nobody knows, in a sentence."""
    answers = counted(int(np.count_nonzero(excused)), "slow answer was", "slow answers were")
    return f"the machine was short of processor time while {answers} under way, which explains them"


def _short(kept: Sequence[Series], since: Numbers, until: Numbers) -> Flags:
    """Whether the machine was short from each of these instants to the other."""
    grown = {
        one.name: _at(one, until) - _at(one, since)
        for one in kept
        if one.name.startswith(noise.OURS) and one.samples
    }
    if noise.ALL not in grown:
        return np.zeros(len(since), np.bool_)
    sampled = next(one for one in kept if one.name == noise.ALL).samples
    seconds = np.clip(until, sampled[0][0], sampled[-1][0]) - np.clip(since, sampled[0][0], sampled[-1][0])
    much = {name: share > noise.MOST[name] for name, share in noise.shares(grown, seconds).items()}
    none = np.zeros(len(since), np.bool_)
    stolen, held, others, waiting = (
        much.get(name, none) for name in (noise.STOLEN, noise.HELD, noise.OTHERS, noise.WAITING)
    )
    short: Flags = stolen | held | (others & waiting)
    return short


def _at(counter: Series, instants: Numbers) -> Numbers:
    """What it had counted then; before its first sample as much as then, after its last one no more."""
    at, values = (np.array(column) for column in zip(*counter.samples, strict=True))
    counted_then: Numbers = np.interp(instants, at, values)
    return counted_then
