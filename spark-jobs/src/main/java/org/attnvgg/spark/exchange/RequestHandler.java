package org.attnvgg.spark.exchange;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.attnvgg.spark.exchange.Messages.Answer;
import org.attnvgg.spark.exchange.Messages.Request;
import org.attnvgg.spark.exchange.Messages.Upload;
import org.attnvgg.spark.shim.MessageHandler;
import org.attnvgg.spark.shim.Peer;
import org.attnvgg.spark.shim.RefusedException;

/** Takes what authenticated tasks send. What does not fit is refused, and changes nothing. */
final class RequestHandler implements MessageHandler {

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
    public void receive(Peer peer, ByteBuffer message, Consumer<ByteBuffer> reply) {
        Request request = Messages.read(message, Request.class);
        if (request.ask() == null) {
            throw new RefusedException("a request that asks for nothing known");
        }
        switch (request.ask()) {
            case JOIN -> reply.accept(Messages.write(new Answer(coordinator.join(request, peer), null)));
            case NEXT -> coordinator.next(request, peer, reply);
            case ALIVE -> {
                coordinator.alive(request, peer);
                reply.accept(Messages.write(new Answer(request.worker(), null)));
            }
        }
    }

    @Override
    public Receiver receiveStream(Peer peer, ByteBuffer header) {
        Upload upload = Messages.read(header, Upload.class);
        coordinator.expect(upload, peer, gradientBytes);
        return new GradientReceiver(upload);
    }

    @Override
    public ByteBuffer openStream(String id) {
        return streams.open(id);
    }

    @Override
    public void disconnected(Peer peer) {
        coordinator.disconnected(peer);
    }

    /** Takes one gradient in, straight into the buffer that it is added up from. */
    private final class GradientReceiver implements Receiver {

        private final Upload upload;
        private ByteBuffer values = buffers.take();

        GradientReceiver(Upload upload) {
            this.upload = upload;
        }

        @Override
        public String name() {
            return "a gradient of " + upload.what();
        }

        @Override
        public void onData(ByteBuffer part) throws IOException {
            if (values.position() + part.remaining() > upload.bytes()) {
                throw new IOException("more than the announced %,d bytes".formatted(upload.bytes()));
            }
            values.put(part);
            coordinator.progress(upload.worker());
        }

        @Override
        public void onComplete() throws IOException {
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
        public void onFailure(Throwable cause) {
            if (values != null) {
                giveBack();
            }
        }

        private void giveBack() {
            buffers.give(values);
            values = null;
        }
    }
}
