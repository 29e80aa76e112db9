package weather.cdc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.pulsar.client.api.AuthenticationFactory;
import org.apache.pulsar.client.api.Producer;
import org.apache.pulsar.client.api.PulsarClient;
import org.apache.pulsar.client.api.PulsarClientException;
import org.apache.pulsar.client.api.Schema;

/** The topic that readings go to. Waits for Pulsar however long it is away; what it refuses ends the process. */
final class Topic {
    private static final long AGAIN = 1000;
    private final PulsarClient client;
    private final String name;
    private final String producer;
    private Producer<byte[]> open;
    private CompletableFuture<?> last = CompletableFuture.completedFuture(null);

    Topic(String url, String token, String name, String producer) throws PulsarClientException {
        client = PulsarClient.builder()
            .serviceUrl(url)
            .authentication(AuthenticationFactory.token(() -> text(token)))
            .ioThreads(1)
            .listenerThreads(1)
            .build();
        this.name = name;
        this.producer = producer;
    }

    void send(Readings.Message message) throws InterruptedException {
        last = opened().newMessage().key(message.station()).value(message.json()).sendAsync()
            .whenComplete((id, failure) -> {
                if (failure != null) Main.end("Pulsar did not take a message", failure);
            });
    }

    /** Return when Pulsar has everything that was sent: it acknowledges in order. */
    void flush() throws Exception {
        last.get();
    }

    private static String text(String file) {
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException missing) {
            throw new UncheckedIOException(missing);
        }
    }

    private Producer<byte[]> opened() throws InterruptedException {
        while (open == null) {
            try {
                open = client.newProducer(Schema.AUTO_PRODUCE_BYTES())
                    .topic(name)
                    .producerName(producer)
                    .sendTimeout(0, TimeUnit.SECONDS)  // giving up would leave a hole in the order
                    .blockIfQueueFull(true)
                    .maxPendingMessages(1000)
                    .enableBatching(false)  // readers that check-point inside a batch drop its rest (FLINK-36180)
                    .create();
            } catch (PulsarClientException notYet) {
                System.out.println("no producer yet: " + notYet.getMessage());
                Thread.sleep(AGAIN);
            }
        }
        return open;
    }
}
