"""Stations post 10 readings a second, users read them 25 times a second, whether or not they are answered.

Alone: ``locust -f loadprofiles/steady-mix.py --host http://HOST``. Stations are named for RUN_ID (an
environment variable), so that the readings of one run never mix with another's.

Writes carry ``context={"key": …, "value": …}`` for whoever keeps a ledger of them, or ``{"operation":
"other"}`` where they change nothing that is read back; each user class names its ``requests`` for whoever
counts them. Users ask only for stations that have already had a reading acknowledged, and know of the last
ones: whatever answer is older, or has a gap there, is the stack's doing.
"""

import os
import random
import time
from collections import defaultdict, deque
from collections.abc import Callable, Collection
from functools import partial
from http import HTTPStatus
from itertools import cycle
from typing import Any
from uuid import uuid4

from locust import task

from slaharness.load.arrivals import Arrivals

RUN_ID = os.environ.get("RUN_ID") or f"adhoc-{uuid4().hex[:8]}"
STATIONS = tuple(f"{RUN_ID}-{number:02d}" for number in range(20))
#: Of temperatures that swing by about nine degrees around twelve (°C), some few lie past these.
LIMITS = {"high": 28.0, "low": -4.0}

#: How many of a station's latest readings a history is, and how many acknowledged ones users know of.
HISTORY, KNOWN = 20, 10
#: When each station's latest acknowledged readings were taken: what is read later must have them.
_acknowledged: dict[str, deque[int]] = defaultdict(partial(deque, maxlen=KNOWN))


class Station(Arrivals):
    """Stations post in turn, so each of them every two seconds."""

    rate = 10
    method = "POST"
    requests = ("post reading", "set limits")

    def on_start(self) -> None:
        self.turns = cycle(STATIONS)
        self.last = 0
        for station in STATIONS:
            self.client.put(
                f"/stations/{station}/limits",
                name="set limits",
                json=LIMITS,
                context={"operation": "other"},
            )

    @task
    def post_reading(self) -> None:
        """Only a 201 says that the reading is kept."""
        # However arrivals bunch up and clocks are set, a station has one reading for one instant.
        self.last = max(self.last + 1, time.time_ns() // 1_000_000)
        reading = {
            "id": str(uuid4()),
            "station": next(self.turns),
            "at": self.last,
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
                _acknowledged[reading["station"]].append(reading["at"])
            elif answer.status_code:
                answer.failure(f"{answer.status_code} instead of 201")


class Reader(Arrivals):
    """Users look at some station: mostly now, sometimes back, sometimes for alerts."""

    rate = 25
    requests = ("read current", "read history", "read alerts")

    def ready(self) -> bool:
        """There is nothing to ask for before the first reading is acknowledged."""
        return bool(_acknowledged)

    @task(6)
    def read_current(self) -> None:
        self.read("read current", "current", _about)

    @task(3)
    def read_history(self) -> None:
        self.read("read history", f"readings?limit={HISTORY}", _whole)

    @task(1)
    def read_alerts(self) -> None:
        self.read("read alerts", "alerts", lambda seen, *_: isinstance(seen, list))

    def read(self, name: str, what: str, good: Callable[..., bool]) -> None:
        """Only a 200 whose JSON is about the station asked for, with all that is known, is an answer."""
        station = random.choice(tuple(_acknowledged))  # noqa: S311
        known = frozenset(_acknowledged[station])
        path = f"/stations/{station}/{what}"
        with self.client.get(path, name=name, catch_response=True) as answer:
            if answer.status_code == HTTPStatus.OK and not _holds(answer, good, station, known):
                answer.failure(f"not what was asked for: {answer.text[:200]}")
            elif answer.status_code not in {0, HTTPStatus.OK}:
                answer.failure(f"{answer.status_code} instead of 200")


def _about(seen: Any, station: str, known: Collection[int]) -> bool:
    return bool(seen["station"] == station and seen["at"] >= max(known))


def _whole(seen: Any, station: str, known: Collection[int]) -> bool:
    """A history has every reading known of the time that it reaches back to."""
    given = {reading["at"] for reading in seen if reading["station"] == station}
    reached = min(given) if len(seen) == HISTORY else 0
    return len(given) == len(seen) and given.issuperset(at for at in known if at >= reached)


def _holds(answer: Any, good: Callable[..., bool], *asked: Any) -> bool:
    try:
        return good(answer.json(), *asked)
    except (ValueError, LookupError, TypeError):
        return False
