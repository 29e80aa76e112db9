"""When clients were well for good: slices of the ledger → the steady states among them. Pure."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from slaharness.model import LatencyBin
from slaharness.model.words import counted

#: So many times well and not well again is no accident.
FLAPS = 2


@dataclass(frozen=True)
class Steady:
    """What a slice must be like to be good, and how many in a row make a steady state.

    A slice is good when every request in it was answered as asked, and their p95 is at most
    ``(1 + tolerance)`` times the baseline's, or at most ``fast`` seconds, whichever allows more.
    ``blips`` of them may be slow: at 50 requests a second, one slow request in ten makes a slow slice.
    ``quiet`` is the longest time in seconds with no request at all that proves nothing either way.
    """

    baseline_p95: float
    tolerance: float = 0.5
    fast: float = 0.2
    slices: int = 5
    blips: int = 1
    quiet: float = 5.0

    @property
    def limit(self) -> float:
        return max((1 + self.tolerance) * self.baseline_p95, self.fast)

    def slow(self, piece: LatencyBin) -> bool:
        return piece.p95 is None or not piece.p95 <= self.limit


def failed(piece: LatencyBin) -> bool:
    return piece.fail + piece.unknown > 0


def held_from(pieces: Sequence[LatencyBin], steady: Steady) -> float | None:
    """When the last steady state began, if it still holds at the end."""
    stretches = _stretches(pieces, steady)
    return pieces[stretches[-1][0]].start if stretches and stretches[-1][1] == len(pieces) else None


def _stretches(pieces: Sequence[LatencyBin], steady: Steady) -> list[tuple[int, int]]:
    """Each steady state, as indices of its first slice and of the one that ended it; the last may go on.

    It takes ``steady.slices`` slices in a row, the first of them good and all but ``steady.blips`` too. One
    failed request ends it; slowness ends it when it lasts as long, because the p95 of a slice stands for a
    handful of requests, or when more than such a share of the slices is slow until the end.
    """
    found: list[tuple[int, int]] = []
    since: int | None = None
    row: deque[int] = deque(maxlen=steady.slices)
    for at, piece in enumerate(pieces):
        failing = failed(piece)
        row.append(at)
        slow = [steady.slow(pieces[one]) for one in row]
        if failing:
            row.clear()
        if since is not None and (failing or all(slow)):
            found.append((since, at))
            since = None
        elif since is None and len(row) == steady.slices and not slow[0] and sum(slow) <= steady.blips:
            since = row[0]
    return found if since is None else [*found, *_bounded(pieces, since, steady)]


def _bounded(pieces: Sequence[LatencyBin], since: int, steady: Steady) -> list[tuple[int, int]]:
    """The steady state from ``since`` on, cut where from there to the end few enough slices are slow.

    There is none when less is left of it than was cut off: good luck lasts a moment.
    """
    slow = [steady.slow(piece) for piece in pieces[since:]]
    left = sum(slow)
    for skipped, is_slow in enumerate(slow[: len(slow) // 2 + 1]):
        if not is_slow and left * steady.slices <= steady.blips * (len(slow) - skipped):
            before = [(since, since + skipped)] if skipped else []
            return [*before, (since + skipped, len(pieces))]
        left -= is_slow
    return []


def flapping(pieces: Sequence[LatencyBin], steady: Steady) -> str:
    """Why being well at the end proves little: it was well before, fell back, and had no time to again."""
    stretches = _stretches(pieces, steady)
    ended = [one for one in stretches[:-1] if one[0] > 0]  # it was well when it was struck
    if not ended:
        return ""
    lengths = [pieces[until].start - pieces[start].start for start, until in ended]
    at_the_end = pieces[-1].end - pieces[stretches[-1][0]].start
    # One relapse is an accident, after which no more is asked than that it is not the very end.
    if at_the_end >= steady.quiet and (len(ended) < FLAPS or at_the_end > max(lengths)):
        return ""
    return (
        f"it was well {counted(len(ended), 'time')} before, for up to {max(lengths):.1f} s, and fell back "
        f"each time: {at_the_end:.1f} s at the end prove no more"
    )
