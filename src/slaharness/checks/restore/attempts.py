"""What a run's events tell of its data: backed up, lost, restored, read again. Pure.

Whoever did it stamped each event; what more there is to say is JSON in the event's detail.
A run may back up and restore several times: what counts are the restores that came to their end, each with
the backup that it names and the loss between them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from slaharness.events import (
    BACKUP_BEGAN,
    BACKUP_FAILED,
    BACKUP_FINISHED,
    FIRST_VERIFIED_READ,
    RESTORE_BEGAN,
    RESTORE_FAILED,
    RESTORE_FINISHED,
    STORAGE_LOST,
)
from slaharness.model import BACKUP, Event, Timeline, Window

#: Seconds of a window in which users can be said to have fared well or ill.
LEAST = 16.0


class _Detail(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")

    @classmethod
    def of(cls, event: Event) -> Self:
        """Raise ValueError naming what the event should have said."""
        try:
            return cls.model_validate_json(event.detail)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "its detail"
            raise ValueError(f"{event.name!r} says too little: {where}: {first['msg']}") from error


class Kept(_Detail):
    """Of ``backup finished``: the backup's name, its size in the store, its tables (``keyspace.table``)."""

    name: str
    bytes: int = Field(ge=0)
    objects: int = Field(ge=0)
    tables: frozenset[str]


class Gone(_Detail):
    """Of ``storage lost``: uids of claims and volumes by name, their directories, and what is ``left``.

    ``disks`` are those of the nodes that had them, where they went as well.
    """

    claims: Mapping[str, str]
    volumes: Mapping[str, str]
    directories: tuple[str, ...]
    disks: tuple[str, ...] = ()
    left: tuple[str, ...]


class Back(_Detail):
    """Of ``restore finished``: the backup's name, what came back, the uids of the claims that it is on."""

    name: str
    bytes: int = Field(ge=0)
    tables: frozenset[str]
    claims: Mapping[str, str]


@dataclass(frozen=True)
class RestoreAttempt:
    """One backup, loss and restore. Times are seconds since the epoch; ``verified`` is None when not seen."""

    began: float
    finished: float
    kept: Kept
    lost: float
    gone: Gone
    restoring: float
    restored: float
    back: Back
    verified: float | None


def restore_attempts(timeline: Timeline) -> tuple[RestoreAttempt, ...]:
    """Every restore that came to its end, the first one first, and at least one.

    Raise ValueError naming the event that is missing, says too little, or comes in no order.
    """
    _last(timeline, RESTORE_FINISHED)
    ends = [one for one in timeline.events if one.name == RESTORE_FINISHED]
    return tuple(_attempt(timeline, end) for end in sorted(ends, key=lambda one: one.at))


def _attempt(timeline: Timeline, end: Event) -> RestoreAttempt:
    back = Back.of(end)
    begin = _last(timeline, RESTORE_BEGAN, until=end.at)
    loss = _last(timeline, STORAGE_LOST, until=begin.at)
    saved = _last(timeline, BACKUP_FINISHED, until=loss.at, of=lambda one: _name(one) == back.name)
    saving = _begun(timeline, saved)
    return RestoreAttempt(
        began=saving.at,
        finished=saved.at,
        kept=Kept.of(saved),
        lost=loss.at,
        gone=Gone.of(loss),
        restoring=begin.at,
        restored=end.at,
        back=back,
        verified=_verified(timeline, begin.at, end.at),
    )


def _verified(timeline: Timeline, began: float, ended: float) -> float | None:
    """When it was first read, once all was back, after a restore of then, and before another one began."""
    later = min((e.at for e in timeline.events if e.name == RESTORE_BEGAN and e.at > began), default=inf)
    reads = (e.at for e in timeline.events if e.name == FIRST_VERIFIED_READ and ended <= e.at < later)
    return min(reads, default=None)


def failure(timeline: Timeline) -> str:
    """What the last word on the backup or on its restore is, when that is that it failed; else ""."""
    for what, good, bad in (
        ("backup", BACKUP_FINISHED, BACKUP_FAILED),  # first: of a failed one there is nothing to restore
        ("restore", RESTORE_FINISHED, RESTORE_FAILED),
    ):
        words = [one for one in timeline.events if one.name in {good, bad}]
        last = max(words, key=lambda one: one.at, default=None)
        if last and last.name == bad:
            return f"the {what} failed: {last.detail or 'it did not say why'}"
    return ""


def unreadable(timeline: Timeline) -> str:
    """Why there is nothing to read: storage was lost, and what should bring it back failed; else ""."""
    lost = any(one.name == STORAGE_LOST for one in timeline.events)
    return failure(timeline) if lost else ""


def window(timeline: Timeline) -> Window | None:
    """From when to when the last backup was made that came to its end; None without one.

    LEAST seconds, unless the storage is lost before: too few requests meet a backup that takes a moment.
    """
    try:
        end = _last(timeline, BACKUP_FINISHED)
        began = _begun(timeline, end).at
    except ValueError:
        return None
    lost = min(
        (one.at for one in timeline.events if one.name == STORAGE_LOST and one.at >= end.at), default=inf
    )
    return Window(BACKUP, began, min(max(end.at, began + LEAST), lost))


def _begun(timeline: Timeline, saved: Event) -> Event:
    """When that backup began: by its name, or as the last one that did, where a name came to it later."""
    named = [one for one in timeline.events if one.name == BACKUP_BEGAN and one.detail == _name(saved)]
    return _last(timeline, BACKUP_BEGAN, until=saved.at, of=lambda one: not named or one in named)


def _last(
    timeline: Timeline,
    name: str,
    *,
    until: float = float("inf"),
    of: Callable[[Event], bool] = lambda _: True,
) -> Event:
    named = [one for one in timeline.events if one.name == name]
    found = [one for one in named if one.at <= until and of(one)]
    if not found:
        none = f"{name!r} is told, but not of this backup before what came of it" if named else None
        raise ValueError(none or f"the run does not tell of {name!r}")
    return max(found, key=lambda one: one.at)


def _name(event: Event) -> str:
    return Kept.of(event).name
