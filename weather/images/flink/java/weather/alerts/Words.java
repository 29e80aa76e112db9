package weather.alerts;

import java.io.IOException;
import java.util.regex.Pattern;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/** What messages say of readings and of limits. What could not be true is refused, and why is said. */
final class Words {
    /** A message that says nothing that could be true. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String why) {
            super(why.length() > 300 ? why.substring(0, 300) : why);
        }
    }

    /** How a topic's messages are read; `now` is in epoch ms. */
    interface Read<T> extends java.io.Serializable {
        T read(byte[] content, long now) throws Refused;
    }

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern STATION = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern ID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final Pattern USER = Pattern.compile("\\S.{0,255}", Pattern.DOTALL);
    /** How far clocks may be apart, in ms. */
    private static final long FUTURE = 86_400_000;

    private Words() {}

    static Reading reading(byte[] content, long now) throws Refused {
        JsonNode said = object(content);
        boolean deleted = flag(said, "deleted");
        return new Reading(text(said, "station", STATION), text(said, "id", ID),
            number(said, "at", now + FUTURE), deleted ? null : degrees(said, "temperature", false),
            written(said, now), deleted);
    }

    static Limit limit(byte[] content, long now) throws Refused {
        JsonNode said = object(content);
        boolean deleted = flag(said, "deleted");
        return new Limit(text(said, "station", STATION), text(said, "user", USER),
            deleted ? null : degrees(said, "high", true), deleted ? null : degrees(said, "low", true),
            written(said, now), deleted);
    }

    /** Of two words the later one; at one instant a withdrawal is. */
    static boolean isAfter(long written, boolean deleted, long otherWritten, boolean otherDeleted) {
        return written > otherWritten || written == otherWritten && deleted && !otherDeleted;
    }

    private static JsonNode object(byte[] content) throws Refused {
        JsonNode said;
        try {
            said = JSON.readTree(content);
        } catch (IOException bad) {
            throw new Refused("no JSON: " + bad.getMessage().lines().findFirst().orElse(""));
        }
        if (said == null || !said.isObject()) throw new Refused("no JSON object");
        return said;
    }

    /** One from far ahead would count as the last word for ever. */
    private static long written(JsonNode said, long now) throws Refused {
        return number(said, "written", (now + FUTURE) * 1000);
    }

    private static boolean flag(JsonNode said, String name) throws Refused {
        return checked(said, name, said.path(name).isBoolean()).booleanValue();
    }

    private static String text(JsonNode said, String name, Pattern form) throws Refused {
        JsonNode value = said.path(name);
        boolean good = value.isTextual() && form.matcher(value.textValue()).matches();
        return checked(said, name, good).textValue();
    }

    private static long number(JsonNode said, String name, long most) throws Refused {
        JsonNode value = said.path(name);
        boolean whole = value.isIntegralNumber() && value.canConvertToLong();
        return checked(said, name, whole && value.longValue() >= 0 && value.longValue() <= most).longValue();
    }

    private static Double degrees(JsonNode said, String name, boolean orNull) throws Refused {
        JsonNode value = said.path(name);
        if (orNull && value.isNull()) return null;
        return checked(said, name, value.isNumber() && Double.isFinite(value.doubleValue())).doubleValue();
    }

    private static JsonNode checked(JsonNode said, String name, boolean good) throws Refused {
        JsonNode value = said.path(name);
        if (good) return value;
        String held = value.isContainerNode() ? "no value" : value.toString();
        String told = value.isMissingNode() ? "nothing" : held;
        throw new Refused(name + ": " + told.substring(0, Math.min(80, told.length())));
    }
}
