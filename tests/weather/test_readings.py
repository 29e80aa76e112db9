"""What stations and users are promised by the readings service."""

import time
import uuid

import pytest
import requests

from weather import model, statements


def reading(**changes):
    body = {"id": str(uuid.uuid4()), "station": "S1", "at": int(time.time() * 1000), "temperature": 21.5}
    return {**body, **changes}


def test_created_is_said_after_both_tables_took_the_reading(readings_service):
    """A 201 means that history and current conditions both have it, at the consistency asked for."""
    body = reading()
    answer = readings_service.ask("POST", "/readings?consistency=ALL", json=body)
    assert (answer.status_code, answer.json()) == (201, {"id": body["id"]})
    assert {(text, level) for text, _, level in readings_service.store.asked} == {
        (statements.ADD, "ALL"),
        (statements.SET_CURRENT, "ALL"),
    }


def test_silent_database_is_a_503_with_its_reason(readings_service):
    """Never a 201 before the write is acknowledged: trouble is told as 503, in JSON."""
    readings_service.store.trouble = "WriteTimeout: two of three"
    answer = readings_service.ask("POST", "/readings", json=reading())
    assert (answer.status_code, answer.json()) == (503, {"reason": "WriteTimeout: two of three"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"station": "a,b"},
        {"station": ""},
        {"at": -1},
        {"at": 1.5},
        {"at": int((time.time() + 7 * 86400) * 1000)},
        {"temperature": "warm"},
        {"id": "7"},
    ],
)
def test_wrong_reading_is_refused_unwritten(readings_service, wrong):
    """What is not a reading gets a 422, and nothing of it reaches the database."""
    assert readings_service.ask("POST", "/readings", json=reading(**wrong)).status_code == 422
    assert readings_service.store.asked == []


def test_unknown_consistency_is_refused(readings_service):
    """A misspelt level is never taken for the default."""
    assert readings_service.ask("POST", "/readings?consistency=SOME", json=reading()).status_code == 422


def test_repeated_reading_writes_the_very_same(readings_service):
    """A client that saw no answer may send the reading again: same keys, same values, same write time."""
    body = reading()
    for _ in range(2):
        readings_service.ask("POST", "/readings", json=body)
    asked = readings_service.store.asked
    assert sorted(asked[:2]) == sorted(asked[2:])


def _one(body):
    return f"/stations/{body['station']}/readings/{body['at']}/{body['id']}"


def test_later_word_on_a_reading_is_written_later(readings_service):
    """A correction beats the reading, and a withdrawal after it beats both, in whatever order they arrive."""
    body = reading()
    at = body["at"]
    changed = {"temperature": 3.5, "revised": at + 1}
    assert readings_service.ask("POST", "/readings", json=body).status_code == 201
    assert readings_service.ask("PUT", _one(body), json=changed).status_code == 200
    assert readings_service.ask("DELETE", f"{_one(body)}?revised={at + 2}").status_code == 200
    (added,) = [row for text, row, _ in readings_service.store.asked[:2] if text == statements.ADD]
    corrected, removed = [row for _, row, _ in readings_service.store.asked[2:]]
    assert corrected[:4] == added[:4]
    assert corrected[4] == 3.5
    assert removed[1:] == added[:4]
    assert added[5] < corrected[5] < removed[0]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("at", [-(10**18), 10**18])
def test_word_on_an_instant_without_a_date_is_refused(readings_service, method, at):
    """A day is half of where a reading is kept."""
    body = reading()
    answer = readings_service.ask(
        method,
        f"{_one(body | {'at': at})}?revised={body['at']}",
        json={"temperature": 1.0, "revised": body["at"]},
    )
    assert answer.status_code == 422
    assert readings_service.store.asked == []


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("days", [0, 7])
def test_word_that_could_not_be_the_last_is_refused(readings_service, method, days):
    """As old as the reading, it would be lost in silence; from the future, it would hide all true ones."""
    body = reading()
    revised = body["at"] + days * 86_400_000
    answer = readings_service.ask(
        method, f"{_one(body)}?revised={revised}", json={"temperature": 1.0, "revised": revised}
    )
    assert answer.status_code == 422
    assert "revised" in answer.text
    assert readings_service.store.asked == []


def test_later_reading_wins_whenever_it_arrives():
    """The write time is the reading's own: one that was held up overwrites nothing newer."""
    older, newer = (model.Reading(**reading(at=at)) for at in (1_700_000_000_000, 1_700_000_000_001))
    assert model.written_at(older) < model.written_at(newer)


def test_history_is_newest_first_and_reaches_into_yesterday(readings_service, row):
    """A user just past midnight sees yesterday's readings after today's."""
    days = []

    def by_day(_):
        days.append(readings_service.store.asked[-1][1][1])
        return [row(2000 - len(days), 20.0)]

    readings_service.store.rows[statements.LATEST] = by_day
    answer = readings_service.ask("GET", "/stations/S1/readings?limit=2")
    assert [entry["at"] for entry in answer.json()] == [1999, 1998]
    assert (days[0] - days[1]).days == 1


class Page:
    """What the driver gives for one page."""

    def __init__(self, rows, state):
        self.current_rows, self.paging_state, self.has_more_pages = rows, state, state is not None


def test_export_ends_with_its_own_count(readings_service, row):
    """Whoever compares can tell a whole table from a cut one."""
    pages = {None: Page([row(1, 20.25), row(2, -3.0)], b"2"), b"2": Page([row(3, 0.1)], None)}
    readings_service.store.rows[statements.EXPORT] = lambda page: pages[page[1]]
    key = "0" * 32
    assert readings_service.ask("GET", "/export").text.splitlines() == [
        "station,at,id,temperature",
        f"S1,1,{key},20.25",
        f"S1,2,{key},-3.0",
        f"S1,3,{key},0.1",
        "# end,3",
    ]
    assert {level for _, _, level in readings_service.store.asked} == {"ALL"}


def test_export_breaks_off_when_a_page_fails(readings_service, row):
    """A page that fails for good never looks like the end of the table: the connection breaks."""

    def pages(page):
        readings_service.store.trouble = "ReadTimeout"
        return Page([row(1, 20.0)], b"2")

    readings_service.store.rows[statements.EXPORT] = pages
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        readings_service.ask("GET", "/export")


def test_export_of_a_silent_database_is_a_503(readings_service):
    """No header line of an empty table before anything was read."""
    readings_service.store.trouble = "NoHostAvailable"
    assert readings_service.ask("GET", "/export").status_code == 503
