"""What users are promised by the alerts service."""

from types import SimpleNamespace

from weather import statements


def test_only_readings_past_the_limits_are_alerts(alerts_service, row):
    """Both sides count, the limits themselves do not."""
    alerts_service.store.rows = {
        statements.LIMITS: [SimpleNamespace(low=0.0, high=30.0)],
        statements.LATEST: lambda _: [row(5, 30.1), row(4, 30.0), row(3, 15.0), row(2, 0.0), row(1, -0.1)],
    }
    answer = alerts_service.ask("GET", "/stations/S1/alerts").json()
    assert {entry["at"] for entry in answer} == {5, 1}


def test_station_without_limits_has_no_alerts(alerts_service, row):
    """Nothing is past a limit that nobody set."""
    alerts_service.store.rows[statements.LATEST] = [row(5, 99.0)]
    assert alerts_service.ask("GET", "/stations/S1/alerts").json() == []


def test_limits_are_kept_at_the_asked_consistency(alerts_service):
    """What is put is what is written."""
    answer = alerts_service.ask("PUT", "/stations/S1/limits?consistency=ALL", json={"high": 30, "low": 0})
    assert answer.status_code == 200
    assert alerts_service.store.asked == [(statements.SET_LIMITS, ("S1", 30.0, 0.0), "ALL")]


def test_limits_the_wrong_way_round_are_refused(alerts_service):
    """Every reading would be an alert."""
    answer = alerts_service.ask("PUT", "/stations/S1/limits", json={"high": 0, "low": 30})
    assert (answer.status_code, alerts_service.store.asked) == (422, [])
