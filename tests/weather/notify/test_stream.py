"""What users are promised of their stream of alerts."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import uvicorn
from tables import Tables, troubled
from weather.__main__ import listening
from weather.notify.alert import Alert

from slaharness.host import wait
from weather import app, notify
from weather.notify import inbox, listeners, stream

AT = 1_795_760_000_000
STREAM = "/users/ann/alerts/stream"


def keep(tables: Tables, *numbers: int, user: str = "ann") -> None:
    for n in numbers:
        one = Alert(
            id=f"{n}.{user}", user=user, station="S1", reading=f"{n}", at=AT + n, temperature=31.5, high=30
        )
        asyncio.run(inbox.keep(tables, user, [one]))


@dataclass
class Events:
    """A stream, read event by event."""

    answer: requests.Response
    lines: Iterator[str]

    def next(self) -> dict[str, Any]:
        """The next event with data: its id and what it says. Raises StopIteration when the stream ends."""
        found: dict[str, Any] = {}
        while True:
            name, _, value = next(self.lines).partition(": ")
            if name == "id":
                found["id"] = value
            elif name == "data":
                found["data"] = json.loads(value)
            elif not name and "data" in found:
                return found

    def ids(self, count: int) -> list[str]:
        return [self.next()["id"] for _ in range(count)]


@contextlib.contextmanager
def listens(service: Any, path: str = STREAM, **headers: str) -> Iterator[Events]:
    with requests.get(service.url + path, headers=headers, stream=True, timeout=20) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Events(answer, answer.iter_lines(chunk_size=1, decode_unicode=True))


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    """Each test has its own listeners, and nobody waits for long."""
    monkeypatch.setattr(stream, "everybody", listeners.Listeners())
    monkeypatch.setattr(listeners, "BEAT", 0.2)


def test_alerts_come_in_order_each_with_its_position(notify_service):
    """Those that are there, then those that come, and nobody else's."""
    keep(notify_service.store, 1, 2)
    keep(notify_service.store, 1, user="bob")
    with listens(notify_service) as events:
        assert events.ids(2) == ["1", "2"]
        keep(notify_service.store, 3)
        event = events.next()
    assert event == {
        "id": "3",
        "data": {
            "position": 3, "id": "3.ann", "station": "S1", "reading": "3", "at": AT + 3,
            "temperature": 31.5, "high": 30.0, "low": None,
        },
    }  # fmt: skip


def test_a_broken_stream_goes_on_after_what_was_seen(notify_service):
    """Of header and query the header is the newer one: a browser sets it by itself."""
    keep(notify_service.store, *range(1, 6))
    for path, headers in (
        (STREAM, {"Last-Event-ID": "3"}),
        (f"{STREAM}?after=3", {}),
        (f"{STREAM}?after=1", {"Last-Event-ID": "3"}),
    ):
        with listens(notify_service, path, **headers) as events:
            assert events.ids(2) == ["4", "5"]


def test_a_new_session_begins_after_what_was_acknowledged(notify_service):
    """And one that has seen more goes on where it was, whatever was acknowledged."""
    keep(notify_service.store, *range(1, 6))
    answer = notify_service.ask("PUT", "/users/ann/alerts/acknowledged", json={"up_to": 2})
    assert (answer.status_code, answer.json()) == (200, {"last": 5, "acknowledged": 2})
    with listens(notify_service) as events:
        assert events.ids(3) == ["3", "4", "5"]
    with listens(notify_service, **{"Last-Event-ID": "0"}) as events:
        assert events.ids(1) == ["1"]


def test_acknowledging_takes_nothing_back_and_nothing_ahead(notify_service):
    """Less than before changes nothing; more than there is would hide what is still to come."""
    keep(notify_service.store, 1, 2)
    for up_to, status in ((2, 200), (1, 200), (3, 422), (-1, 422)):
        answer = notify_service.ask("PUT", "/users/ann/alerts/acknowledged", json={"up_to": up_to})
        assert answer.status_code == status
    assert notify_service.ask("GET", "/users/ann/alerts/acknowledged").json() == {
        "last": 2,
        "acknowledged": 2,
    }


def test_a_place_beyond_the_last_alert_skips_nothing(notify_service):
    """A client that knows more than the table (of another deployment, say) hears of what comes."""
    keep(notify_service.store, 1)
    with listens(notify_service, **{"Last-Event-ID": "99"}) as events:
        keep(notify_service.store, 2)
        assert events.ids(1) == ["2"]


@pytest.mark.parametrize("place", ["-1", "x", "1.5", str(2**63)])
def test_a_place_that_is_none_is_refused(notify_service, place):
    """Rather than taken for the beginning."""
    assert notify_service.ask("GET", STREAM, headers={"Last-Event-ID": place}).status_code == 422


def test_alerts_are_listed_after_a_position(notify_service):
    """For those who would rather ask."""
    keep(notify_service.store, 1, 2, 3)
    listed = notify_service.ask("GET", "/users/ann/alerts?after=1&limit=1").json()
    assert [one["position"] for one in listed] == [2]
    assert notify_service.ask("GET", "/users/eve/alerts").json() == []


