"""What users are told, as it happens and again: a stream that can be resumed, a list, what they have seen."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Query
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from prometheus_client import Counter, Histogram
from pydantic import BaseModel, Field

from weather import answers, export
from weather.app import Db
from weather.database import Unavailable
from weather.model import Consistency, User
from weather.notify import alert, inbox
from weather.notify.alert import Kept
from weather.notify.keeping import LATENCY
from weather.notify.listeners import Listener, Listeners

EVENTS = "text/event-stream"
#: Milliseconds until a client that lost its stream comes again.
RETRY = 1000
#: A position that the table can hold.
Position = Annotated[int, Field(ge=0, lt=2**63)]

PUSHED = Counter("notify_pushed", "Alerts given to streams")
PUSHED_AFTER = Histogram(
    "notify_pushed_seconds", "From a reading's own instant to its alert given to a stream", buckets=LATENCY
)

routes = APIRouter()
#: Who listens to this process.
everybody = Listeners()


class Place(BaseModel):
    """Up to where a user has seen their alerts."""

    up_to: Position


class Standing(BaseModel):
    """The positions of a user's last alert, and of the last one that they have acknowledged; 0: none."""

    last: int
    acknowledged: int


class Session:
    """One stream and where it is."""

    def __init__(self, store: Db, listener: Listener, place: int) -> None:
        self._store, self.listener, self._place = store, listener, place

    async def content(self) -> AsyncIterator[bytes]:
        """Events as they go over the wire, for as long as they are taken."""
        async for event in self._events():
            self.listener.sends()
            yield event
            await asyncio.sleep(0)  # others have their turn, and who is gone is noticed
            if not self.listener.sent():
                return

    async def _events(self) -> AsyncIterator[bytes]:
        """Alerts after ``place``, and a word every few seconds, lest we be taken for dead."""
        yield format_sse_event(comment="listening", retry=RETRY)
        while not self.listener.ended:
            page = await self._page()
            for row in page:
                yield self._event(row)
            if len(page) < inbox.PAGE and not await self.listener.news():
                yield format_sse_event(comment="nothing new")

    async def _page(self) -> list[Any]:
        try:
            return await inbox.after(self._store, self.listener.user, self._place)
        except Unavailable:  # it is asked again; who listens has what there was
            return []

    def _event(self, row: Any) -> bytes:
        told = alert.told(row)
        self._place = told["position"]
        self.listener.saw(told["id"])
        PUSHED.inc()
        PUSHED_AFTER.observe(max(time.time() - told["at"] / 1000, 0))
        return format_sse_event(data_str=json.dumps(told), id=str(told["position"]))


async def session(
    user: User,
    store: Db,
    last_event_id: Annotated[
        Position | None,
        Header(description="The id of the last event that was seen: the stream goes on after it."),
    ] = None,
    after: Annotated[
        Position | None, Query(description="The same, for clients that cannot set headers; the header wins.")
    ] = None,
) -> AsyncIterator[Session]:
    """A place among those who listen, given back in the end."""
    standing = await inbox.standing(store, user)
    seen = last_event_id if last_event_id is not None else after
    # Of a place beyond the last alert nobody knows what comes before it.
    place = standing.acknowledged if seen is None else min(seen, standing.last)
    listener = everybody.join(user)
    try:
        yield Session(store, listener, place)
    finally:
        everybody.leave(listener)


@routes.get(
    "/users/{user}/alerts/stream",
    response_class=StreamingResponse,
    responses={
        200: {"content": {EVENTS: {"schema": {"type": "string"}}}, "description": "Alerts, one an event."},
        503: {
            "model": answers.Unanswered,
            "description": "The database did not answer in time, or too many listen to this instance.",
        },
    },
)
async def stream(one: Annotated[Session, Depends(session)]) -> StreamingResponse:
    """The user's alerts as they come (Server-Sent Events), each once and in order, without end.

    Each event's ``id`` is the alert's position: positions count from 1 and have no gap. A stream that broke
    goes on after ``Last-Event-ID``; a new one begins after what was acknowledged. Alerts are kept for a week.
    """
    # FastAPI's own way to stream events has no end for one that does not read but an error in the log.
    return StreamingResponse(one.content(), media_type=EVENTS, headers={"Cache-Control": "no-store"})


@routes.get("/users/{user}/alerts")
async def read(
    user: User,
    store: Db,
    after: Annotated[Position, Query(description="A position: those after it are told.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = inbox.PAGE,
) -> list[Kept]:
    """The user's alerts after a position, in order."""
    return [alert.told(row) for row in await inbox.after(store, user, after, limit)]


@routes.get("/users/{user}/alerts/acknowledged")
async def standing(user: User, store: Db) -> Standing:
    """Where the user is."""
    return Standing(**(await inbox.standing(store, user))._asdict())


@routes.put("/users/{user}/alerts/acknowledged")
async def acknowledge(user: User, place: Place, store: Db) -> Standing:
    """Answer 200 once it is kept that the user has seen all alerts up to a position; less changes nothing."""
    last, acknowledged = await inbox.standing(store, user)
    if place.up_to > last:
        raise HTTPException(422, f"up_to: user {user} has {last} alerts so far")
    await inbox.acknowledge(store, user, place.up_to)
    return Standing(last=last, acknowledged=max(acknowledged, place.up_to))


@routes.get("/export", response_class=StreamingResponse, responses={200: {"content": {"text/csv": {}}}})
async def whole(store: Db, consistency: Consistency = Consistency.ALL) -> StreamingResponse:
    """Every alert that is kept as CSV; see ``weather.export`` for how its end is marked."""
    lines = await export.started(store, inbox.EXPORTED, consistency)
    return StreamingResponse(lines, media_type="text/csv")
