package weather.cdc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.pulsar.client.api.AuthenticationFactory;
import org.apache.pulsar.client.api.Producer;
import org.apache.pulsar.client.api.PulsarClient;
import org.apache.pulsar.client.api.PulsarClientException;
import org.apache.pulsar.client.api.Schema;

/** The topics that rows go to. Waits for Pulsar however long it is away; what it refuses ends the process. */
final class Topics {
    private static final long AGAIN = 1000;
    private final PulsarClient client;
    private final String producer;
    private final Map<String, Producer<byte[]>> open = new HashMap<>();
    private final Map<String, CompletableFuture<?>> last = new HashMap<>();

    /** Where `url` is pulsar+ssl, `authority` (a file, or null) says by whom Pulsar's certificate for its name has to be. */
    Topics(String url, String authority, String token, String producer) throws PulsarClientException {
        client = PulsarClient.builder()
            .serviceUrl(url)
            .tlsTrustCertsFilePath(authority)
            .enableTlsHostnameVerification(true)
            .authentication(AuthenticationFactory.token(() -> text(token)))
            .ioThreads(1)
            .listenerThreads(1)
            .build();
        this.producer = producer;
    }

    void send(Rows.Message message) throws InterruptedException {
        var sent = opened(message.topic()).newMessage().key(message.key()).value(message.json()).sendAsync()
            .whenComplete((id, failure) -> {
                if (failure != null) Main.end("Pulsar did not take a message", failure);
            });
        last.put(message.topic(), sent);
    }

    /** Return when Pulsar has everything that was sent: it acknowledges in order, topic by topic. */
    void flush() throws Exception {
        for (var one : last.values()) one.get();
    }

    private static String text(String file) {
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException missing) {
            throw new UncheckedIOException(missing);
        }
    }

    private Producer<byte[]> opened(String topic) throws InterruptedException {
        while (!open.containsKey(topic)) {
            try {
                open.put(topic, client.newProducer(Schema.AUTO_PRODUCE_BYTES())
                    .topic(topic)
                    .producerName(producer)
                    .sendTimeout(0, TimeUnit.SECONDS)  // giving up would leave a hole in the order
                    .blockIfQueueFull(true)
                    .maxPendingMessages(1000)
                    .enableBatching(false)  // readers that check-point inside a batch drop its rest (FLINK-36180)
                    .create());
            } catch (PulsarClientException notYet) {
                System.out.println("no producer for " + topic + " yet: " + notYet.getMessage());
                Thread.sleep(AGAIN);
            }
        }
        return open.get(topic);
    }
}
