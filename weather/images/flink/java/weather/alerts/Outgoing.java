package weather.alerts;

import java.util.Arrays;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonProcessingException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;

/** A message to be sent, its key null where it needs none; `properties`: names, each before its value. */
public record Outgoing(String topic, String key, byte[] content, String[] properties) {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Bytes of a refused message that are kept with the reason: Pulsar might refuse more as well. */
    private static final int KEPT = 64 << 10;

    /** Who consumes keeps one per `id`: after a kill some are told again. */
    static Outgoing alert(String topic, Reading reading, Limit limit) {
        ObjectNode said = JSON.createObjectNode();
        said.put("id", reading.id() + "." + limit.user());
        said.put("user", limit.user());
        said.put("station", reading.station());
        said.put("reading", reading.id());
        said.put("at", reading.at());
        said.put("temperature", reading.temperature());
        said.put("high", limit.high());
        said.put("low", limit.low());
        said.put("written", reading.written());
        try {
            return new Outgoing(topic, limit.user(), JSON.writeValueAsBytes(said), new String[0]);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** A message that could not be read, for whoever looks into it. */
    static Outgoing letter(Arrived message, String subscription, String reason) {
        byte[] content = message.content();
        byte[] kept = content.length > KEPT ? Arrays.copyOf(content, KEPT) : content;
        return new Outgoing(message.topic() + "-" + subscription + "-DLQ", null, kept, new String[] {
            "reason", reason, "topic", message.topic(), "message", message.place(),
            "bytes", Integer.toString(content.length)});
    }
}
