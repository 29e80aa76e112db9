package weather.cdc;

import io.netty.handler.ssl.CipherSuiteFilter;
import io.netty.handler.ssl.DelegatingSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.File;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.apache.cassandra.config.EncryptionOptions;
import org.apache.cassandra.config.ParameterizedClass;
import org.apache.cassandra.security.ISslContextFactory;
import org.apache.cassandra.security.SSLFactory;

/**
 * Whom Cassandra's own client takes for the node: who has a certificate for CQL_NAME, of one in the file CQL_AUTHORITY. By
 * itself that client would look for an address in it, and those go with their pods.
 */
public final class Verified implements ISslContextFactory {
    private static final String AUTHORITY = "CQL_AUTHORITY";

    public Verified(Map<String, Object> parameters) {}

    /** For the next connection; plain where the environment names no authority. */
    static EncryptionOptions options() {
        SSLFactory.clearSslContextCache();  // the file may be another by now
        boolean told = System.getenv(AUTHORITY) != null;
        ParameterizedClass own = new ParameterizedClass(Verified.class.getName(), Map.of());
        // By its constructor: what its other methods return is as if in use, and the client puts it into use itself.
        return new EncryptionOptions(
            own, null, null, null, null, null, null, null, null, null, false, false, told, false);
    }

    @Override
    public SslContext createNettySslContext(boolean shown, SocketType type, CipherSuiteFilter ciphers)
            throws SSLException {
        String name = Main.setting("CQL_NAME");
        SslContext trusting = SslContextBuilder.forClient()
            .sslProvider(SslProvider.JDK)
            .trustManager(new File(Main.setting(AUTHORITY)))
            .build();
        return new DelegatingSslContext(trusting) {
            @Override
            protected void initEngine(SSLEngine engine) {
                SSLParameters asked = engine.getSSLParameters();
                asked.setServerNames(List.of(new SNIHostName(name)));
                asked.setEndpointIdentificationAlgorithm("HTTPS");  // by the name that is asked for
                engine.setSSLParameters(asked);
            }
        };
    }

    @Override
    public SSLContext createJSSESslContext(boolean shown) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void initHotReloading() {}

    @Override
    public boolean shouldReload() {
        return false;
    }

    @Override
    public List<String> getAcceptedProtocols() {
        return List.of("TLSv1.3", "TLSv1.2");
    }

    @Override
    public List<String> getCipherSuites() {
        return null;
    }
}