def test_more_than_a_page_comes_whole(notify_service, monkeypatch):
    """Whatever the table gives at once."""
    monkeypatch.setattr(inbox, "PAGE", 3)
    keep(notify_service.store, *range(1, 11))
    with listens(notify_service) as events:
        assert events.ids(10) == [str(n) for n in range(1, 11)]


def test_every_listener_of_a_user_hears_everything(notify_service):
    """Two windows, two streams."""
    with listens(notify_service) as one, listens(notify_service) as other:
        keep(notify_service.store, 1)
        assert one.ids(1) == other.ids(1) == ["1"]


def test_silence_is_broken_now_and_then(notify_service):
    """So that nobody on the way ends a stream for want of news, and a client knows that it is connected."""
    with listens(notify_service) as events:
        heard = [next(events.lines) for _ in range(8)]
    assert ": listening" in heard
    assert heard.count(": nothing new") >= 2


def test_an_alert_that_another_instance_keeps_is_told_at_once(notify_service, monkeypatch):
    """The topic says that it comes; the table is looked at until it is there."""
    monkeypatch.setattr(listeners, "BEAT", 60)
    with listens(notify_service) as events:
        wait.until(lambda: len(stream.everybody) == 1, within=5, what="somebody listens")
        time.sleep(0.3)  # it waits by now
        stream.everybody.expect("ann", "1.ann")
        time.sleep(0.3)
        keep(notify_service.store, 1)
        began = time.monotonic()
        assert events.ids(1) == ["1"]
    assert time.monotonic() - began < 5


def test_a_stream_outlives_trouble_of_the_database(notify_service):
    """It has nothing new meanwhile; a new one is refused with the reason."""
    with listens(notify_service) as events:
        with troubled(notify_service.store, "ReadTimeout"):
            answer = notify_service.ask("GET", STREAM)
            assert (answer.status_code, answer.json()) == (503, {"reason": "ReadTimeout"})
            time.sleep(0.5)
        keep(notify_service.store, 1)
        assert events.ids(1) == ["1"]


def test_so_many_listen_and_no_more(notify_service, monkeypatch):
    """Who comes too late is told; who leaves makes room."""
    monkeypatch.setattr(listeners, "MOST", 2)
    with listens(notify_service), listens(notify_service, "/users/bob/alerts/stream"):
        answer = notify_service.ask("GET", STREAM)
        assert answer.status_code == 503
        assert "2 listeners" in answer.json()["reason"]
        assert "notify_listeners_refused_total" in notify_service.ask("GET", "/metrics").text
    wait.until(lambda: len(stream.everybody) == 0, within=5, what="both are gone")
    with listens(notify_service):
        pass


def test_streams_end_when_the_service_does(notify_service):
    """In good order, so that their clients come again, elsewhere; one that comes now is sent on as well."""
    with listens(notify_service) as events:
        keep(notify_service.store, 1)
        assert events.ids(1) == ["1"]
        notify.end()
        with pytest.raises(StopIteration):
            events.next()
    with listens(notify_service) as late, pytest.raises(StopIteration):
        late.next()


def test_a_subscriber_that_never_reads_is_cut_off(monkeypatch, capfd):
    """It holds a page of alerts and a place until then; it is counted, and may go on where it was."""
    monkeypatch.setattr(listeners, "UNREAD", 1.0)
    tables = Tables()
    service = app.create("notify", notify.routes, tables)
    config = uvicorn.Config(service, host="127.0.0.1", port=0, log_level="error")
    server, made = uvicorn.Server(config), listening(config, 4.0)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)  # soon full
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([made])), daemon=True)
    thread.start()
    before = listeners.CUT_OFF._value.get()
    try:
        wait.until(lambda: server.started, within=5, every=0.01, what="the service listens")
        tables.alerts["ann"] = Endless()
        with socket.socket() as silent:
            silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
            silent.connect(made.getsockname())
            silent.sendall(f"GET {STREAM}?after=0 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            wait.until(lambda: len(stream.everybody) == 1, within=5, what="it listens")
            wait.until(lambda: len(stream.everybody) == 0, within=30, what="it is cut off")
    finally:
        server.should_exit = True
        thread.join(10)
    assert "Exception" not in capfd.readouterr().err
    assert listeners.CUT_OFF._value.get() == before + 1
    assert tables.alerts["ann"].given < 5_000


class Endless(dict):
    """Alerts without end, made as they are asked for."""

    given = 0

    def __iter__(self):
        return iter(range(self.given + 1, self.given + 101))

    def __getitem__(self, position):
        self.given = position
        return SimpleNamespace(
            position=position, id=f"{position}.ann", station="S" * 60, reading="r" * 60,
            at=datetime(2026, 1, 1), temperature=31.5, high=30.0, low=None,  # noqa: DTZ001 - as the driver does
        )  # fmt: skip
