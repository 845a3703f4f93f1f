package org.attnvgg.spark.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.apache.spark.network.TransportContext;
import org.apache.spark.network.buffer.NioManagedBuffer;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.StreamCallback;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.client.TransportClientFactory;
import org.apache.spark.network.server.NoOpRpcHandler;
import org.attnvgg.spark.exchange.Messages.Answer;
import org.attnvgg.spark.exchange.Messages.Ask;
import org.attnvgg.spark.exchange.Messages.Request;
import org.attnvgg.spark.exchange.Messages.Upload;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.shim.TransportSetup;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A server, tasks, and strangers, over real connections. */
class ExchangeTest {

    private static final String RUN = "run-1";
    private static final int WEIGHTS = 200_000;
    private static final int GRADIENT = 120_000;
    private static final ShardReport REPORT = new ShardReport(3, 1.5, List.of(), 0, 0);
    private static final ExchangeServer.Watch CALM =
            losses -> assertThat(losses).isEmpty();

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private <T extends AutoCloseable> T closed(T one) {
        open.add(one);
        return one;
    }

    private static SparkConf conf(String... keysAndValues) {
        SparkConf conf = new SparkConf(false).set("spark.driver.host", "127.0.0.1");
        for (int i = 0; i < keysAndValues.length; i += 2) {
            conf.set(keysAndValues[i], keysAndValues[i + 1]);
        }
        return conf;
    }

    private ExchangeServer server(int shards, int heartbeatSeconds, String... settings) {
        ExchangeLimits limits = new ExchangeLimits(
                Duration.ofSeconds(heartbeatSeconds), Duration.ofSeconds(20), Duration.ofSeconds(1), 1);
        ExchangeServer server = closed(new ExchangeServer(conf(settings), RUN, 0, shards, WEIGHTS, GRADIENT, limits));
        server.admit(1);
        return server;
    }

    private ExchangeClient task(ExchangeServer server, String executor, ByteBuffer weights, String... settings) {
        return closed(new ExchangeClient(conf(settings), server.address(), 1, executor, "host-" + executor, weights));
    }

