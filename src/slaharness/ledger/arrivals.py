"""When what was acknowledged came to a later stage, as that stage's own rows tell. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from slaharness.ledger import digest, rows
from slaharness.ledger.digest import Digests
from slaharness.ledger.ledger import Ledger
from slaharness.model import ARRIVED

Times = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Arrivals:
    """Seconds, ascending. ``lags``: from a write's acknowledgement to its arrival, 0 where it came sooner.

    ``missing``: how long ago, when the stage was read, the writes were acknowledged that had not come, or of
    which only an earlier word had. Keys
    that were deleted, or of which a request was not answered, are in neither. ``early``: how long before it
    was sent a write came, at most: by clocks that agree, never.
    """

    lags: Times
    missing: Times
    early: float


def arrivals(ledger: Ledger, batches: Iterable[pa.RecordBatch], key: str, read_at: float) -> Arrivals:
    """Hold the ledger against the rows of a stage, whose column ``ARRIVED`` is in epoch milliseconds."""
    keys, acknowledged, sent, replaced = _acknowledged(ledger)
    came = np.full(len(keys), np.inf)
    for batch in batches:
        seen = digest.of_texts(batch.column(key))
        instants = batch.column(ARRIVED).to_numpy() / 1000
        places = np.searchsorted(keys, seen)
        known = places < len(keys)
        known[known] = keys[places[known]] == seen[known]
        known &= ~_among(replaced, seen, batch, ledger)
        np.minimum.at(came, places[known], instants[known])
    there = np.isfinite(came)
    return Arrivals(
        lags=np.sort(np.maximum(came[there] - acknowledged[there], 0.0)),
        missing=np.sort(read_at - acknowledged[~there]),
        early=float(np.max(sent[there] - came[there], initial=0.0)),
    )


def _among(replaced: Digests, seen: Digests, batch: pa.RecordBatch, ledger: Ledger) -> Flags:
    """Which rows hold a value that was not the last word on their key any more."""
    if not len(replaced) or not ledger.columns:
        return np.zeros(len(seen), np.bool_)
    return np.isin(digest.fold(seen, rows.digests(batch, ledger.columns)), replaced)


def _acknowledged(ledger: Ledger) -> tuple[Digests, Times, Times, Digests]:
    """Keys of which every request was an acknowledged write; when the last ended, when the first was sent.

    And what was replaced of them: keys and values, folded.
    """
    keys, write = ledger.column("key"), ledger.where("operation", "write")
    of_keys = np.flatnonzero((keys != 0) & (write | ledger.where("operation", "delete")))
    of_keys = of_keys[np.argsort(keys[of_keys])]
    keys = keys[of_keys]
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])[: len(of_keys)])
    sure = np.logical_and.reduceat((write & ledger.where("outcome", "ok"))[of_keys], starts)
    ended, sent = ledger.column("finished")[of_keys], ledger.column("sent")[of_keys]
    latest = np.repeat(np.maximum.reduceat(sent, starts), np.diff(starts, append=len(of_keys)))
    words = digest.fold(keys, ledger.column("value")[of_keys])
    replaced = np.setdiff1d(words[ended < latest], words[ended >= latest])
    finished, first = np.maximum.reduceat(ended, starts), np.minimum.reduceat(sent, starts)
    return keys[starts][sure], finished[sure], first[sure], replaced
