"""Stations post 10 readings a second, users read them 25 times a second, and nobody keeps a connection.

Alone: ``locust -f loadprofiles/new-connections.py --host https://HOST``. As in ``steady-mix.py``, stations
are named for RUN_ID and writes carry ``context={"key": …, "value": …}``; but each request has a connection
of its own and so, by HTTPS, a handshake: what is wrong with a certificate is wrong for the very next request.
A connection that is kept would never see another certificate than its first.
"""

import os
import random
import time
from http import HTTPStatus
from itertools import cycle
from typing import Any
from uuid import uuid4

from locust import task

from slaharness.load.arrivals import Arrivals

RUN_ID = os.environ.get("RUN_ID") or f"adhoc-{uuid4().hex[:8]}"
STATIONS = tuple(f"{RUN_ID}-{number:02d}" for number in range(20))

#: When each station's latest acknowledged reading was taken: what is read later is not older.
_acknowledged: dict[str, int] = {}


class Newcomer(Arrivals):
    """Nobody keeps a connection."""

    abstract = True
    default_headers = {"Connection": "close"}  # noqa: RUF012 - as Locust declares it


class Station(Newcomer):
    """Stations post in turn, so each of them every two seconds."""

    rate = 10
    method = "POST"
    requests = ("post reading",)

    def on_start(self) -> None:
        self.turns = cycle(STATIONS)
        self.last = 0

    @task
    def post_reading(self) -> None:
        """Only a 201 says that the reading is kept."""
        # However arrivals bunch up and clocks are set, a station has one reading for one instant.
        self.last = at = max(self.last + 1, time.time_ns() // 1_000_000)
        name, station, temperature = str(uuid4()), next(self.turns), round(random.gauss(12, 9), 1)
        with self.client.post(
            "/readings",
            name="post reading",
            json={"id": name, "station": station, "at": at, "temperature": temperature},
            catch_response=True,
            context={"key": name, "value": f"{station}|{at}|{temperature}"},
        ) as answer:
            if answer.status_code == HTTPStatus.CREATED:
                _acknowledged[station] = max(_acknowledged.get(station, 0), at)
            elif answer.status_code:
                answer.failure(f"{answer.status_code} instead of 201")


class Reader(Newcomer):
    """Users look at what some station has said last."""

    rate = 25
    requests = ("read current",)

    def ready(self) -> bool:
        """There is nothing to ask for before the first reading is acknowledged."""
        return bool(_acknowledged)

    @task
    def read_current(self) -> None:
        """Only a 200 whose JSON is about the station, and no older than what is known, is an answer."""
        station, known = random.choice(tuple(_acknowledged.items()))  # noqa: S311
        path = f"/stations/{station}/current"
        with self.client.get(path, name="read current", catch_response=True) as answer:
            if answer.status_code == HTTPStatus.OK and not _about(answer, station, known):
                answer.failure(f"not what was asked for: {answer.text[:200]}")
            elif answer.status_code not in {0, HTTPStatus.OK}:
                answer.failure(f"{answer.status_code} instead of 200")


def _about(answer: Any, station: str, known: int) -> bool:
    try:
        seen = answer.json()
        return bool(seen["station"] == station and seen["at"] >= known)
    except (ValueError, LookupError, TypeError):
        return False
