package weather.alerts;

/** A message as it came; `place` is where in the topic it is: ledger, entry. */
public record Arrived(String topic, String place, byte[] content) {}
