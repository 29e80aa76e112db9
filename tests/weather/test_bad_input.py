"""What could not be true is refused by every service in plain words, is counted, and reaches no table."""

import json
import time
import uuid

import pytest

NOW = int(time.time() * 1000)
READING = {"id": str(uuid.uuid4()), "station": "S1", "at": NOW, "temperature": 21.5}
JSON = {"Content-Type": "application/json"}


def with_number(text):
    """A reading of that temperature, written as it stands: there are numbers that JSON does not have."""
    return json.dumps(READING | {"temperature": "X"}).replace('"X"', text)


def chunks(size):
    """A body whose length nobody says beforehand."""
    for _ in range(size // 1000):
        yield b"x" * 1000


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"x" * 10_000_000, 413),
        (chunks(10_000_000), 413),
        (b"[" * 50_000, 400),
        (b"\xff\xfe{", 400),
        (with_number("9" * 5000), 400),
        (b"{", 422),
        (b"", 422),
        (b"[]", 422),
        (with_number("NaN"), 422),
        (with_number("-Infinity"), 422),
        (with_number("1e999"), 422),
        (json.dumps(READING | {"station": "\ud800"}), 422),
        (json.dumps(READING | {"at": NOW + 7 * 86_400_000}), 422),
        (json.dumps(READING | {"at": 10**40}), 422),
    ],
    ids=[
        "10MB", "10MB-in-chunks", "nested", "no-text", "long-number", "half", "empty", "list", "NaN",
        "infinite", "too-large", "half-a-pair", "future", "no-date",
    ],
)  # fmt: skip
def test_body_that_is_no_reading_is_refused_and_counted(readings_service, body, status):
    """By its own status, in a short answer; an operator sees how many there were."""
    answer = readings_service.ask("POST", "/readings", data=body, headers=JSON)
    assert answer.status_code == status
    assert len(answer.content) < 1000
    assert readings_service.store.asked == []
    assert f'status="{status}"' in readings_service.ask("GET", "/metrics").text


@pytest.mark.parametrize("value", ["NaN", "Infinity", "null", '"warm"'])
def test_limit_that_is_no_temperature_is_refused(alerts_service, value):
    """Nothing is beyond what is no number."""
    answer = alerts_service.ask(
        "PUT", "/stations/S1/limits", data=f'{{"high": {value}, "low": 0}}', headers=JSON
    )
    assert (answer.status_code, alerts_service.store.asked) == (422, [])


@pytest.mark.parametrize("station", ["a b", "ä", "x" * 65, "%00", "a%0A"])
def test_name_that_no_station_may_have_is_refused(conditions_service, station):
    """Names become keys, labels and folders."""
    answer = conditions_service.ask("GET", f"/stations/{station}/current")
    assert (answer.status_code, conditions_service.store.asked) == (422, [])


def test_station_is_known_by_its_first_reading(readings_service, conditions_service, alerts_service):
    """Nobody has to announce one; until then it has no history, no alerts, and nothing current."""
    assert readings_service.ask("GET", "/stations/new/readings").json() == []
    assert alerts_service.ask("GET", "/stations/new/alerts").json() == []
    answer = conditions_service.ask("GET", "/stations/new/current")
    assert (answer.status_code, answer.json()) == (404, {"detail": "station new has sent no reading"})
    assert readings_service.ask("POST", "/readings", json=READING | {"station": "new"}).status_code == 201


def test_id_that_comes_again_is_the_same_row(readings_service):
    """Whatever it says: one key, one write time, so that all replicas settle on one of the two."""
    for temperature in (1.0, 2.0):
        readings_service.ask("POST", "/readings", json=READING | {"temperature": temperature})
    first, again = (
        [(text, [value for value in row if not isinstance(value, float)]) for text, row, _ in asked]
        for asked in (readings_service.store.asked[:2], readings_service.store.asked[2:])
    )
    assert first == again
