"""What users are promised by the forecast service."""

import pytest

from weather import forecast, statements

HOUR = forecast.HOUR_MS


def test_steady_weather_stays(forecast_service, row):
    """Twenty-four hours ahead, one number an hour."""
    forecast_service.store.rows[statements.LATEST] = [row(at * HOUR, 12.0) for at in range(5)]
    answer = forecast_service.ask("GET", "/stations/S1/forecast").json()
    assert (answer["station"], answer["hours"]) == ("S1", [12.0] * 24)


def test_station_without_readings_is_told_so_by_name(forecast_service):
    """Nobody else could know: whoever gets this answer has reached the service."""
    answer = forecast_service.ask("GET", "/stations/S1/forecast")
    assert (answer.status_code, "station S1 has sent no reading" in answer.text) == (404, True)


def test_a_trend_goes_on_and_fades():
    """A degree an hour warmer now is warmer tomorrow, by a few degrees and not by twenty-four."""
    hours = forecast.ahead([(at * HOUR, float(at)) for at in range(5)])
    assert hours == sorted(hours)
    assert hours[0] == pytest.approx(2.0 + forecast.LASTING)
    assert 5 < hours[-1] < 7


def test_noise_of_a_minute_is_no_trend():
    """Readings of one hour at least are needed to tell weather from noise."""
    assert forecast.ahead([(0, 10.0), (60_000, 20.0)]) == [15.0] * 24


def test_an_ensemble_tells_between_which_temperatures_most_of_it_lies(forecast_service, row):
    """Asked for, it is told beside the forecast; it is as wide as the readings are unsure."""
    forecast_service.store.rows[statements.LATEST] = [row(at * HOUR, float(at % 3)) for at in range(9)]
    plain = forecast_service.ask("GET", "/stations/S1/forecast").json()
    answer = forecast_service.ask("GET", "/stations/S1/forecast?members=200").json()
    assert "low" not in plain
    assert len(answer["low"]) == len(answer["high"]) == 24
    assert all(low < high for low, high in zip(answer["low"], answer["high"], strict=True))
    assert answer["low"][0] < plain["hours"][0] < answer["high"][0]


def test_an_ensemble_of_one_weather_agrees():
    """Readings that are all alike leave nothing to be unsure of."""
    low, high = forecast.spread([(at * HOUR, 12.0) for at in range(5)], members=50)
    assert low == high == [12.0] * 24
