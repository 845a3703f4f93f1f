package org.attnvgg.spark.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import org.attnvgg.spark.JobRun;
import org.attnvgg.spark.LocalSpark;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoIT {

    @TempDir
    private Path folder;

    @Test
    void eitherPrecisionTellsHeldOutPicturesApart() {
        double exact = heldOutAuc("float32");
        assertThat(exact).isGreaterThanOrEqualTo(0.95);
        assertThat(heldOutAuc("bfloat16")).isCloseTo(exact, within(0.02));
        assertThat(folder.resolve("float32/report/index.html")).isNotEmptyFile();
    }

    private double heldOutAuc(String precision) {
        var settings = LocalSpark.settings("demo.out", folder.resolve(precision), "demo.precision", precision);
        return new DemoJob(new JobRun(LocalSpark.session(), settings, false))
                .run()
                .heldOut()
                .rocAuc();
    }
}
