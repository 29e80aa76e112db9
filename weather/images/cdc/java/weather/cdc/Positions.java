package weather.cdc;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** Up to where each segment has been taken by Pulsar; on the disk before anybody relies on it. */
final class Positions {
    private final Path file;
    private final Map<Long, Integer> known = new TreeMap<>();

    Positions(Path file) throws IOException {
        this.file = file;
        Files.createDirectories(file.getParent());
        if (!Files.exists(file)) return;
        Properties kept = new Properties();
        try (var in = Files.newBufferedReader(file)) {
            kept.load(in);
        }
        kept.forEach((id, position) -> known.put(Long.valueOf((String) id), Integer.valueOf((String) position)));
    }

    int of(long segment) {
        return known.getOrDefault(segment, 0);
    }

    void keep(long segment, int position) throws IOException {
        known.put(segment, position);
        write();
    }

    void forget(long segment) throws IOException {
        if (known.remove(segment) != null) write();
    }

    private void write() throws IOException {
        Properties kept = new Properties();
        known.forEach((id, position) -> kept.setProperty(id.toString(), position.toString()));
        Path unfinished = file.resolveSibling("." + file.getFileName());
        try (var out = new FileOutputStream(unfinished.toFile())) {
            kept.store(out, null);
            out.getFD().sync();
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        try (var folder = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }
}
