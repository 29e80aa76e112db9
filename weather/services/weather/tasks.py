"""The tasks service: takes what is to be done later, and tells what has been; who does it may be asleep."""

from enum import StrEnum
from typing import Any

from fastapi import APIRouter

from weather import analytics, fanout, queue, statements
from weather.app import Db
from weather.model import Announcement, Consistency, Made, Station, Summary

STATEMENTS = (statements.PUT_OFF, statements.DELIVERED, statements.SUMMARIES, statements.DEAD_LETTERS)


class Kind(StrEnum):
    """Of work."""

    FANOUT = fanout.KIND
    ANALYTICS = analytics.KIND


routes = APIRouter()


@routes.post("/stations/{station}/announcements", status_code=202)
async def announce(
    station: Station,
    announcement: Announcement,
    store: Db,
    consistency: Consistency = Consistency.LOCAL_QUORUM,
) -> Made:
    """Answer 202 once it is certain that everyone named will hear of it."""
    await queue.put(store, fanout.KIND, station, announcement, consistency)
    return Made(id=announcement.id)


@routes.get("/stations/{station}/announcements")
async def announced(
    station: Station, store: Db, consistency: Consistency = Consistency.LOCAL_QUORUM
) -> list[dict[str, Any]]:
    """What was delivered about a station, each with those who have it by now."""
    found: dict[str, dict[str, Any]] = {}
    for row in await store.run(statements.DELIVERED, (station,), consistency=consistency):
        one = found.setdefault(str(row.id), {"id": str(row.id), "text": row.text, "to": []})
        one["to"].append(row.recipient)
    return list(found.values())


@routes.post("/stations/{station}/summaries", status_code=202)
async def sum_up(
    station: Station, summary: Summary, store: Db, consistency: Consistency = Consistency.LOCAL_QUORUM
) -> Made:
    """Answer 202 once it is certain that the day will be summed up."""
    await queue.put(store, analytics.KIND, station, summary, consistency)
    return Made(id=summary.id)


@routes.get("/stations/{station}/summaries")
async def summaries(
    station: Station, store: Db, consistency: Consistency = Consistency.LOCAL_QUORUM
) -> list[dict[str, Any]]:
    """The days of a station that were summed up (°C; nothing but a zero for a day without readings)."""
    return [
        {
            "id": str(row.id), "day": str(row.day), "readings": row.readings,
            "lowest": row.lowest, "mean": row.mean, "highest": row.highest,
        }
        for row in await store.run(statements.SUMMARIES, (station,), consistency=consistency)
    ]  # fmt: skip


@routes.get("/dead-letters/{kind}")
async def dead_letters(
    kind: Kind, store: Db, consistency: Consistency = Consistency.LOCAL_QUORUM
) -> list[dict[str, str]]:
    """Work that could not be done, as it was asked for, and why. Asked for again, it is tried again."""
    return [
        {"id": str(row.id), "station": row.station, "task": row.task, "reason": row.reason}
        for row in await store.run(statements.DEAD_LETTERS, (kind,), consistency=consistency)
    ]
