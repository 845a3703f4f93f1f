package org.attnvgg.spark.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.storage.StorageLevel;
import org.attnvgg.spark.it.LocalSpark;
import org.attnvgg.spark.job.StopSignal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Scoring that is stopped before all of its tasks are done: three tasks of two images, of which the second may wait for ever. */
class FinishedPartsTest {

    private static volatile boolean waits;

    private final StopSignal stop = new StopSignal();
    private final JavaSparkContext spark =
            JavaSparkContext.fromSparkContext(LocalSpark.session().sparkContext());
    private final JavaRDD<Integer> images = spark.parallelize(List.of(0, 1, 2, 3, 4, 5), 3);

    @BeforeEach
    void begin() {
        waits = true;
    }

    private JavaRDD<Row> rows() {
        return images.mapPartitions(FinishedPartsTest::rows).persist(StorageLevel.MEMORY_AND_DISK());
    }

    private static Iterator<Row> rows(Iterator<Integer> images) throws InterruptedException {
        if (TaskContext.getPartitionId() == 1 && waits) {
            while (!TaskContext.get().isInterrupted()) {
                Thread.sleep(10);
            }
            throw new TaskKilledException();
        }
        return List.of(row(images.next()), row(images.next())).iterator();
    }

    private static Row row(int image) {
        Object[] values = new Object[ScoreRows.SCHEMA.size()];
        values[ScoreRows.SCHEMA.fieldIndex("image_id")] = "image " + image;
        values[ScoreRows.SCHEMA.fieldIndex("reason")] = image == 0 ? "truncated" : null;
        return RowFactory.create(values);
    }

    private static List<String> ids(JavaRDD<Row> rows) {
        return rows.map(row -> row.getString(ScoreRows.SCHEMA.fieldIndex("image_id")))
                .collect();
    }

    private void assertThatTheFirstPartAloneIsThere(FinishedParts finished, JavaRDD<Row> rows) {
        assertThat(finished.areAll()).isFalse();
        assertThat(finished.outcomes().values()).containsExactlyInAnyOrder(1L, 1L);
        assertThat(ids(finished.of(rows))).containsExactly("image 0", "image 1");
        assertThat(finished.restOf(images).collect()).containsExactly(2, 3, 4, 5);
    }

    @Test
    void partsThatAreDoneWhenTheSignalComesAreKeptAndTheRestIsKnown() {
        SparkListener listener = new SparkListener() {
            @Override
            public void onTaskEnd(SparkListenerTaskEnd end) {
                stop.request();
            }
        };
        spark.sc().addSparkListener(listener);
        try {
            JavaRDD<Row> rows = rows();
            assertThatTheFirstPartAloneIsThere(FinishedParts.of(rows, stop, Optional.empty()), rows);
        } finally {
            spark.sc().removeSparkListener(listener);
        }
    }

    @Test
    void partsThatAreDoneWhenTheTimeIsOverAreKeptAndTheRestIsKnown() {
        JavaRDD<Row> rows = rows();
        assertThatTheFirstPartAloneIsThere(FinishedParts.of(rows, stop, Optional.of(Duration.ZERO)), rows);
    }

    @Test
    void withoutASignalAllPartsAreDone() {
        waits = false;
        JavaRDD<Row> rows = rows();
        FinishedParts finished = FinishedParts.of(rows, stop, Optional.empty());
        assertThat(finished.areAll()).isTrue();
        assertThat(finished.outcomes().values()).containsExactlyInAnyOrder(1L, 5L);
        assertThat(ids(finished.of(rows))).hasSize(6);
    }

    @Test
    void aTaskThatFailsIsAnErrorAndNotTheEnd() {
        JavaRDD<Row> rows = images.map(image -> {
            throw new IllegalStateException("no such device");
        });
        assertThatThrownBy(() -> FinishedParts.of(rows, stop, Optional.empty())).hasMessageContaining("no such device");
    }
}
