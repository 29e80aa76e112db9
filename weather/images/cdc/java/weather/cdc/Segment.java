package weather.cdc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.cassandra.db.commitlog.CommitLogDescriptor;

/**
 * One commit log segment as Cassandra links it into its folder for change data capture.
 *
 * <p>The index beside it says how far the segment is on the disk, and COMPLETED once nothing more will come.
 * After a kill nobody completes it: then the last other name of the file, in Cassandra's own folder, goes when
 * the segment has been replayed, and what is in the file is all there will be.
 */
record Segment(long id, Path log, Path index) {
    private static final String COMPLETED = "COMPLETED";

    /** How far it may be read, whether that is its end, and whether a kill ended it. */
    record Reach(int end, boolean complete, boolean torn) {}

    /** All that have an index, so that something was captured, the oldest first. */
    static List<Segment> in(Path folder) throws IOException {
        List<Segment> found = new ArrayList<>();
        try (var files = Files.newDirectoryStream(folder, "CommitLog-*_cdc.idx")) {
            for (Path index : files) {
                String name = index.getFileName().toString().replace("_cdc.idx", ".log");
                found.add(new Segment(CommitLogDescriptor.idFromFileName(name), folder.resolve(name), index));
            }
        }
        found.sort(Comparator.comparingLong(Segment::id));
        return found;
    }

    /** Zero while Cassandra writes the index, which it does in place. */
    Reach reach() throws IOException {
        List<String> lines;
        boolean orphan;
        try {
            orphan = (int) Files.getAttribute(log, "unix:nlink") == 1;
            lines = Files.readAllLines(index);
        } catch (NoSuchFileException gone) {
            return new Reach(0, !Files.exists(log), false);
        }
        if (orphan) return new Reach((int) Files.size(log), true, !completed(lines));
        if (lines.isEmpty() || lines.get(0).isBlank()) return new Reach(0, false, false);
        return new Reach(Integer.parseInt(lines.get(0).strip()), completed(lines), false);
    }

    private static boolean completed(List<String> lines) {
        return lines.size() > 1 && lines.get(1).equals(COMPLETED);
    }

    /** The index last: without one, what is left of the segment would never be looked at again. */
    void delete() throws IOException {
        Files.deleteIfExists(log);
        Files.deleteIfExists(index);
    }
}
