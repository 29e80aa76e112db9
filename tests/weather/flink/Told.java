package weather.alerts;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.connector.pulsar.common.config.PulsarClientFactory;
import org.apache.flink.connector.pulsar.common.config.PulsarConfiguration;

/** Speaks to whoever is at an address as the job's source does, and then as its sink does: ADDRESS AUTHORITY TOKEN. */
public final class Told {
    private Told() {}

    public static void main(String[] words) throws Exception {
        Pulsar pulsar = new Pulsar(words[0], words[1], words[2]);
        String topic = "persistent://weather/stream/readings";
        for (Object one : List.of(pulsar.source(topic, "alerts", false), pulsar.sink())) {
            try (var client = PulsarClientFactory.createClient(told(one))) {
                client.newProducer().topic(topic).createAsync().get(5, TimeUnit.SECONDS);
            } catch (Exception trouble) {
                System.out.println(trouble);
            }
        }
        Runtime.getRuntime().halt(0);
    }

    private static PulsarConfiguration told(Object part) throws ReflectiveOperationException {
        for (var field : part.getClass().getDeclaredFields()) {
            if (!PulsarConfiguration.class.isAssignableFrom(field.getType())) continue;
            field.setAccessible(true);
            return (PulsarConfiguration) field.get(part);
        }
        throw new IllegalStateException("it has no configuration");
    }
}
