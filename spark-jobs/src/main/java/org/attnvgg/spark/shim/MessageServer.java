package org.attnvgg.spark.shim;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.spark.SparkConf;
import org.apache.spark.network.TransportContext;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.network.buffer.NioManagedBuffer;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.StreamCallbackWithID;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.server.RpcHandler;
import org.apache.spark.network.server.StreamManager;
import org.apache.spark.network.server.TransportServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A port that takes messages of authenticated peers over Spark's own transport. What is refused is logged. */
public final class MessageServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(MessageServer.class);

    private final TransportContext context;
    private final TransportServer server;
    private final Refusals refusals = new Refusals();

    /**
     * Listens from now on.
     *
     * @param secret that peers must know; null where Spark authenticates its connections itself
     * @param host to listen at
     * @param port 0 for any free one
     */
    public MessageServer(
            SparkConf spark, String secret, String host, int port, Admission admission, MessageHandler handler) {
        TransportSetup setup =
                new TransportSetup(spark, secret, Runtime.getRuntime().availableProcessors());
        context = setup.context(new Handler(handler));
        server = context.createServer(host, port, setup.serverBootstraps(admission, refusals));
    }

    /** Where it listens. */
    public int port() {
        return server.getPort();
    }

    @Override
    public void close() {
        server.close();
        context.close();
        refusals.close();
    }

    private static void refused(TransportClient client, Exception e) {
        LOG.warn("refused, from {}: {}", client.getSocketAddress(), e.getMessage());
    }

    /** Passes on what Spark's transport brings. */
    private static final class Handler extends RpcHandler {

        private final MessageHandler handler;

        Handler(MessageHandler handler) {
            this.handler = handler;
        }

        @Override
        public void receive(TransportClient client, ByteBuffer message, RpcResponseCallback callback) {
            try {
                handler.receive(new Peer(client), message, callback::onSuccess);
            } catch (RefusedException e) {
                refused(client, e);
                callback.onFailure(e);
            }
        }

        @Override
        public StreamCallbackWithID receiveStream(
                TransportClient client, ByteBuffer header, RpcResponseCallback callback) {
            try {
                return new Incoming(handler.receiveStream(new Peer(client), header), client);
            } catch (RefusedException e) {
                refused(client, e);
                throw e;
            }
        }

        @Override
        public StreamManager getStreamManager() {
            return new Streams(handler);
        }

        @Override
        public void channelInactive(TransportClient client) {
            handler.disconnected(new Peer(client));
        }
    }

    /** A long message on its way in. */
    private record Incoming(MessageHandler.Receiver receiver, TransportClient client) implements StreamCallbackWithID {

        @Override
        public String getID() {
            return receiver.name();
        }

        @Override
        public void onData(String id, ByteBuffer part) throws IOException {
            receiver.onData(part);
        }

        @Override
        public void onComplete(String id) throws IOException {
            receiver.onComplete();
        }

        @Override
        public void onFailure(String id, Throwable cause) {
            LOG.warn("{} from {} did not arrive: {}", id, client.getSocketAddress(), cause.toString());
            receiver.onFailure(cause);
        }
    }

    private static final class Streams extends StreamManager {

        private final MessageHandler handler;

        Streams(MessageHandler handler) {
            this.handler = handler;
        }

        @Override
        public ManagedBuffer openStream(String id) {
            return new NioManagedBuffer(handler.openStream(id));
        }

        @Override
        public ManagedBuffer getChunk(long streamId, int chunkIndex) {
            throw new RefusedException("there are no chunks");
        }
    }
}
