package weather.cdc;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.cassandra.config.DatabaseDescriptor;
import org.apache.cassandra.schema.TableId;

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
        Map<TableId, Followed> tables = known(setting("POD_IP"), Followed.parse(setting("TABLES")));
        Topics topics = new Topics(setting("PULSAR"), System.getenv("PULSAR_AUTHORITY"), setting("TOKEN"),
            "cdc-" + setting("POD_NAME"));
        Positions positions = new Positions(Path.of(setting("POSITIONS")));
        Tail tail = new Tail(data.resolve("cdc_raw"), new Rows(tables), topics, positions, metrics,
            new Others(setting("POD_IP"), tables));
        metrics.begun();
        while (true) {
            tail.turn();
            Thread.sleep(POLL);
        }
    }

    private static Map<TableId, Followed> known(String address, List<Followed> tables)
            throws InterruptedException {
        while (true) {
            try {
                return Table.known(address, tables);
            } catch (Exception notYet) {
                System.out.println("not all tables yet: " + notYet.getMessage());
                Thread.sleep(AGAIN);
            }
        }
    }

    static String setting(String name) {
        return Objects.requireNonNull(System.getenv(name), name + " is not set");
    }

    /** At once, whatever else runs: a container that has ended is started anew, and one that hangs is not. */
    static void end(String what, Throwable why) {
        System.out.println(what + ": " + why);
        why.printStackTrace(System.out);
        Runtime.getRuntime().halt(1);
    }
}
