package org.attnvgg.spark.bench;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;

/** The floor of an exchange: the same bytes down to every executor and up again, through plain sockets, nothing else. */
final class LoopbackSockets {

    private LoopbackSockets() {}

    static Timings measure(JavaSparkContext context, int executors, int bytes, int steps) {
        try (ServerSocketChannel server =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
            JavaFutureAction<Void> tasks = context.parallelize(
                            IntStream.range(0, executors).boxed().toList(), executors)
                    .foreachAsync(task -> answer(port, bytes));
            List<Peer> peers = new ArrayList<>();
            for (int i = 0; i < executors; i++) {
                peers.add(new Peer(server.accept(), ByteBuffer.allocateDirect(bytes)));
            }
            Timings timings = Timings.of(
                    steps,
                    () -> peers.stream()
                            .map(peer -> new Thread(peer::roundTrip))
                            .peek(Thread::start)
                            .toList()
                            .forEach(LoopbackSockets::join));
            for (Peer peer : peers) {
                peer.channel.close();
            }
            tasks.cancel(true);
            return timings;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** An executor's end: takes all bytes and sends as many back, until the driver hangs up. */
    private static void answer(int port, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes);
        try (SocketChannel channel =
                SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
            while (true) {
                receive(channel, buffer);
                send(channel, buffer);
            }
        } catch (EOFException e) {
            // the driver has seen enough
        }
    }

    private record Peer(SocketChannel channel, ByteBuffer buffer) {
        void roundTrip() {
            try {
                send(channel, buffer);
                receive(channel, buffer);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void send(SocketChannel channel, ByteBuffer buffer) throws IOException {
        buffer.clear();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private static void receive(SocketChannel channel, ByteBuffer buffer) throws IOException {
        buffer.clear();
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException();
            }
        }
    }
}
