"""Did a backup or a restore that was struck while it was under way end well all the same? Pure.

A try that was struck may fail, if it says why and another one works. One that nothing struck says nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from slaharness.checks.registry import check
from slaharness.errors import BadInput
from slaharness.events import STRUCK
from slaharness.model import FAULT, Event, Outcome, Timeline, Verdict
from slaharness.record.saved_run import SavedRun

#: Seconds after a strike in which a try may have failed of it, where it was not under way yet.
LATE = 60.0


@dataclass(frozen=True)
class Attempt:
    """All tries of one backup or restore: what struck, which failed, since when one ran, when one worked."""

    strikes: tuple[Event, ...]
    failures: tuple[Event, ...]
    running: float
    finished: float | None

    @property
    def struck(self) -> bool:
        """Whether a strike met it: one while it ran, or one just before, of which a try then died."""
        hurt = any(0 <= failed.at - strike.at <= LATE for strike in self.strikes for failed in self.failures)
        return hurt or any(one.at >= self.running for one in self.strikes)


@check("retried", over=FAULT)
def retried(record: SavedRun, what: str) -> Verdict:
    """Whether each ``backup`` or ``restore`` that was struck while under way ended well all the same."""
    if what not in {"backup", "restore"}:
        raise BadInput(f"retried({what!r}): ask for 'backup' or 'restore'")
    return judge_retry(record.timeline, what)


def judge_retry(timeline: Timeline, what: str) -> Verdict:
    """MET when each ``backup`` or ``restore`` (``what``) that was struck ended well, with its failures told.

    UNKNOWN when none was struck while it ran, or one that was failed without a word on why.
    """
    struck = [one for one in _attempts(timeline, what) if one.struck]
    failures = [failure for one in struck for failure in one.failures]
    ended = [one.finished - one.strikes[0].at for one in struck if one.finished is not None]
    lost = [one for one in struck if one.finished is None]
    if not struck:
        outcome, reason = Outcome.UNKNOWN, f"nothing struck while a {what} was under way"
    elif lost:
        outcome, reason = Outcome.MISSED, f"no other try worked: {lost[0].failures[-1].detail}"
    elif not all(failure.detail for failure in failures):
        outcome, reason = Outcome.UNKNOWN, "a try failed without a word on why"
    else:
        outcome, reason = Outcome.MET, _told(struck[0].strikes[0], failures, max(ended))
    return Verdict(
        objective=f"{what}-retried",
        phase=FAULT,
        outcome=outcome,
        target="ends well",
        seen=f"{len(failures)} failed, {len(ended)} ended well" if struck else "none",
        requests=None,
        reason=reason,
        figures={"failed": float(len(failures)), "until well (s)": max(ended, default=None)},
    )


def _told(strike: Event, failures: list[Event], waited: float) -> str:
    said = f"a try failed: {failures[0].detail}" if failures else "no try failed"
    return f"{strike.detail} was struck; {said}; well {waited:.1f} s after the strike"


def _attempts(timeline: Timeline, what: str) -> Iterator[Attempt]:
    events = sorted(timeline.events, key=lambda one: one.at)
    begins = [one.at for one in events if one.name == f"{what} began"]
    for began, limit in pairwise((*begins, inf)):
        during = [one for one in events if began <= one.at < limit]
        finished = next((one.at for one in during if one.name == f"{what} finished"), None)
        failures = tuple(one for one in during if one.name == f"{what} failed")
        end = finished if finished is not None else max((one.at for one in failures), default=-inf)
        running = min((one.at for one in during if one.name == f"{what} under way"), default=inf)
        strikes = tuple(one for one in during if one.name == STRUCK and one.at <= end)
        yield Attempt(strikes, failures, running, finished)
