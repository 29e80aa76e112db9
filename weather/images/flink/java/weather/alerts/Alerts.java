package weather.alerts;

import java.time.Duration;
import java.util.Objects;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.pulsar.source.PulsarSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** The job: readings beyond what limits allow become alerts. Settings come from the environment. */
public final class Alerts {
    /** The name by which the job reads both topics. */
    private static final String SUBSCRIPTION = "alerts";

    private Alerts() {}

    public static void main(String[] words) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        Pulsar pulsar = new Pulsar(setting("PULSAR"), System.getenv("PULSAR_AUTHORITY"), setting("TOKEN"));
        String space = setting("TOPICS");
        // Limits are few and all count, however old; readings that were read count no more.
        var topic = pulsar.source(space + "/limits", SUBSCRIPTION, true);
        var limits = sorted(env, topic, "limits", Words::limit, Limit.class);
        topic = pulsar.source(space + "/readings", SUBSCRIPTION, false);
        var readings = sorted(env, topic, "readings", Words::reading, Reading.class);
        Judge judge = new Judge(space + "/alerts", Duration.parse(setting("KNOWN_FOR")));
        DataStream<Outgoing> alerts = readings.keyBy(Reading::station)
            .connect(limits.broadcast(Judge.LIMITS))
            .process(judge, TypeInformation.of(Outgoing.class)).uid("judge").name("judge");
        alerts.union(limits.getSideOutput(Sorted.LETTERS), readings.getSideOutput(Sorted.LETTERS))
            .sinkTo(pulsar.sink()).uid("sink").name("sink");
        env.execute("alerts");
    }

    private static <T> SingleOutputStreamOperator<T> sorted(StreamExecutionEnvironment env,
            PulsarSource<Arrived> topic, String name, Words.Read<T> words, Class<T> type) {
        return env.fromSource(topic, WatermarkStrategy.noWatermarks(), name).uid(name)
            .process(new Sorted<>(words, SUBSCRIPTION), TypeInformation.of(type))
            .uid("sorted-" + name).name("sorted " + name);
    }

    private static String setting(String name) {
        return Objects.requireNonNull(System.getenv(name), name + " is not set");
    }
}
