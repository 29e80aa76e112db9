package weather.alerts;

/** A word on a reading: `at` in epoch ms, `temperature` in °C, null if withdrawn, `written` in epoch µs. */
public record Reading(
        String station, String id, long at, Double temperature, long written, boolean deleted) {}
