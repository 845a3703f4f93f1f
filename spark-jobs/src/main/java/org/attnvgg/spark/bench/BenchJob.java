package org.attnvgg.spark.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.attnvgg.spark.JobRun;

/** {@code bench}: measures a part of the program, always beside a peer or a floor in the same run. */
public final class BenchJob {

    private final JobRun run;

    /** The job of that run. */
    public BenchJob(JobRun run) {
        this.run = run;
    }

    /** Runs the benchmark that {@code bench.what} names. */
    public void run() {
        try {
            switch (run.settings().string("bench.what")) {
                case "exchange" -> new ExchangeBench(run).run();
                case "memory" -> new MemoryBench(run).run();
                case "score" -> new ScoreBench(run).run();
                case "train" -> new TrainBench(run).run();
                default ->
                    throw new IllegalStateException("attnvgg-reference.conf allows a benchmark that is not there");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
