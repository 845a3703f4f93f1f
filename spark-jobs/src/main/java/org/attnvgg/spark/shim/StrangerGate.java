package org.attnvgg.spark.shim;

import io.netty.channel.Channel;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.StreamCallbackWithID;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.server.AbstractAuthRpcHandler;
import org.apache.spark.network.server.RpcHandler;
import org.apache.spark.network.server.StreamManager;
import org.apache.spark.network.server.TransportServerBootstrap;

/**
 * Stands before the authentication of the exchange's connections, which Spark leaves open for ever and lets send frames of
 * 2 GB: a {@link StrangerGuard} holds each to {@link Admission} until it is authenticated. The last of a server's bootstraps.
 */
final class StrangerGate implements TransportServerBootstrap {

    private final Admission admission;
    private final Refusals refusals;
    private final Set<StrangerGuard> waiting = new LinkedHashSet<>();

    StrangerGate(Admission admission, Refusals refusals) {
        this.admission = admission;
        this.refusals = refusals;
    }

    @Override
    public RpcHandler doBootstrap(Channel channel, RpcHandler handler) {
        StrangerGuard guard = new StrangerGuard(channel, admission, refusals, this::left);
        entered(guard);
        channel.pipeline().addFirst(guard);
        return new Gated((AbstractAuthRpcHandler) handler, guard);
    }

    private void entered(StrangerGuard guard) {
        StrangerGuard oldest = null;
        synchronized (waiting) {
            if (waiting.size() >= admission.connections()) {
                Iterator<StrangerGuard> all = waiting.iterator();
                oldest = all.next();
                all.remove();
            }
            waiting.add(guard);
        }
        if (oldest != null) {
            oldest.refuse("more than %,d connections wait to be authenticated".formatted(admission.connections()));
        }
    }

    private void left(StrangerGuard guard) {
        synchronized (waiting) {
            waiting.remove(guard);
        }
    }

    /** Lets a connection in when Spark has authenticated it, and closes it when that fails. */
    private static final class Gated extends RpcHandler {

        private final AbstractAuthRpcHandler handler;
        private final StrangerGuard guard;

        Gated(AbstractAuthRpcHandler handler, StrangerGuard guard) {
            this.handler = handler;
            this.guard = guard;
        }

        @Override
        public void receive(TransportClient client, ByteBuffer message, RpcResponseCallback callback) {
            if (handler.isAuthenticated()) {
                handler.receive(client, message, callback);
                return;
            }
            try {
                handler.receive(client, message, callback);
            } catch (RuntimeException e) {
                RefusedException refused = new RefusedException("the authentication failed");
                refused.setStackTrace(new StackTraceElement[0]); // which would be sent too
                callback.onFailure(refused);
                guard.refuse("its authentication failed");
                return;
            }
            if (handler.isAuthenticated()) {
                guard.admit();
            } else if (!client.getChannel().isActive()) {
                guard.refuse("its authentication failed");
            }
        }

        @Override
        public void receive(TransportClient client, ByteBuffer message) {
            handler.receive(client, message);
        }

        @Override
        public StreamCallbackWithID receiveStream(
                TransportClient client, ByteBuffer header, RpcResponseCallback callback) {
            return handler.receiveStream(client, header, callback);
        }

        @Override
        public StreamManager getStreamManager() {
            return handler.getStreamManager();
        }

        @Override
        public void channelActive(TransportClient client) {
            handler.channelActive(client);
        }

        @Override
        public void channelInactive(TransportClient client) {
            handler.channelInactive(client);
        }

        @Override
        public void exceptionCaught(Throwable cause, TransportClient client) {
            handler.exceptionCaught(cause, client);
        }
    }
}
