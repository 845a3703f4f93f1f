package org.attnvgg.spark.shim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.SparkConf;
import org.apache.spark.network.TransportContext;
import org.apache.spark.network.buffer.NioManagedBuffer;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.StreamCallback;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.client.TransportClientFactory;
import org.apache.spark.network.server.NoOpRpcHandler;

/** An authenticated connection to a {@link MessageServer} over Spark's own transport. */
public final class MessageClient implements AutoCloseable {

    private final TransportContext context;
    private final TransportClientFactory factory;
    private final TransportClient client;

    /**
     * Connects.
     *
     * @param secret of the server; null where Spark authenticates its connections itself
     * @throws IOException if there is no such server, or it does not know the secret
     */
    public MessageClient(SparkConf spark, String secret, String host, int port)
            throws IOException, InterruptedException {
        TransportSetup setup = new TransportSetup(spark, secret, 1);
        context = setup.context(new NoOpRpcHandler());
        factory = context.createClientFactory(setup.clientBootstraps());
        try {
            client = factory.createClient(host, port);
        } catch (RuntimeException e) {
            close();
            throw new IOException(e);
        } catch (IOException | InterruptedException e) {
            close();
            throw e;
        }
    }

    /** Whether the connection stands. */
    public boolean isActive() {
        return client.isActive();
    }

    /** Sends a message; gives its answer. */
    public CompletableFuture<ByteBuffer> send(ByteBuffer message) {
        Reply reply = new Reply();
        client.sendRpc(message, reply);
        return reply.done;
    }

    /** Sends a long message, whose buffer is in use until the answer is there. */
    public CompletableFuture<ByteBuffer> upload(ByteBuffer header, ByteBuffer body) {
        Reply reply = new Reply();
        client.uploadStream(new NioManagedBuffer(header), new NioManagedBuffer(body), reply);
        return reply.done;
    }

    /** Fills a buffer with a stream of the server, which must have exactly its bytes. */
    public CompletableFuture<Void> download(String id, ByteBuffer into) {
        Download download = new Download(into);
        client.stream(id, download);
        return download.done;
    }

    @Override
    public void close() {
        factory.close();
        context.close();
    }

    /** The answer to a message. */
    private static final class Reply implements RpcResponseCallback {

        private final CompletableFuture<ByteBuffer> done = new CompletableFuture<>();

        @Override
        public void onSuccess(ByteBuffer response) {
            // The transport takes the buffer back when this method returns.
            ByteBuffer copy = ByteBuffer.allocate(response.remaining());
            done.complete(copy.put(response).flip());
        }

        @Override
        public void onFailure(Throwable e) {
            done.completeExceptionally(e);
        }
    }

    /** A stream on its way in. */
    private static final class Download implements StreamCallback {

        private final ByteBuffer into;
        private final CompletableFuture<Void> done = new CompletableFuture<>();

        Download(ByteBuffer into) {
            this.into = into;
        }

        @Override
        public void onData(String stream, ByteBuffer part) throws IOException {
            if (part.remaining() > into.remaining()) {
                throw new IOException("a stream of more than %,d bytes".formatted(into.capacity()));
            }
            into.put(part);
        }

        @Override
        public void onComplete(String stream) {
            if (into.hasRemaining()) {
                done.completeExceptionally(
                        new IOException("a stream of %,d bytes, not %,d".formatted(into.position(), into.capacity())));
            } else {
                done.complete(null);
            }
        }

        @Override
        public void onFailure(String stream, Throwable cause) {
            done.completeExceptionally(cause);
        }
    }
}
