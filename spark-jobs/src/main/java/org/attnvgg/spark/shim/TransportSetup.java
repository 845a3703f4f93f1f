package org.attnvgg.spark.shim;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.network.TransportContext;
import org.apache.spark.network.client.TransportClientBootstrap;
import org.apache.spark.network.crypto.AuthClientBootstrap;
import org.apache.spark.network.crypto.AuthServerBootstrap;
import org.apache.spark.network.netty.SparkTransportConf;
import org.apache.spark.network.sasl.SecretKeyHolder;
import org.apache.spark.network.server.RpcHandler;
import org.apache.spark.network.server.TransportServerBootstrap;
import org.apache.spark.network.util.TransportConf;
import scala.Option;

/**
 * Spark's transport as messages use it: every connection is authenticated, by Spark's secret and encrypted as Spark's
 * own connections are where {@code spark.authenticate} is on, by a secret of the run otherwise.
 */
public final class TransportSetup {

    /** Prefix of the transport's settings: {@code spark.attnvgg.io.*}, as {@code spark.shuffle.io.*}. */
    private static final String MODULE = "attnvgg";

    private static final String USER = "attnvgg";
    private static final int SECRET_BYTES = 32;

    private final TransportConf conf;
    private final SecretKeyHolder keys;
    private final String application;

    /** The setup of a run; {@code secret} is null where Spark authenticates. */
    public TransportSetup(SparkConf spark, String secret, int threads) {
        conf = SparkTransportConf.fromSparkConf(strict(spark), MODULE, threads, Option.empty());
        keys = secret == null ? SparkEnv.get().securityManager() : new RunSecret(secret);
        application = secret == null ? spark.getAppId() : USER;
    }

    /** Spark's settings without their ways back to weaker connections. */
    private static SparkConf strict(SparkConf spark) {
        SparkConf strict = spark.clone().set("spark.network.crypto.saslFallback", "false");
        if (spark.getBoolean("spark.authenticate.enableSaslEncryption", false)) {
            strict.set("spark.network.sasl.serverAlwaysEncrypt", "true");
        }
        return strict;
    }

    /** A fresh secret, or null where Spark authenticates. */
    public static String secretFor(SparkConf spark) {
        if (spark.getBoolean("spark.authenticate", false)) {
            return null;
        }
        byte[] bytes = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** A context whose requests that handler answers. */
    public TransportContext context(RpcHandler handler) {
        return new TransportContext(conf, handler);
    }

    /** What a server does with a new connection; the gate's refusals are logged there. */
    List<TransportServerBootstrap> serverBootstraps(Admission admission, Refusals refusals) {
        return List.of(new AuthServerBootstrap(conf, keys), new StrangerGate(admission, refusals));
    }

    /** What a client does with a new connection. */
    public List<TransportClientBootstrap> clientBootstraps() {
        return List.of(new AuthClientBootstrap(conf, application, keys));
    }

    private record RunSecret(String secret) implements SecretKeyHolder {
        @Override
        public String getSaslUser(String appId) {
            return USER;
        }

        @Override
        public String getSecretKey(String appId) {
            return appId.equals(USER) ? secret : null;
        }
    }
}
