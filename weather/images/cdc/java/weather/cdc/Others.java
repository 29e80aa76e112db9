package weather.cdc;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.cassandra.schema.TableId;

/**
 * Tables whose changes are in the log and are not ours. A new one among them may be ours all the same: a restore
 * drops the table and makes it again, and what is written to that one must not be passed over.
 */
final class Others {
    private static final long AGAIN = 1000;
    private final String address;
    private final TableId ours;
    private final Set<TableId> known = new HashSet<>();

    Others(String address, TableId ours) {
        this.address = address;
        this.ours = ours;
    }

    /** Ends the process when the table was made anew: the next one begins with that. */
    void check(Set<Map.Entry<TableId, AtomicInteger>> unread) throws InterruptedException {
        boolean anew = false;
        for (var one : unread) anew |= known.add(one.getKey());
        if (!anew) return;
        TableId now = now();
        if (!now.equals(ours)) Main.end("the table was made anew", new IllegalStateException(now.toString()));
    }

    private TableId now() throws InterruptedException {
        while (true) {
            try {
                return Table.id(address);
            } catch (Exception notYet) {
                System.out.println("the node does not say which table it has: " + notYet.getMessage());
                Thread.sleep(AGAIN);
            }
        }
    }
}
