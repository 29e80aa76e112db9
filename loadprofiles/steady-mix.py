"""Stations post readings, users read them: about 35 requests a second from 45 users, a connection each.

Alone: ``locust -f loadprofiles/steady-mix.py --host http://HOST``. Stations are named for RUN_ID (an
environment variable), so that the readings of one run never mix with another's.

Writes carry ``context={"key": …, "value": …}`` for whoever keeps a ledger of them; each user class names its
``requests`` for whoever counts them. Users ask only for stations that have already had a reading
acknowledged, so whatever is not a good answer is the stack's doing.
"""

import os
import random
import time
from collections.abc import Callable
from http import HTTPStatus
from itertools import cycle
from typing import Any
from uuid import uuid4

import gevent
from locust import FastHttpUser, events, task

RUN_ID = os.environ.get("RUN_ID") or f"adhoc-{uuid4().hex[:8]}"
STATIONS = tuple(f"{RUN_ID}-{number:02d}" for number in range(20))
#: Of temperatures that swing by about nine degrees around twelve (°C), some few lie past these.
LIMITS = {"high": 28.0, "low": -4.0}

_unmanned = cycle(STATIONS)
_reporting: set[str] = set()


@events.init_command_line_parser.add_listener
def defaults(parser: Any) -> None:
    """As many users as make the rate above, unless the command line says otherwise."""
    parser.set_defaults(num_users=45, spawn_rate=45)


class Client(FastHttpUser):
    """What stations and users have in common: patience, and a rhythm."""

    abstract = True
    #: Seconds.
    connection_timeout = 5.0
    network_timeout = 5.0
    period: float

    def on_start(self) -> None:
        """Begin somewhere in the first period: users spawned together would knock together ever after."""
        self.due = time.monotonic() + random.random() * self.period  # noqa: S311
        gevent.sleep(self.due - time.monotonic())

    def wait_time(self) -> float:
        """Until the next turn. A turn that passed while waiting for an answer is not made up for."""
        now = time.monotonic()
        self.due = max(self.due + self.period, now)
        return self.due - now


class Station(Client):
    """Posts a reading every two seconds."""

    weight = 20
    period = 2.0
    requests = ("post reading", "set limits")

    def on_start(self) -> None:
        super().on_start()
        self.station = next(_unmanned)
        path = f"/stations/{self.station}/limits"
        self.client.put(path, name="set limits", json=LIMITS)

    @task
    def post_reading(self) -> None:
        """Only a 201 says that the reading is kept."""
        reading = {
            "id": str(uuid4()),
            "station": self.station,
            "at": time.time_ns() // 1_000_000,
            "temperature": round(random.gauss(12, 9), 1),
        }
        value = f"{reading['station']}|{reading['at']}|{reading['temperature']}"
        with self.client.post(
            "/readings",
            name="post reading",
            json=reading,
            catch_response=True,
            context={"key": reading["id"], "value": value},
        ) as answer:
            if answer.status_code == HTTPStatus.CREATED:
                _reporting.add(self.station)
            elif answer.status_code:
                answer.failure(f"{answer.status_code} instead of 201")


class Reader(Client):
    """Looks at some station every second: mostly now, sometimes back, sometimes for alerts."""

    weight = 25
    period = 1.0
    requests = ("read current", "read history", "read alerts")

    @task(6)
    def read_current(self) -> None:
        self.read("read current", "current", lambda station, seen: seen["station"] == station)

    @task(3)
    def read_history(self) -> None:
        self.read("read history", "readings?limit=20", lambda station, seen: seen[0]["station"] == station)

    @task(1)
    def read_alerts(self) -> None:
        self.read("read alerts", "alerts", lambda _, seen: isinstance(seen, list))

    def read(self, name: str, what: str, good: Callable[[str, Any], bool]) -> None:
        """Only a 200 whose JSON is about the station asked for is an answer."""
        if not _reporting:
            return
        station = random.choice(tuple(_reporting))  # noqa: S311
        path = f"/stations/{station}/{what}"
        with self.client.get(path, name=name, catch_response=True) as answer:
            if answer.status_code == HTTPStatus.OK and not _holds(answer, station, good):
                answer.failure(f"not what was asked for: {answer.text[:200]}")
            elif answer.status_code not in {0, HTTPStatus.OK}:
                answer.failure(f"{answer.status_code} instead of 200")


def _holds(answer: Any, station: str, good: Callable[[str, Any], bool]) -> bool:
    try:
        return good(station, answer.json())
    except (ValueError, LookupError, TypeError):
        return False
