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
