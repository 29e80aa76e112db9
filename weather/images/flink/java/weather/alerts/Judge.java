package weather.alerts;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Readings, by station, against the limits of the moment: each word that is news, once.
 *
 * <p>The two topics are read side by side: a limit may come after readings that were written later than it.
 * Those that are still known are held against it then; what was written before it is left alone.
 */
final class Judge extends KeyedBroadcastProcessFunction<String, Reading, Limit, Outgoing> {
    private static final long serialVersionUID = 1;
    /** By station, then by user; who wants no more alerts stays, or an older word would count again. */
    static final MapStateDescriptor<String, Map<String, Limit>> LIMITS = new MapStateDescriptor<>(
        "limits", Types.STRING, Types.MAP(Types.STRING, TypeInformation.of(Limit.class)));

    private final String topic;
    private final MapStateDescriptor<String, Seen> readings;
    private transient MapState<String, Seen> seen;
    private transient Counter judged;
    private transient Counter alerts;

    /** Readings are known by their ids for as long as `kept`: one that is told again later is a new one. */
    Judge(String topic, Duration kept) {
        this.topic = topic;
        readings = new MapStateDescriptor<>("readings", Types.STRING, TypeInformation.of(Seen.class));
        readings.enableTimeToLive(StateTtlConfig.newBuilder(kept).cleanupIncrementally(10, true).build());
    }

    @Override
    public void open(OpenContext context) {
        seen = getRuntimeContext().getMapState(readings);
        judged = getRuntimeContext().getMetricGroup().counter("readings");
        alerts = getRuntimeContext().getMetricGroup().counter("alerts");
    }

    @Override
    public void processElement(Reading word, ReadOnlyContext context, Collector<Outgoing> out)
            throws Exception {
        Seen known = Seen.with(word, seen.get(word.id()));
        if (known == null) return;
        judged.inc();
        Map<String, Limit> limits = context.getBroadcastState(LIMITS).get(word.station());
        if (limits != null) for (Limit one : limits.values()) known = told(known, one, out);
        seen.put(word.id(), known);
    }

    @Override
    public void processBroadcastElement(Limit word, Context context, Collector<Outgoing> out)
            throws Exception {
        BroadcastState<String, Map<String, Limit>> all = context.getBroadcastState(LIMITS);
        Map<String, Limit> limits = all.contains(word.station()) ? all.get(word.station()) : new HashMap<>();
        if (!word.isAfter(limits.get(word.user()))) return;
        limits.put(word.user(), word);
        all.put(word.station(), limits);
        context.applyToKeyedState(readings, (station, there) -> {
            if (station.equals(word.station())) late(word, there, out);
        });
    }

    private void late(Limit limit, MapState<String, Seen> there, Collector<Outgoing> out) throws Exception {
        Map<String, Seen> changed = new HashMap<>();
        for (Map.Entry<String, Seen> one : there.entries()) {
            if (one.getValue().word().written() <= limit.written()) continue;
            changed.put(one.getKey(), told(one.getValue(), limit, out));
        }
        there.putAll(changed);  // entries of state that ends are copies
    }

    private Seen told(Seen known, Limit limit, Collector<Outgoing> out) {
        if (!known.isDueTo(limit)) return known;
        alerts.inc();
        out.collect(Outgoing.alert(topic, known.word(), limit));
        return known.toldTo(limit.user());
    }
}
