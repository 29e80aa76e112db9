package weather.alerts;

/** Whom to alert beyond which temperatures of a station: °C, null for no limit; `written` in epoch µs. */
public record Limit(String station, String user, Double high, Double low, long written, boolean deleted) {

    boolean isBeyond(Double temperature) {
        if (deleted || temperature == null) return false;
        return high != null && temperature > high || low != null && temperature < low;
    }

    /** Each replica tells of each write: of several words the latest stands, at one instant a withdrawal. */
    boolean isAfter(Limit other) {
        return other == null || Words.isAfter(written, deleted, other.written, other.deleted);
    }
}
