"""What users are promised by the conditions service."""

from weather import statements


def test_latest_reading_is_given_whole(conditions_service, row):
    """Times come back as epoch milliseconds, to the millisecond."""
    conditions_service.store.rows[statements.CURRENT] = [row(1_700_000_000_123, 21.5)]
    assert conditions_service.ask("GET", "/stations/S1/current").json() == {
        "id": "0" * 32,
        "station": "S1",
        "at": 1_700_000_000_123,
        "temperature": 21.5,
    }


def test_station_that_never_reported_is_not_found(conditions_service):
    """Unknown is not the same as unavailable."""
    assert conditions_service.ask("GET", "/stations/S9/current").status_code == 404


def test_silent_database_is_no_missing_station(conditions_service):
    """A 404 is never given for what could not be looked up."""
    conditions_service.store.trouble = "ReadTimeout"
    assert conditions_service.ask("GET", "/stations/S1/current").status_code == 503


def test_stations_are_listed_by_name_each_with_its_latest_reading(conditions_service, row):
    """Whoever comes for the first time sees what there is; how many is bounded."""
    conditions_service.store.rows[statements.STATIONS] = [row(2, 1.5, "S2"), row(1, -3.0, "S1")]
    listed = conditions_service.ask("GET", "/stations?limit=2").json()
    assert [(one["station"], one["temperature"]) for one in listed] == [("S1", -3.0), ("S2", 1.5)]
    assert conditions_service.store.asked[-1][1] == (2,)
    assert conditions_service.ask("GET", "/stations?limit=1001").status_code == 422
