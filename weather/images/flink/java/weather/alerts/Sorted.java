package weather.alerts;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** What messages say; those that say nothing that could be true go to the dead letters beside, with why. */
final class Sorted<T> extends ProcessFunction<Arrived, T> {
    private static final long serialVersionUID = 1;
    static final OutputTag<Outgoing> LETTERS = new OutputTag<>("letters", TypeInformation.of(Outgoing.class));

    private final Words.Read<T> words;
    private final String subscription;
    private transient Counter letters;

    Sorted(Words.Read<T> words, String subscription) {
        this.words = words;
        this.subscription = subscription;
    }

    @Override
    public void open(OpenContext context) {
        letters = getRuntimeContext().getMetricGroup().counter("dead_letters");
    }

    @Override
    public void processElement(Arrived message, Context context, Collector<T> out) {
        try {
            out.collect(words.read(message.content(), System.currentTimeMillis()));
        } catch (Words.Refused why) {
            letters.inc();
            context.output(LETTERS, Outgoing.letter(message, subscription, why.getMessage()));
        }
    }
}
