package weather.cdc;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
import org.apache.cassandra.transport.messages.AuthResponse;
import org.apache.cassandra.transport.messages.ResultMessage;

/** The tables as the node itself describes them: without that, what its commit log says cannot be read. */
final class Table {
    static final String KEYSPACE = "weather";

    private Table() {}

    /**
     * Ask the node at `address`, and make the tables known to the classes that read commit logs.
     *
     * @return which table each of them is now: one that was dropped and made again is another
     */
    static Map<TableId, Followed> known(String address, List<Followed> all) throws Exception {
        Map<TableId, Followed> known = new LinkedHashMap<>();
        Tables.Builder tables = Tables.builder();
        for (Followed one : all) {
            TableMetadata table = described(address, one.table());
            if (!table.params.cdc) throw new NoSuchElementException(table.name + " is not captured yet");
            known.put(table.id, one);
            tables.add(table);
        }
        Schema.instance.transform(there -> there.withAddedOrUpdated(
            KeyspaceMetadata.create(KEYSPACE, KeyspaceParams.simple(1), tables.build())));
        return known;
    }

    static TableMetadata described(String address, String table) throws Exception {
        try (SimpleClient node = SimpleClient.builder(address, 9042).encryption(Verified.options()).build()) {
            node.connect(false);
            node.execute(new AuthResponse(login().getBytes(StandardCharsets.UTF_8)));
            var answer = (ResultMessage.Rows) node.execute(
                "DESCRIBE TABLE " + KEYSPACE + "." + table + " WITH INTERNALS", ConsistencyLevel.ONE);
            String statement = UntypedResultSet.create(answer.result).one().getString("create_statement");
            return CreateTableStatement.parse(statement, KEYSPACE).build();
        }
    }

    /** A role that may read no row: who is known to the node may ask it what its tables are. */
    private static String login() {
        return "\0cdc\0" + Main.setting("ROLE_cdc");
    }
}
