package weather.alerts;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.pulsar.common.config.PulsarOptions;
import org.apache.flink.connector.pulsar.sink.PulsarSink;
import org.apache.flink.connector.pulsar.sink.PulsarSinkOptions;
import org.apache.flink.connector.pulsar.sink.writer.context.PulsarSinkContext;
import org.apache.flink.connector.pulsar.sink.writer.message.PulsarMessage;
import org.apache.flink.connector.pulsar.sink.writer.message.PulsarMessageBuilder;
import org.apache.flink.connector.pulsar.sink.writer.serializer.PulsarSerializationSchema;
import org.apache.flink.connector.pulsar.source.PulsarSource;
import org.apache.flink.connector.pulsar.source.PulsarSourceOptions;
import org.apache.flink.connector.pulsar.source.enumerator.cursor.StartCursor;
import org.apache.flink.connector.pulsar.source.enumerator.topic.TopicPartition;
import org.apache.flink.connector.pulsar.source.reader.deserializer.PulsarDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.pulsar.client.api.Message;
import org.apache.pulsar.client.api.MessageIdAdv;

/**
 * Topics as sources and as one sink, by a token in a file. Where `url` is pulsar+ssl, Pulsar has to have a certificate for
 * its name, of one in the file `authority`, before it is told anything.
 */
record Pulsar(String url, String authority, String token) {
    private static final String TOKENS = "org.apache.pulsar.client.impl.auth.AuthenticationToken";

    /** Without a check-point to go on from it begins where the subscription is, or with `all` there is. */
    PulsarSource<Arrived> source(String topic, String subscription, boolean all) {
        return PulsarSource.builder()
            .setServiceUrl(url)
            .setAuthentication(TOKENS, "file://" + token)
            .setTopics(topic)
            .setSubscriptionName(subscription)
            .setStartCursor(StartCursor.earliest())
            .setConfig(PulsarSourceOptions.PULSAR_RESET_SUBSCRIPTION_CURSOR, all)
            .setConfig(PulsarSourceOptions.PULSAR_MAX_FETCH_TIME, 50L)
            .setConfig(PulsarSourceOptions.PULSAR_ENABLE_SOURCE_METRICS, false)  // new names at each start
            .setConfig(PulsarSourceOptions.PULSAR_RECEIVER_QUEUE_SIZE, 200)  // all of the largest have to fit
            .setConfig(client())
            .setDeserializationSchema(new Whole(topic))
            .build();
    }

    /** At least once: a check-point waits until Pulsar has all that was sent before it. */
    PulsarSink<Outgoing> sink() {
        return PulsarSink.builder()
            .setServiceUrl(url)
            .setAuthentication(TOKENS, "file://" + token)
            .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
            .setConfig(PulsarSinkOptions.PULSAR_BATCHING_ENABLED, false)
            .setConfig(client())
            .setSerializationSchema(new Plain())
            .setTopicRouter((one, key, partitions, context) -> new TopicPartition(one.topic()))
            .build();
    }

    private Configuration client() {
        Configuration client = new Configuration()
            .set(PulsarOptions.PULSAR_NUM_IO_THREADS, 1)
            .set(PulsarOptions.PULSAR_NUM_LISTENER_THREADS, 1)
            .set(PulsarOptions.PULSAR_TLS_HOSTNAME_VERIFICATION_ENABLE, true);
        return authority == null ? client : client.set(PulsarOptions.PULSAR_TLS_TRUST_CERTS_FILE_PATH, authority);
    }

    private static final class Whole implements PulsarDeserializationSchema<Arrived> {
        private static final long serialVersionUID = 1;
        private final String topic;

        Whole(String topic) {
            this.topic = topic;
        }

        @Override
        public void deserialize(Message<byte[]> message, Collector<Arrived> out) {
            MessageIdAdv id = (MessageIdAdv) message.getMessageId();
            out.collect(new Arrived(topic, id.getLedgerId() + ":" + id.getEntryId(), message.getData()));
        }

        @Override
        public TypeInformation<Arrived> getProducedType() {
            return TypeInformation.of(Arrived.class);
        }
    }

    private static final class Plain implements PulsarSerializationSchema<Outgoing> {
        private static final long serialVersionUID = 1;

        @Override
        public PulsarMessage<?> serialize(Outgoing one, PulsarSinkContext context) {
            PulsarMessageBuilder<byte[]> message = PulsarMessage.builder(one.content());
            if (one.key() != null) message.key(one.key());
            String[] properties = one.properties();
            for (int at = 0; at < properties.length; at += 2) {
                message.property(properties[at], properties[at + 1]);
            }
            return message.build();
        }
    }
}
