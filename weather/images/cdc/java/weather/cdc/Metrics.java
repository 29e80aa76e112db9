package weather.cdc;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/** What Prometheus and the kubelet may ask: how far behind this is, and whether it has begun. */
final class Metrics {
    private final AtomicLong sent = new AtomicLong();
    private volatile long behindBytes;
    private volatile long abreast = System.nanoTime();
    private volatile boolean begun;

    void serve(String address, int port) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(address, port), 0);
        server.createContext("/metrics", exchange -> answer(exchange, 200, text()));
        server.createContext("/ready", exchange -> answer(exchange, begun ? 200 : 503, begun ? "ready\n" : "waiting for the tables\n"));
        server.start();
    }

    void begun() {
        begun = true;
        abreast = System.nanoTime();
    }

    void sent() {
        sent.incrementAndGet();
    }

    void behind(long bytes) {
        if (bytes == 0) abreast = System.nanoTime();
        behindBytes = bytes;
    }

    private String text() {
        double seconds = behindBytes == 0 ? 0 : (System.nanoTime() - abreast) / 1e9;
        return "# HELP cdc_messages_total Messages handed to Pulsar, repeats included.\n"
            + "# TYPE cdc_messages_total counter\ncdc_messages_total " + sent.get() + "\n"
            + "# HELP cdc_behind_bytes Captured on this node and not in Pulsar yet.\n"
            + "# TYPE cdc_behind_bytes gauge\ncdc_behind_bytes " + behindBytes + "\n"
            + "# HELP cdc_behind_seconds Since all that is captured on this node was in Pulsar.\n"
            + "# TYPE cdc_behind_seconds gauge\ncdc_behind_seconds " + seconds + "\n";
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
        exchange.sendResponseHeaders(status, body.length);
        try (var out = exchange.getResponseBody()) {
            out.write(body);
        }
    }
}
