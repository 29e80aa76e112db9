package weather.cdc;

import java.util.Arrays;
import java.util.List;

/** A table whose rows are told of: where to, and which of its columns. The first is what messages are keyed by. */
record Followed(String table, String topic, List<String> columns) {

    /** A table a line: its name, the topic, the columns. */
    static List<Followed> parse(String lines) {
        return lines.lines().filter(line -> !line.isBlank()).map(Followed::line).toList();
    }

    private static Followed line(String line) {
        List<String> words = Arrays.asList(line.strip().split("\\s+"));
        if (words.size() < 3) throw new IllegalArgumentException("no name, topic and columns in TABLES: " + line);
        return new Followed(words.get(0), words.get(1), words.subList(2, words.size()));
    }
}
