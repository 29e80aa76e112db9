"""Stations post 10 readings a second; users want to hear of those beyond their limits, and listen.

Alone: ``locust -f loadprofiles/alerts.py --host http://HOST``. As in ``steady-mix.py``, stations are named
for RUN_ID, and writes carry ``context={"key": …, "value": …}`` for whoever keeps a ledger. A change of
limits is there, too, with ``STATION/USER`` as its key and ``HIGH|LOW`` as its value: from it and the readings
follows who had to hear of what.

A user's stream goes on after the last alert that they heard (``Last-Event-ID``) whenever it breaks. Each
alert that is heard counts as a request of its own, which took from the instant that its reading was meant for
until now; one that comes a second time, or after one that was left out, has failed.
"""

import json
import os
import random
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http import HTTPStatus
from itertools import cycle
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import gevent
import requests
from gevent.event import Event
from locust import task
from locust.clients import HttpSession
from locust.exception import CatchResponseError

from slaharness.load.arrivals import Arrivals

RUN_ID = os.environ.get("RUN_ID") or f"adhoc-{uuid4().hex[:8]}"
STATIONS = tuple(f"{RUN_ID}-{number:02d}" for number in range(20))
#: Six people of this process, each of whom wants to hear of every other station.
USERS = tuple(f"{RUN_ID}-{uuid4().hex[:8]}" for _ in range(6))
WISHES = tuple(
    (station, user)
    for place, user in enumerate(USERS)
    for station in STATIONS[place % 2 :: 2]
)  # fmt: skip
#: What they want to hear of, now this and now that (°C). Of temperatures that swing by nine degrees around
#: twelve, one in ten is beyond both, and only few are beyond one of them.
LIMITS = ({"high": 24.0, "low": -8.0}, {"high": 22.0, "low": -6.0})
#: Seconds until a stream that broke is opened again; to open one; without a word (there is one each five).
AGAIN, OPEN, SILENCE = 1.0, 5.0, 15.0

_all_set = Event()


class Station(Arrivals):
    """Stations post in turn, so each of them every two seconds, once all limits are set."""

    rate = 10
    method = "POST"
    requests = ("post reading",)

    def on_start(self) -> None:
        self.turns = cycle(STATIONS)
        self.last = 0

    def ready(self) -> bool:
        return _all_set.is_set()

    @task
    def post_reading(self) -> None:
        """It is taken when it was meant to be: from then on it counts how long an alert takes."""
        # However arrivals bunch up and clocks are set, a station has one reading for one instant.
        self.last = at = max(self.last + 1, int(gevent.getcurrent().intended * 1000))
        name, station, temperature = str(uuid4()), next(self.turns), round(random.gauss(12, 9), 1)
        with self.client.post(
            "/readings",
            name="post reading",
            json={"id": name, "station": station, "at": at, "temperature": temperature},
            catch_response=True,
            context={"key": name, "value": f"{station}|{at}|{temperature}"},
        ) as answer:
            if answer.status_code not in {0, HTTPStatus.CREATED}:
                answer.failure(f"{answer.status_code} instead of 201")


class User(Arrivals):
    """Now and then one changes what they want to hear of one station; all the time all of them listen."""

    rate = 0.2
    method = "PUT"
    requests = ("set alert limits", "listen", "hear alert")

    def on_start(self) -> None:
        self.turns = cycle((wish, limits) for limits in (*LIMITS[1:], LIMITS[0]) for wish in WISHES)
        for wish in WISHES:
            while not self.wants(wish, LIMITS[0]):
                gevent.sleep(AGAIN)
        self.ears = [gevent.spawn(Ear(self, name).listen) for name in USERS]
        _all_set.set()

    def ready(self) -> bool:
        return _all_set.is_set()

    @task
    def set_alert_limits(self) -> None:
        self.wants(*next(self.turns))

    def wants(self, wish: tuple[str, str], limits: dict[str, float]) -> bool:
        """Whether it was answered that it is kept."""
        station, user = wish
        with self.client.put(
            f"/stations/{station}/limits/{user}",
            name="set alert limits",
            json=limits,
            catch_response=True,
            context={
                "operation": "other",
                "key": f"{station}/{user}",
                "value": f"{limits['high']}|{limits['low']}",
            },
        ) as answer:
            if answer.status_code not in {0, HTTPStatus.OK}:
                answer.failure(f"{answer.status_code} instead of 200")
        return bool(answer.status_code == HTTPStatus.OK)

    def on_stop(self) -> None:
        super().on_stop()
        gevent.killall(self.ears)


class Ear:
    """One user's stream, for as long as the load lasts."""

    def __init__(self, user: User, name: str) -> None:
        self._user, self._events = user, user.environment.events
        self._session = HttpSession(user.host, self._events.request, user=None)
        self._path = f"/users/{name}/alerts/stream"
        self._last = 0

    def listen(self) -> None:
        """Until killed. What goes wrong here, and is no broken stream, is told as mistakes of tasks are."""
        try:
            while True:
                with suppress(requests.RequestException):  # it broke; what was not heard is heard then
                    self._listen()
                gevent.sleep(AGAIN)
        except Exception as error:  # noqa: BLE001 - as Locust does with a task's own
            self._events.user_error.fire(user_instance=self._user, exception=error, tb=error.__traceback__)

    def _listen(self) -> None:
        headers = {"Last-Event-ID": str(self._last)}
        with closing(
            self._session.get(
                self._path, name="listen", headers=headers, stream=True, timeout=(OPEN, SILENCE)
            )
        ) as answer:
            if answer.status_code == HTTPStatus.OK:
                for place, told in events(answer.iter_lines(chunk_size=1, decode_unicode=True)):
                    self._hear(place, told)

    def _hear(self, place: int, told: dict[str, Any]) -> None:
        wrong = None if place == self._last + 1 else f"alert {place} came after alert {self._last}"
        self._last = max(self._last, place)
        at = told["at"] / 1000
        self._events.request.fire(
            request_type="GET",
            name="hear alert",
            start_time=at,
            response_time=max(time.time() - at, 0) * 1000,
            response_length=0,
            response=SimpleNamespace(status_code=200),
            exception=wrong and CatchResponseError(wrong),
            context={"key": told["id"]},
        )


def events(lines: Iterator[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The events of a stream that have an id, each with what it says."""
    place = told = ""
    for line in lines:
        field, _, value = line.partition(": ")
        if field == "id":
            place = value
        elif field == "data":
            told = value
        elif not line and place and told:
            yield int(place), json.loads(told)
            place = told = ""
