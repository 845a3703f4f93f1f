package org.attnvgg.spark.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.attnvgg.spark.config.TableFormat;
import org.attnvgg.spark.config.TableLocation;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.table.Damage.Kind;
import org.junit.jupiter.api.Test;

/** What jobs say of damaged tables. */
class StoreCheckTest {

    private static final Damage RUN = new Damage(Kind.OTHER_ROWS, "ID", "run ID lacks rows");
    private static final Damage FILE = new Damage(Kind.FOREIGN_FILE, null, "notes.txt has no run_id");

    private static final TableLocation TABLES = new TableLocation("sql.tables", "T", TableFormat.PARQUET);

    @Test
    void aRunIsToBeBroughtBackOrSetAside() {
        assertThat(StoreCheck.sentence(RUN, TABLES))
                .isEqualTo("run ID lacks rows: bring it back from a copy, or set the run aside with"
                        + " 'attnvgg repair rescore.tables=T repair.run=ID'");
        assertThat(StoreCheck.sentence(RUN, new TableLocation("sql.tables", "lake.t", TableFormat.ICEBERG)))
                .endsWith("'attnvgg repair rescore.tables=lake.t table.format=iceberg repair.run=ID'");
    }

    @Test
    void aForeignFileIsToBeMoved() {
        assertThat(StoreCheck.sentence(FILE, TABLES)).isEqualTo("notes.txt has no run_id: move it elsewhere");
    }

    @Test
    void theFirstDamageIsNamedAndTheOthersAreCounted() {
        assertThatThrownBy(() -> StoreCheck.refuse(List.of(FILE, RUN), damage -> true, TABLES))
                .isInstanceOf(JobException.class)
                .hasMessage("sql.tables = T: notes.txt has no run_id: move it elsewhere (1 more things are damaged:"
                        + " 'attnvgg repair rescore.tables=T' lists them)");
    }

    @Test
    void damagesOfAnotherKindAreNotRefused() {
        assertThatCode(() -> StoreCheck.refuse(List.of(FILE), damage -> damage.kind() == Kind.OTHER_ROWS, TABLES))
                .doesNotThrowAnyException();
    }
}
