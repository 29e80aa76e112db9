package weather.cdc;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.cassandra.db.Mutation;
import org.apache.cassandra.db.marshal.CompositeType;
import org.apache.cassandra.db.partitions.PartitionUpdate;
import org.apache.cassandra.db.rows.Cell;
import org.apache.cassandra.db.rows.Row;
import org.apache.cassandra.schema.ColumnMetadata;
import org.apache.cassandra.schema.TableId;
import org.apache.cassandra.schema.TableMetadata;
import org.apache.cassandra.utils.ByteBufferUtil;

/** What a mutation says of rows, as messages. The word on a row with the latest `written` is the last. */
final class Rows {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A message, where it goes, and what it is keyed by. */
    record Message(String topic, String key, byte[] json) {}

    private final Map<TableId, Followed> tables;

    Rows(Map<TableId, Followed> tables) {
        this.tables = tables;
    }

    List<Message> of(Mutation mutation) {
        List<Message> found = new ArrayList<>();
        for (PartitionUpdate update : mutation.getPartitionUpdates()) {
            Followed table = tables.get(update.metadata().id);
            if (table == null) continue;
            for (Row row : update) found.add(message(table, update, row));
        }
        return found;
    }

    private static Message message(Followed table, PartitionUpdate update, Row row) {
        boolean deleted = !row.deletion().isLive();
        ObjectNode said = JSON.createObjectNode();
        for (String one : table.columns()) said.set(one, JSON.valueToTree(value(update, row, one)));
        said.put("written", deleted ? row.deletion().time().markedForDeleteAt() : written(row));
        said.put("deleted", deleted);
        try {
            String key = said.get(table.columns().get(0)).asText();
            return new Message(table.topic(), key, JSON.writeValueAsBytes(said));
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** The row's own instant, or that of its latest cell: an UPDATE has no other. */
    private static long written(Row row) {
        long latest = row.primaryKeyLivenessInfo().timestamp();
        for (Cell<?> cell : row.cells()) latest = Math.max(latest, cell.timestamp());
        return latest;
    }

    /** As JSON knows it: instants are milliseconds since the epoch, what was not said or is null is null. */
    private static Object value(PartitionUpdate update, Row row, String name) {
        ColumnMetadata column = update.metadata().getColumn(ByteBufferUtil.bytes(name));
        ByteBuffer bytes = switch (column.kind) {
            case PARTITION_KEY -> partition(update)[column.position()];
            case CLUSTERING -> row.clustering().bufferAt(column.position());
            default -> cell(row, column);
        };
        return bytes == null ? null : column.type.compose(bytes);
    }

    private static ByteBuffer[] partition(PartitionUpdate update) {
        TableMetadata table = update.metadata();
        ByteBuffer key = update.partitionKey().getKey();
        return table.partitionKeyType instanceof CompositeType many ? many.split(key) : new ByteBuffer[] {key};
    }

    private static ByteBuffer cell(Row row, ColumnMetadata column) {
        Cell<?> cell = row.getCell(column);
        boolean live = cell != null && !cell.isTombstone() && row.deletion().isLive();
        return live ? cell.buffer() : null;
    }
}
