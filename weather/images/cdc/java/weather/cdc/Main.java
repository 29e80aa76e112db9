package weather.cdc;

import java.nio.file.Path;
import java.util.Objects;
import org.apache.cassandra.config.DatabaseDescriptor;
import org.apache.cassandra.schema.TableMetadata;

/** Beside one Cassandra node: what it captures goes to Pulsar. Settings come from the environment. */
public final class Main {
    private static final long POLL = 100;
    private static final long AGAIN = 1000;

    private Main() {}

    public static void main(String[] words) {
        try {
            run(Path.of(setting("DATA")));
        } catch (Throwable trouble) {
            end("capturing cannot go on", trouble);
        }
    }

    private static void run(Path data) throws Exception {
        DatabaseDescriptor.toolInitialization();
        Metrics metrics = new Metrics();
        metrics.serve(setting("POD_IP"), Integer.parseInt(setting("PORT")));
        Readings readings = new Readings(table(setting("POD_IP")));
        Topic topic = new Topic(setting("PULSAR"), setting("TOKEN"), setting("TOPIC"), "cdc-" + setting("POD_NAME"));
        Positions positions = new Positions(Path.of(setting("POSITIONS")));
        Tail tail = new Tail(data.resolve("cdc_raw"), readings, topic, positions, metrics,
            new Others(setting("POD_IP"), readings.table()));
        metrics.begun();
        while (true) {
            tail.turn();
            Thread.sleep(POLL);
        }
    }

    private static TableMetadata table(String address) throws InterruptedException {
        while (true) {
            try {
                return Table.known(address);
            } catch (Exception notYet) {
                System.out.println("no table yet: " + notYet.getMessage());
                Thread.sleep(AGAIN);
            }
        }
    }

    private static String setting(String name) {
        return Objects.requireNonNull(System.getenv(name), name + " is not set");
    }

    /** At once, whatever else runs: a container that has ended is started anew, and one that hangs is not. */
    static void end(String what, Throwable why) {
        System.out.println(what + ": " + why);
        why.printStackTrace(System.out);
        Runtime.getRuntime().halt(1);
    }
}
