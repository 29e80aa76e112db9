package weather.cdc;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.cassandra.db.Mutation;
import org.apache.cassandra.db.commitlog.CommitLogDescriptor;
import org.apache.cassandra.db.commitlog.CommitLogPosition;
import org.apache.cassandra.db.commitlog.CommitLogReadHandler;
import org.apache.cassandra.db.commitlog.CommitLogReader;
import org.apache.cassandra.io.util.File;

/**
 * Follows what the node captures: each segment from where Pulsar has it to where it is on the disk.
 *
 * <p>A position is kept only after Pulsar has taken all before it, and a segment goes only after its last one:
 * a kill at any moment costs repeats, never a row.
 */
final class Tail {
    private static final int PATIENCE = 50;
    private final Path folder;
    private final Rows rows;
    private final Topics topics;
    private final Positions positions;
    private final Metrics metrics;
    private final Others others;
    private int failures;

    Tail(Path folder, Rows rows, Topics topics, Positions positions, Metrics metrics, Others others) {
        this.folder = folder;
        this.others = others;
        this.rows = rows;
        this.topics = topics;
        this.positions = positions;
        this.metrics = metrics;
    }

    /** Pass on what there is now. */
    void turn() throws Exception {
        List<Segment> segments = Segment.in(folder);
        metrics.behind(behind(segments));
        for (Segment one : segments) follow(one);
        metrics.behind(behind(Segment.in(folder)));
    }

    private void follow(Segment segment) throws Exception {
        Segment.Reach reach = segment.reach();
        int from = positions.of(segment.id());
        if (reach.end() > from) {
            if (!read(segment, from, reach)) return;
            topics.flush();
            positions.keep(segment.id(), reach.end());
        }
        if (reach.complete()) {
            segment.delete();
            positions.forget(segment.id());
        }
    }

    /** Whether all of it was read. What Cassandra writes to at this moment may look broken, but not for long. */
    private boolean read(Segment segment, int from, Segment.Reach reach) throws Exception {
        CommitLogReader reader = new CommitLogReader();
        try {
            reader.readCommitLogSegment(new Passing(from, reach.end()), new File(segment.log()),
                new CommitLogPosition(segment.id(), from), CommitLogReader.ALL_MUTATIONS, reach.torn());
        } catch (IOException broken) {
            if (reach.complete() || ++failures > PATIENCE) throw broken;
            return false;
        }
        failures = 0;
        others.check(reader.getInvalidMutations());
        return true;
    }

    private long behind(List<Segment> segments) throws IOException {
        long bytes = 0;
        for (Segment one : segments) bytes += Math.max(0, one.reach().end() - positions.of(one.id()));
        return bytes;
    }

    /** Sends what lies between two positions, which are the ends of what the reader hands over. */
    private final class Passing implements CommitLogReadHandler {
        private final int from;
        private final int to;

        Passing(int from, int to) {
            this.from = from;
            this.to = to;
        }

        @Override
        public void handleMutation(Mutation mutation, int size, int end, CommitLogDescriptor segment) {
            if (end <= from || end > to) return;
            for (Rows.Message one : rows.of(mutation)) {
                try {
                    topics.send(one);
                } catch (InterruptedException stopped) {
                    throw new IllegalStateException(stopped);
                }
                metrics.sent();
            }
        }

        /** A kill may tear what was not synced yet, and so told to nobody; nothing else is passed over. */
        @Override
        public boolean shouldSkipSegmentOnError(CommitLogReadException error) throws IOException {
            if (!error.permissible) throw error;
            return true;
        }

        @Override
        public void handleUnrecoverableError(CommitLogReadException error) throws IOException {
            throw error;
        }
    }
}
