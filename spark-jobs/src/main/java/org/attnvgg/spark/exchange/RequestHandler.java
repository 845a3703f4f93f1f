package org.attnvgg.spark.exchange;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.StreamCallbackWithID;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.server.RpcHandler;
import org.apache.spark.network.server.StreamManager;
import org.attnvgg.spark.exchange.Messages.Answer;
import org.attnvgg.spark.exchange.Messages.RefusedException;
import org.attnvgg.spark.exchange.Messages.Request;
import org.attnvgg.spark.exchange.Messages.Upload;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes what authenticated tasks send. What does not fit is refused and logged, and changes nothing. */
final class RequestHandler extends RpcHandler {

    private static final Logger LOG = LoggerFactory.getLogger(RequestHandler.class);

    private final Coordinator coordinator;
    private final WeightsStreams streams;
    private final BufferPool buffers;
    private final int gradientBytes;

    RequestHandler(Coordinator coordinator, WeightsStreams streams, BufferPool buffers, int gradientBytes) {
        this.coordinator = coordinator;
        this.streams = streams;
        this.buffers = buffers;
        this.gradientBytes = gradientBytes;
    }

    @Override
    public void receive(TransportClient client, ByteBuffer message, RpcResponseCallback callback) {
        try {
            Request request = Messages.read(message, Request.class);
            if (request.ask() == null) {
                throw new RefusedException("a request that asks for nothing known");
            }
            switch (request.ask()) {
                case JOIN -> callback.onSuccess(Messages.write(new Answer(coordinator.join(request, client), null)));
                case NEXT -> coordinator.next(request, client, callback);
                case ALIVE -> {
                    coordinator.alive(request, client);
                    callback.onSuccess(Messages.write(new Answer(request.worker(), null)));
                }
            }
        } catch (RefusedException e) {
            refused(client, e);
            callback.onFailure(e);
        }
    }

    @Override
    public StreamCallbackWithID receiveStream(TransportClient client, ByteBuffer header, RpcResponseCallback callback) {
        try {
            Upload upload = Messages.read(header, Upload.class);
            coordinator.expect(upload, client, gradientBytes);
            return new Receiver(upload, client);
        } catch (RefusedException e) {
            refused(client, e);
            throw e;
        }
    }

    private static void refused(TransportClient client, Exception e) {
        LOG.warn("refused, from {}: {}", client.getSocketAddress(), e.getMessage());
    }

    @Override
    public StreamManager getStreamManager() {
        return streams;
    }

    @Override
    public void channelInactive(TransportClient client) {
        coordinator.disconnected(client);
    }

    /** Takes one gradient in, straight into the buffer that it is added up from. */
    private final class Receiver implements StreamCallbackWithID {

        private final Upload upload;
        private final TransportClient client;
        private ByteBuffer values = buffers.take();

        Receiver(Upload upload, TransportClient client) {
            this.upload = upload;
            this.client = client;
        }

        @Override
        public String getID() {
            return upload.what();
        }

        @Override
        public void onData(String id, ByteBuffer part) throws IOException {
            if (values.position() + part.remaining() > upload.bytes()) {
                throw new IOException("more than the announced %,d bytes".formatted(upload.bytes()));
            }
            values.put(part);
            coordinator.progress(upload.worker());
        }

        @Override
        public void onComplete(String id) throws IOException {
            if (values.position() != upload.bytes()) {
                throw new IOException("%,d bytes, not the announced %,d".formatted(values.position(), upload.bytes()));
            }
            ShardUpload shard = new ShardUpload(upload.shard(), upload.worker(), upload.report(), values.flip());
            if (coordinator.complete(upload, shard)) {
                values = null;
            } else {
                giveBack();
            }
        }

        @Override
        public void onFailure(String id, Throwable cause) {
            if (values != null) {
                LOG.warn("dropped a gradient of {}, from {}: {}", id, client.getSocketAddress(), cause.toString());
                giveBack();
            }
        }

        private void giveBack() {
            buffers.give(values);
            values = null;
        }
    }
}
