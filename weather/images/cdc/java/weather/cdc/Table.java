package weather.cdc;

import java.util.NoSuchElementException;
import org.apache.cassandra.cql3.UntypedResultSet;
import org.apache.cassandra.cql3.statements.schema.CreateTableStatement;
import org.apache.cassandra.db.ConsistencyLevel;
import org.apache.cassandra.schema.KeyspaceMetadata;
import org.apache.cassandra.schema.KeyspaceParams;
import org.apache.cassandra.schema.Schema;
import org.apache.cassandra.schema.TableId;
import org.apache.cassandra.schema.TableMetadata;
import org.apache.cassandra.schema.Tables;
import org.apache.cassandra.transport.SimpleClient;
import org.apache.cassandra.transport.messages.ResultMessage;

/** The table as the node itself describes it: without that, what its commit log says cannot be read. */
final class Table {
    static final String KEYSPACE = "weather";
    static final String NAME = "readings";

    private Table() {}

    /** Ask the node at `address`, and make the table known to the classes that read commit logs. */
    static TableMetadata known(String address) throws Exception {
        TableMetadata table = CreateTableStatement.parse(described(address), KEYSPACE).build();
        if (!table.params.cdc) throw new NoSuchElementException("its changes are not captured yet");
        Schema.instance.transform(there -> there.withAddedOrUpdated(
            KeyspaceMetadata.create(KEYSPACE, KeyspaceParams.simple(1), Tables.of(table))));
        return table;
    }

    /** Which table of that name the node has now: one that was dropped and made again is another. */
    static TableId id(String address) throws Exception {
        return CreateTableStatement.parse(described(address), KEYSPACE).build().id;
    }

    private static String described(String address) throws Exception {
        try (SimpleClient node = new SimpleClient(address, 9042)) {
            node.connect(false);
            var answer = (ResultMessage.Rows) node.execute(
                "DESCRIBE TABLE " + KEYSPACE + "." + NAME + " WITH INTERNALS", ConsistencyLevel.ONE);
            return UntypedResultSet.create(answer.result).one().getString("create_statement");
        }
    }
}
