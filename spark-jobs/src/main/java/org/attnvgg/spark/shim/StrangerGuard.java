package org.attnvgg.spark.shim;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The first handler of a connection until it is authenticated. It reads along: a frame of Spark's transport is its whole length
 * in 8 bytes, then its type in one. Only requests come before the authentication, and only short ones.
 */
final class StrangerGuard extends ChannelInboundHandlerAdapter {

    private static final int LENGTH_BYTES = Long.BYTES;

    /** The type of an RPC request in Spark's transport: {@code Message.Type.RpcRequest}. */
    private static final int REQUEST = 3;

    private final Channel channel;
    private final Admission admission;
    private final Refusals refusals;
    private final Consumer<StrangerGuard> left;
    private ScheduledFuture<?> deadline;
    private boolean done;

    /** The length as far as it has come, and how many of its bytes that are. */
    private long length;

    private int lengthBytes;

    /** Bytes of the current frame that are still to come. */
    private long rest;

    StrangerGuard(Channel channel, Admission admission, Refusals refusals, Consumer<StrangerGuard> left) {
        this.channel = channel;
        this.admission = admission;
        this.refusals = refusals;
        this.left = left;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        deadline = channel.eventLoop()
                .schedule(
                        () -> refuse("it was not authenticated in %,d ms"
                                .formatted(admission.deadline().toMillis())),
                        admission.deadline().toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        deadline.cancel(false);
        left.accept(this);
    }

    /** The connection is authenticated: it may send what it likes. */
    void admit() {
        if (end()) {
            channel.pipeline().remove(this);
        }
    }

    /** Closes the connection, once. */
    void refuse(String reason) {
        if (end()) {
            refusals.add(channel.remoteAddress(), reason);
            var unused = channel.close();
        }
    }

    private synchronized boolean end() {
        boolean first = !done;
        done = true;
        return first;
    }

    private synchronized boolean isDone() {
        return done;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        String objection = message instanceof ByteBuf bytes ? objection(bytes) : "it sent something that is no bytes";
        if (objection == null && !isDone()) {
            context.fireChannelRead(message);
        } else {
            ReferenceCountUtil.release(message);
            if (objection != null) {
                refuse(objection);
            }
        }
    }

    /** What is wrong with these bytes; null if nothing is. Leaves them unread. */
    private String objection(ByteBuf bytes) {
        int at = bytes.readerIndex();
        while (at < bytes.writerIndex()) {
            if (lengthBytes < LENGTH_BYTES) {
                length = length << Byte.SIZE | bytes.getUnsignedByte(at++);
                lengthBytes++;
                rest = length - LENGTH_BYTES;
                if (lengthBytes == LENGTH_BYTES && (rest < 1 || length > admission.frameBytes())) {
                    return "before it was authenticated it announced a frame of %,d bytes; up to %,d are taken"
                            .formatted(length, admission.frameBytes());
                }
                continue;
            }
            if (rest == length - LENGTH_BYTES && bytes.getUnsignedByte(at) != REQUEST) {
                return "before it was authenticated it sent something else than a request";
            }
            int skipped = (int) Math.min(rest, bytes.writerIndex() - at);
            at += skipped;
            rest -= skipped;
            if (rest == 0) {
                length = 0;
                lengthBytes = 0;
            }
        }
        return null;
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        end();
        super.channelInactive(context);
    }
}
