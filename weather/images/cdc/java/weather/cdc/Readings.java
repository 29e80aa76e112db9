package weather.cdc;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.apache.cassandra.db.Mutation;
import org.apache.cassandra.db.marshal.CompositeType;
import org.apache.cassandra.db.partitions.PartitionUpdate;
import org.apache.cassandra.db.rows.Cell;
import org.apache.cassandra.db.rows.Row;
import org.apache.cassandra.schema.ColumnMetadata;
import org.apache.cassandra.schema.TableId;
import org.apache.cassandra.schema.TableMetadata;
import org.apache.cassandra.utils.ByteBufferUtil;

/** What a mutation says of readings, as messages. The word on a reading with the latest `written` is the last. */
final class Readings {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A message and what it is keyed by. */
    record Message(String station, byte[] json) {}

    private final TableMetadata table;
    private final ColumnMetadata temperature;

    Readings(TableMetadata table) {
        this.table = table;
        temperature = table.getColumn(ByteBufferUtil.bytes("temperature"));
    }

    TableId table() {
        return table.id;
    }

    List<Message> of(Mutation mutation) {
        List<Message> found = new ArrayList<>();
        for (PartitionUpdate update : mutation.getPartitionUpdates()) {
            if (!update.metadata().id.equals(table.id)) continue;
            var parts = ((CompositeType) table.partitionKeyType).split(update.partitionKey().getKey());
            String station = table.partitionKeyColumns().get(0).type.getString(parts[0]);
            for (Row row : update) found.add(message(station, row));
        }
        return found;
    }

    private Message message(String station, Row row) {
        ObjectNode said = JSON.createObjectNode();
        said.put("station", station);
        said.put("at", ((Date) value(row, 0)).getTime());
        said.put("id", value(row, 1).toString());
        Cell<?> cell = row.getCell(temperature);
        boolean deleted = !row.deletion().isLive();
        if (deleted || cell == null) said.putNull("temperature");
        else said.put("temperature", (Double) temperature.type.compose(cell.buffer()));
        said.put("written", deleted ? row.deletion().time().markedForDeleteAt() : written(row, cell));
        said.put("deleted", deleted);
        try {
            return new Message(station, JSON.writeValueAsBytes(said));
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static long written(Row row, Cell<?> cell) {
        return cell != null ? cell.timestamp() : row.primaryKeyLivenessInfo().timestamp();
    }

    private Object value(Row row, int clustering) {
        return table.clusteringColumns().get(clustering).type.compose(row.clustering().bufferAt(clustering));
    }
}
