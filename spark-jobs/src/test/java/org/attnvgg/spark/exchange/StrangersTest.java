package org.attnvgg.spark.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.attnvgg.spark.shim.Admission;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who connects to the exchange's port without the secret, by plain sockets. */
class StrangersTest {

    private static final int LIMIT_MILLIS = 60_000;
    private static final int WEIGHTS = 100;
    private static final Admission PATIENT = new Admission(Duration.ofHours(1), 1 << 16, 512);

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private <T extends AutoCloseable> T closed(T one) {
        synchronized (open) {
            open.add(one);
        }
        return one;
    }

    private static SparkConf conf(String encrypted) {
        return new SparkConf(false)
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.network.crypto.enabled", encrypted);
    }

    private ExchangeServer server(Admission admission, String encrypted) {
        ExchangeLimits limits =
                new ExchangeLimits(Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofMinutes(1), 1);
        ExchangeServer server =
                closed(new ExchangeServer(conf(encrypted), "run", 0, 1, WEIGHTS, WEIGHTS, limits, admission));
        server.admit(1);
        return server;
    }

    private ExchangeClient task(ExchangeServer server, String encrypted) {
        return closed(new ExchangeClient(
                conf(encrypted), server.address(), 1, "0", "host", ByteBuffer.allocateDirect(WEIGHTS)));
    }

    private Socket stranger(ExchangeServer server) throws IOException {
        Socket socket = closed(new Socket());
        socket.connect(
                new InetSocketAddress(
                        InetAddress.getLoopbackAddress(), server.address().port()),
                LIMIT_MILLIS);
        socket.setSoTimeout(LIMIT_MILLIS);
        return socket;
    }

    /** Waits until the other side has closed the connection. */
    private static void awaitEnd(Socket socket) throws IOException {
        try {
            while (socket.getInputStream().read() >= 0) {
                // an answer before the end
            }
        } catch (SocketException e) {
            // reset: closed with bytes unread
        }
    }

    private static byte[] frame(long length, int type, int bytes) {
        ByteBuffer frame = ByteBuffer.allocate(Long.BYTES + 1 + bytes);
        return frame.putLong(length).put((byte) type).array();
    }

    @ParameterizedTest
    @ValueSource(strings = {"false", "true"})
    void aConnectionThatStaysSilentIsClosedButNoTaskIs(String encrypted) throws Exception {
        ExchangeServer server = server(new Admission(Duration.ofSeconds(2), 1 << 16, 512), encrypted);
        ExchangeClient task = task(server, encrypted);
        Socket silent = stranger(server);
        Socket slow = stranger(server);
        slow.getOutputStream().write(frame(1000, 3, 10));
        awaitEnd(silent);
        awaitEnd(slow);
        server.open(1, 0);
        assertThat(task.next().shard()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "2147483548, 3, a frame of 2 GB",
        "65537, 3, a byte too much",
        "4611686018427387904, 3, more than there is",
        "-1, 3, less than nothing",
        "8, 3, nothing",
        "1000, 8, a stream and no request",
        "1000, 9, a one-way message",
        "1000, 77, no type at all"
    })
    void aFrameThatNoHandshakeHasEndsTheConnectionAtOnce(long length, int type, String what) throws Exception {
        ExchangeServer server = server(PATIENT, "false");
        Socket stranger = stranger(server);
        stranger.getOutputStream().write(frame(length, type, 100));
        awaitEnd(stranger);
        assertThat(server.awaitWorkers(0, Duration.ZERO, losses -> {})).as(what).isZero();
    }

    @Test
    void aLongFrameInSmallPiecesIsRefusedWhenItsLengthIsKnown() throws Exception {
        ExchangeServer server = server(PATIENT, "false");
        Socket stranger = stranger(server);
        stranger.setTcpNoDelay(true);
        for (byte one : frame(1 << 30, 3, 0)) {
            stranger.getOutputStream().write(one);
        }
        awaitEnd(stranger);
    }

    @Test
    void muchCannotBeSentBeforeTheAuthentication() throws Exception {
        ExchangeServer server = server(PATIENT, "false");
        Socket stranger = stranger(server);
        long sent = 0;
        try (OutputStream out = stranger.getOutputStream()) {
            out.write(frame(Integer.MAX_VALUE - 100, 3, 0));
            while (sent < 1L << 31) {
                out.write(new byte[1 << 16]);
                sent += 1 << 16;
            }
        } catch (SocketException e) {
            // closed by the other side
        }
        assertThat(sent).isLessThan(1L << 28);
    }

    @Test
    void aFailedHandshakeEndsTheConnection() throws Exception {
        ExchangeServer server = server(PATIENT, "false");
        Socket stranger = stranger(server);
        byte[] body = new byte[500];
        new Random(1).nextBytes(body);
        ByteBuffer frame = ByteBuffer.allocate(Long.BYTES + 1 + Long.BYTES + Integer.BYTES + body.length);
        frame.putLong(frame.capacity())
                .put((byte) 3)
                .putLong(1)
                .putInt(body.length)
                .put(body);
        stranger.getOutputStream().write(frame.array());
        awaitEnd(stranger);
    }

    @Test
    void tooManySilentConnectionsMakeRoomForTasks() throws Exception {
        ExchangeServer server = server(new Admission(Duration.ofHours(1), 1 << 16, 3), "false");
        List<Socket> strangers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            strangers.add(stranger(server));
        }
        awaitEnded(17, strangers); // all have been accepted by now, so that none comes behind the task
        ExchangeClient task = task(server, "false");
        server.open(1, 0);
        assertThat(task.next().shard()).isZero();
        awaitEnded(18, strangers);
    }

    private static void awaitEnded(int count, List<Socket> strangers) throws IOException {
        int ended = 0;
        while (ended < count) {
            ended = 0;
            for (Socket stranger : strangers) {
                ended += hasEnded(stranger) ? 1 : 0;
            }
        }
    }

    private static boolean hasEnded(Socket socket) throws IOException {
        socket.setSoTimeout(5);
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (SocketException e) {
            return true;
        }
    }

    @Test
    void aHundredTasksThatComeAtOnceAllTakePart() throws Exception {
        ExchangeServer server = server(Admission.DEFAULT, "false");
        ExecutorService threads = Executors.newFixedThreadPool(25);
        try {
            List<Future<?>> tasks = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                tasks.add(threads.submit(() -> task(server, "false")));
            }
            for (Future<?> one : tasks) {
                one.get(2, TimeUnit.MINUTES);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(server.awaitWorkers(100, Duration.ofMinutes(1), losses -> {}))
                .isEqualTo(100);
    }
}
