package weather.cdc;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.cassandra.schema.TableId;

/**
 * Tables whose changes are in the log and are not ours. A new one among them may be ours all the same: a restore
 * drops tables and makes them again, and what is written to those must not be passed over.
 */
final class Others {
    private static final long AGAIN = 1000;
    private final String address;
    private final Map<TableId, Followed> ours;
    private final Set<TableId> known = new HashSet<>();

    Others(String address, Map<TableId, Followed> ours) {
        this.address = address;
        this.ours = ours;
    }

    /** Ends the process when a table was made anew: the next one begins with that. */
    void check(Set<Map.Entry<TableId, AtomicInteger>> unread) throws InterruptedException {
        boolean anew = false;
        for (var one : unread) anew |= known.add(one.getKey());
        if (!anew) return;
        for (var one : ours.entrySet()) {
            String table = one.getValue().table();
            if (now(table).equals(one.getKey())) continue;
            Main.end("capturing cannot go on", new IllegalStateException(table + " was made anew"));
        }
    }

    private TableId now(String table) throws InterruptedException {
        while (true) {
            try {
                return Table.described(address, table).id;
            } catch (Exception notYet) {
                System.out.println("the node does not say which table it has: " + notYet.getMessage());
                Thread.sleep(AGAIN);
            }
        }
    }
}
