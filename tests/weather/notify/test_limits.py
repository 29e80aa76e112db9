"""What users are promised of limits of their own."""

import time

import pytest

from weather import statements
from weather.notify import limits

ONE = "/stations/S1/limits/ann"


@pytest.mark.parametrize("wish", [{"high": 30.0}, {"low": -5.0}, {"high": 30.0, "low": -5.0}])
def test_limits_are_read_as_they_were_set(notify_service, wish):
    """One side is enough."""
    assert notify_service.ask("PUT", ONE, json=wish).status_code == 200
    both = {"high": None, "low": None} | wish
    assert notify_service.ask("GET", ONE).json() == both
    assert notify_service.ask("GET", "/users/ann/limits").json() == [both | {"station": "S1"}]


def test_what_looks_for_readings_beyond_limits_learns_of_every_change(notify_service):
    """Each change names both sides and is dated now, by the same clock for the user and for the watcher."""
    notify_service.ask("PUT", ONE, json={"high": 30, "low": 0})
    notify_service.ask("PUT", ONE, json={"high": 20})
    tables = notify_service.store
    high, low, stamp = tables.limits["S1", "ann"]
    assert (high, low) == (20.0, None)
    assert abs(stamp / 1e6 - time.time()) < 60
    assert tables.by_user["ann", "S1"] == tables.limits["S1", "ann"]
    assert notify_service.ask("DELETE", ONE).status_code == 204
    assert (tables.limits, tables.by_user) == ({}, {})


def test_limits_that_are_removed_are_gone(notify_service):
    """Removing them again is no error: who saw no answer asks again."""
    notify_service.ask("PUT", ONE, json={"high": 30})
    for _ in range(2):
        assert notify_service.ask("DELETE", ONE).status_code == 204
    assert notify_service.ask("GET", ONE).status_code == 404
    assert notify_service.ask("GET", "/users/ann/limits").json() == []


def test_users_do_not_see_or_change_each_others_limits(notify_service):
    """Same station, other user."""
    notify_service.ask("PUT", ONE, json={"high": 30})
    notify_service.ask("PUT", "/stations/S1/limits/bob", json={"high": 10})
    notify_service.ask("DELETE", "/stations/S1/limits/bob")
    assert notify_service.ask("GET", ONE).json()["high"] == 30.0


@pytest.mark.parametrize(
    "body",
    ["{}", '{"high": null, "low": null}', '{"high": 1, "low": 2}', '{"high": NaN}', '{"low": -1e999}',
     '{"high": "warm"}', "7", '{"high": 1'],
)  # fmt: skip
def test_limits_that_could_not_be_meant_are_refused(notify_service, body):
    """And say why; nothing of them is kept."""
    answer = notify_service.ask("PUT", ONE, data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["msg"]
    assert notify_service.store.limits == {}


@pytest.mark.parametrize("path", ["/stations/S1/limits/a b", "/stations/a,b/limits/ann", f"{ONE}{'x' * 80}"])
def test_names_that_nobody_may_have_are_refused(notify_service, path):
    """They become keys and labels."""
    assert notify_service.ask("PUT", path, json={"high": 1}).status_code == 422


def test_ten_thousand_limits_are_too_many(notify_service, monkeypatch):
    """A user has so many at most, is told so, may still change those, and set others once some are gone."""
    monkeypatch.setattr(limits, "MOST", 3)
    put = [notify_service.ask("PUT", f"/stations/S{n}/limits/ann", json={"high": 1}) for n in range(5)]
    assert [answer.status_code for answer in put] == [200, 200, 200, 409, 409]
    assert "3 stations" in put[-1].json()["detail"]
    assert len(notify_service.store.limits) == 3
    assert notify_service.ask("PUT", "/stations/S1/limits/ann", json={"high": 2}).status_code == 200
    assert notify_service.ask("PUT", "/stations/S9/limits/bob", json={"high": 2}).status_code == 200
    notify_service.ask("DELETE", "/stations/S1/limits/ann")
    assert notify_service.ask("PUT", "/stations/S4/limits/ann", json={"high": 1}).status_code == 200


def test_silent_database_keeps_no_limits(notify_service):
    """Nobody is told that they will hear of what nobody looks for."""
    notify_service.store.trouble = "WriteTimeout"
    answer = notify_service.ask("PUT", ONE, json={"high": 1})
    assert (answer.status_code, answer.json()) == (503, {"reason": "WriteTimeout"})


def test_both_tables_carry_all_columns_in_one_statement():
    """What reads the commit log is told of a row as one statement writes it."""
    for text in (statements.SET_LIMIT, statements.NOTE_LIMIT):
        assert {"high", "low", "station", "user"} <= set(
            text.replace(",", " ").replace("(", " ").replace(")", " ").split()
        )