    private static ByteBuffer filled(int bytes, int value) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        while (buffer.hasRemaining()) {
            buffer.put((byte) value);
        }
        return buffer.clear();
    }

    private static void offer(ExchangeServer server, int step) {
        server.weights().clear().put(filled(WEIGHTS, step + 1));
        server.open(1, step);
    }

    @ParameterizedTest
    @ValueSource(strings = {"false", "true"})
    void weightsGoDownAndGradientsComeUpInTheOrderOfTheShards(String encrypted) {
        String[] settings = {"spark.network.crypto.enabled", encrypted};
        ExchangeServer server = server(2, 30, settings);
        ByteBuffer[] weights = {ByteBuffer.allocateDirect(WEIGHTS), ByteBuffer.allocateDirect(WEIGHTS)};
        ExchangeClient[] tasks = {task(server, "0", weights[0], settings), task(server, "1", weights[1], settings)};
        for (int step = 0; step < 3; step++) {
            offer(server, step);
            for (int i = 1; i >= 0; i--) {
                Assignment work = tasks[i].next();
                assertThat(work.step()).isEqualTo(step);
                assertThat(tasks[i].fetchWeights(work)).isTrue();
                assertThat(tasks[i].fetchWeights(work)).isFalse();
                assertThat(weights[i].clear()).isEqualTo(filled(WEIGHTS, step + 1));
                tasks[i].upload(work, REPORT, filled(GRADIENT, 10 * step + work.shard()));
                tasks[i].awaitUpload();
            }
            for (int shard = 0; shard < 2; shard++) {
                ShardUpload upload = server.await(shard, CALM);
                assertThat(upload.report()).isEqualTo(REPORT);
                assertThat(upload.values()).isEqualTo(filled(GRADIENT, 10 * step + shard));
                server.release(upload);
            }
            server.endStep();
        }
        server.stopWorkers();
        assertThat(tasks[0].next()).isNull();
    }

    @Test
    void aLostTasksShardsGoToTheOthersAndALateComerGetsItsShareAtTheNextStep() throws InterruptedException {
        ExchangeServer server = server(3, 30);
        ExchangeClient first = task(server, "0", ByteBuffer.allocateDirect(WEIGHTS));
        ExchangeClient second = task(server, "1", ByteBuffer.allocateDirect(WEIGHTS));
        offer(server, 0);
        assertThat(first.next().shard()).isZero();
        assertThat(second.next().shard()).isEqualTo(1);
        second.close();
        List<LostWorker> losses = new ArrayList<>();
        while (losses.isEmpty()) {
            server.awaitWorkers(9, Duration.ofMillis(200), losses::addAll);
        }
        assertThat(losses.get(0).text())
                .isEqualTo("executor 1 on host-1 lost its connection; it had shards 1 of epoch 1, step 1");
        for (int shard = 0; shard < 3; shard++) {
            Assignment work = shard == 0 ? new Assignment(1, 0, 0, "") : first.next();
            assertThat(work.shard()).isEqualTo(shard);
            first.upload(work, REPORT, filled(GRADIENT, shard));
            server.release(server.await(shard, CALM));
        }
        ExchangeClient third = task(server, "2", ByteBuffer.allocateDirect(WEIGHTS));
        offer(server, 1);
        assertThat(third.next().shard()).isEqualTo(2);
        assertThat(first.next().shard()).isZero();
    }

    @Test
    void aSilentTaskIsLost() throws Exception {
        ExchangeServer server = server(1, 1);
        Stranger silent = stranger(server, server.address().secret());
        offer(server, 0);
        silent.ask(Ask.JOIN, RUN, null);
        List<LostWorker> losses = new ArrayList<>();
        assertThatThrownBy(() -> server.await(0, losses::addAll))
                .isInstanceOf(JobException.class)
                .hasMessage("0 executors train, but train.min-executors = 1; waited for others for 1 s"
                        + " (train.executor-wait), for epoch 1, step 1, shards 0");
        assertThatThrownBy(() -> server.awaitEnough(losses::addAll))
                .isInstanceOf(JobException.class)
                .hasMessage("0 executors train, but train.min-executors = 1; waited for others for 1 s"
                        + " (train.executor-wait), after epoch 1, step 1");
        assertThat(losses).hasSize(1);
        assertThat(losses.get(0).frozen()).isTrue();
        assertThat(losses.get(0).text())
                .matches("executor 7 on elsewhere gave no sign of life for \\d s \\(train.heartbeat-timeout\\); it had"
                        + " shards 0 of epoch 1, step 1");
    }

    @Test
    void strangersAreRefusedWhateverTheyTry() {
        ExchangeServer server = server(1, 30);
        ExchangeClient task = task(server, "0", ByteBuffer.allocateDirect(WEIGHTS));
        offer(server, 0);
        Assignment work = task.next();
        assertThatThrownBy(() -> stranger(server, "another secret")).hasMessageContaining("Exception");
        Stranger stranger = stranger(server, null);
        assertThatThrownBy(() -> stranger.ask(Ask.JOIN, RUN, null)).isNotNull();
        Upload upload = new Upload(RUN, "x", 1, 0, 0, GRADIENT, REPORT);
        assertThatThrownBy(() -> stranger(server, null).upload(upload, GRADIENT))
                .isNotNull();
        assertThatThrownBy(() -> stranger(server, null).stream("guessed")).hasStackTraceContaining("closed");
        finish(server, task, work);
    }

    /** What authenticated but wrong messages change: nothing. */
    @ParameterizedTest
    @CsvSource({
        "another-run, 1, 0, 0, 120000, 120000, 'a message of run another-run; this is run run-1'",
        "run-1, 2, 0, 0, 120000, 120000, 'a gradient of epoch 2, step 1, shard 0, but it is epoch 1, step 1'",
        "run-1, 1, 1, 0, 120000, 120000, 'a gradient of epoch 1, step 2, shard 0, but it is epoch 1, step 1'",
        "run-1, 1, 0, 1, 120000, 120000, 'shard 1; there are 1 shards'",
        "run-1, 1, 0, -1, 120000, 120000, 'shard -1; there are 1 shards'",
        "run-1, 1, 0, 0, 119996, 119996, 'a gradient of 119,996 bytes, but those of this network have 120,000'",
        "run-1, 1, 0, 0, 120000, 119999, '119,999 bytes, not the announced 120,000'",
        "run-1, 1, 0, 0, 120000, 120001, ''"
    })
    void wrongUploadsAreRefused(String run, int epoch, int step, int shard, int announced, int sent, String message)
            throws Exception {
        ExchangeServer server = server(1, 30);
        ExchangeClient task = task(server, "0", ByteBuffer.allocateDirect(WEIGHTS));
        offer(server, 0);
        Assignment work = task.next();
        Stranger wrong = stranger(server, server.address().secret());
        String worker = wrong.ask(Ask.JOIN, RUN, null).worker();
        assertThatThrownBy(() -> wrong.upload(new Upload(run, worker, epoch, step, shard, announced, REPORT), sent))
                .hasStackTraceContaining(message);
        finish(server, task, work);
    }

    @Test
    void wrongRequestsAreRefused() throws Exception {
        ExchangeServer server = server(1, 30);
        ExchangeClient task = task(server, "0", ByteBuffer.allocateDirect(WEIGHTS));
        offer(server, 0);
        Assignment work = task.next();
        Stranger other = stranger(server, server.address().secret());
        assertThatThrownBy(() -> other.ask(Ask.JOIN, "run-2", null)).hasStackTraceContaining("a message of run run-2");
        String worker = other.ask(Ask.JOIN, RUN, null).worker();
        Stranger thief = stranger(server, server.address().secret());
        assertThatThrownBy(() -> thief.ask(Ask.NEXT, RUN, worker))
                .hasStackTraceContaining("a message of a task that does not take part, or no longer: " + worker);
        for (String text : new String[] {"", "{", "[1, 2]", "{\"ask\": \"SHUTDOWN\"}", "null"}) {
            assertThatThrownBy(() -> other.send(text)).hasStackTraceContaining("RefusedException");
        }
        assertThatThrownBy(() -> other.send("x".repeat(1 << 20)))
                .as("a long message after the authentication")
                .hasStackTraceContaining("RefusedException");
        finish(server, task, work);
    }

    @Test
    void aNameOpensTheWeightsOfItsStepOnce() throws Exception {
        ExchangeServer server = server(1, 30);
        ExchangeClient task = task(server, "0", ByteBuffer.allocateDirect(WEIGHTS));
        offer(server, 0);
        Assignment work = task.next();
        Stranger other = stranger(server, server.address().secret());
        assertThat(other.stream(work.weights())).isEqualTo(WEIGHTS);
        assertThatThrownBy(() -> other.stream(work.weights())).hasStackTraceContaining("no weights are called");
        task.upload(work, REPORT, filled(GRADIENT, 1));
        server.release(server.await(0, CALM));
        offer(server, 1);
        String stale = task.next().weights();
        offer(server, 2);
        assertThatThrownBy(() -> other.stream(stale)).hasStackTraceContaining("no weights are called");
    }

    @Test
    void whereConnectionsAreEncryptedAPlainOneIsRefused() {
        ExchangeServer server = server(1, 30, "spark.network.crypto.enabled", "true");
        offer(server, 0);
        assertThatThrownBy(() -> task(server, "0", ByteBuffer.allocateDirect(WEIGHTS)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cannot reach the driver's exchange at 127.0.0.1:");
        ExchangeServer sasl =
                server(1, 30, "spark.authenticate.enableSaslEncryption", "true", "spark.authenticate", "false");
        offer(sasl, 0);
        assertThatThrownBy(() -> task(sasl, "0", ByteBuffer.allocateDirect(WEIGHTS)))
                .isInstanceOf(IllegalStateException.class);
    }

    /** The honest task still gets its shard in. */
    private static void finish(ExchangeServer server, ExchangeClient task, Assignment work) {
        task.upload(work, REPORT, filled(GRADIENT, 5));
        ShardUpload upload = server.await(work.shard(), losses -> {});
        assertThat(upload.values()).isEqualTo(filled(GRADIENT, 5));
        server.release(upload);
    }

    private Stranger stranger(ExchangeServer server, String secret) {
        return closed(new Stranger(server.address(), secret));
    }

    /** Somebody with a connection, who may know the secret; null: does not even try. */
    private static final class Stranger implements AutoCloseable {

        private final TransportContext context;
        private final TransportClientFactory factory;
        private final TransportClient client;

        Stranger(ExchangeAddress address, String secret) {
            TransportSetup setup = new TransportSetup(conf(), secret == null ? "none" : secret, 1);
            context = setup.context(new NoOpRpcHandler());
            factory = context.createClientFactory(secret == null ? List.of() : setup.clientBootstraps());
            try {
                client = factory.createClient(address.host(), address.port());
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        Answer ask(Ask ask, String run, String worker) throws Exception {
            ByteBuffer answer = rpc(Messages.write(new Request(ask, run, 1, worker, "7", "elsewhere")));
            return Messages.read(answer, Answer.class);
        }

        void send(String text) throws Exception {
            rpc(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        }

        private ByteBuffer rpc(ByteBuffer message) throws Exception {
            Callback callback = new Callback();
            client.sendRpc(message, callback);
            return callback.done.get(10, TimeUnit.SECONDS);
        }

        void upload(Upload upload, int bytes) throws Exception {
            Callback callback = new Callback();
            client.uploadStream(
                    new NioManagedBuffer(Messages.write(upload)), new NioManagedBuffer(filled(bytes, 9)), callback);
            callback.done.get(10, TimeUnit.SECONDS);
        }

        int stream(String name) throws Exception {
            CompletableFuture<Integer> done = new CompletableFuture<>();
            client.stream(name, new StreamCallback() {
                private int bytes;

                @Override
                public void onData(String stream, ByteBuffer part) {
                    bytes += part.remaining();
                }

                @Override
                public void onComplete(String stream) {
                    done.complete(bytes);
                }

                @Override
                public void onFailure(String stream, Throwable cause) {
                    done.completeExceptionally(cause);
                }
            });
            return done.get(10, TimeUnit.SECONDS);
        }

        @Override
        public void close() {
            factory.close();
            context.close();
        }
    }

    private static final class Callback implements RpcResponseCallback {

        private final CompletableFuture<ByteBuffer> done = new CompletableFuture<>();

        @Override
        public void onSuccess(ByteBuffer response) {
            done.complete(
                    ByteBuffer.allocate(response.remaining()).put(response).flip());
        }

        @Override
        public void onFailure(Throwable e) {
            done.completeExceptionally(e);
        }
    }
}
