package weather.alerts;

import java.util.Arrays;

/** The last word on a reading so far, and who was told of the reading. */
public record Seen(Reading word, String[] told) {
    private static final String[] NOBODY = {};

    /** With this word, if it is news; null when it is none. */
    static Seen with(Reading word, Seen before) {
        if (before == null) return new Seen(word, NOBODY);
        Reading last = before.word;
        boolean news = Words.isAfter(word.written(), word.deleted(), last.written(), last.deleted());
        return news ? new Seen(word, before.told) : null;
    }

    boolean isDueTo(Limit limit) {
        boolean beyond = !word.deleted() && limit.isBeyond(word.temperature());
        return beyond && !Arrays.asList(told).contains(limit.user());
    }

    Seen toldTo(String user) {
        String[] more = Arrays.copyOf(told, told.length + 1);
        more[told.length] = user;
        return new Seen(word, more);
    }
}
