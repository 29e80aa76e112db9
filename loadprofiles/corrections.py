"""Stations post 20 readings a second and, some seconds later, correct some of them and withdraw others.

Alone: ``locust -f loadprofiles/corrections.py --host http://HOST``. As in ``steady-mix.py``, stations are
named for RUN_ID, and writes carry ``context={"key": …, "value": …}`` for whoever keeps a ledger of them.

A reading gets its next word only when there is an answer to the one before, or none to be had, so its words
have an order; what became of one without an answer is for the ledger's checker to allow for.
"""

import os
import random
import time
from collections import deque
from http import HTTPStatus
from itertools import cycle
from typing import Any, NamedTuple
from uuid import uuid4

from locust import task

from slaharness.load.arrivals import Arrivals

RUN_ID = os.environ.get("RUN_ID") or f"adhoc-{uuid4().hex[:8]}"
STATIONS = tuple(f"{RUN_ID}-{number:02d}" for number in range(20))
#: Milliseconds: a reading is not corrected while it may be a station's latest; they post every second.
AFTER = 5_000


class Kept(NamedTuple):
    """A reading that may be there: it was taken ``at``, and spoken of last at ``revised`` (milliseconds)."""

    station: str
    at: int
    id: str
    revised: int


#: Of none of them is a word under way; the one spoken of longest ago comes first.
_kept: deque[Kept] = deque()


def _now() -> int:
    return time.time_ns() // 1_000_000


def _due() -> bool:
    return bool(_kept) and _kept[0].revised < _now() - AFTER


def _value(station: str, at: int, temperature: float) -> str:
    return f"{station}|{at}|{temperature}"


class Station(Arrivals):
    """Stations post in turn, so each of them every second."""

    rate = 20
    method = "POST"
    requests = ("post reading",)

    def on_start(self) -> None:
        self.turns = cycle(STATIONS)
        self.last = 0

    @task
    def post_reading(self) -> None:
        """Only a 201 says that the reading is kept."""
        # However arrivals bunch up and clocks are set, a station has one reading for one instant.
        self.last = at = max(self.last + 1, _now())
        station, name, temperature = next(self.turns), str(uuid4()), _temperature()
        with self.client.post(
            "/readings",
            name="post reading",
            json={"id": name, "station": station, "at": at, "temperature": temperature},
            catch_response=True,
            context={"key": name, "value": _value(station, at, temperature)},
        ) as answer:
            if _answered(answer, HTTPStatus.CREATED):
                _kept.append(Kept(station, at, name, at))


class Corrector(Arrivals):
    """The oldest word is the first to be taken back."""

    rate = 12
    method = "PUT"
    requests = ("correct reading", "withdraw reading")

    def ready(self) -> bool:
        return _due()

    @task(2)
    def correct_reading(self) -> None:
        old, revised, temperature = _kept.popleft(), _now(), _temperature()
        with self.client.put(
            _path(old),
            name="correct reading",
            json={"temperature": temperature, "revised": revised},
            catch_response=True,
            context={"key": old.id, "value": _value(old.station, old.at, temperature)},
        ) as answer:
            _answered(answer, HTTPStatus.OK)
        _kept.append(old._replace(revised=revised))

    @task(1)
    def withdraw_reading(self) -> None:
        old, revised = _kept.popleft(), _now()
        with self.client.delete(
            f"{_path(old)}?revised={revised}",
            name="withdraw reading",
            catch_response=True,
            context={"key": old.id},
        ) as answer:
            if not _answered(answer, HTTPStatus.OK):
                _kept.append(old._replace(revised=revised))


def _path(reading: Kept) -> str:
    return f"/stations/{reading.station}/readings/{reading.at}/{reading.id}"


def _temperature() -> float:
    return round(random.gauss(12, 9), 1)


def _answered(answer: Any, status: HTTPStatus) -> bool:
    """Whether that came which says that it is done; any other answer is a failure."""
    if answer.status_code not in {0, status}:
        answer.failure(f"{answer.status_code} instead of {int(status)}")
    return bool(answer.status_code == status)
