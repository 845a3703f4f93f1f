package org.attnvgg.spark.table;

import static org.apache.spark.sql.functions.col;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.types.StructField;
import org.attnvgg.spark.job.JobException;

/** The score tables of one namespace in an Iceberg catalog of Spark's, by SQL alone: Iceberg's jar is brought by who wants it. */
record IcebergTables(SparkSession spark, String namespace) {

    private static final String PROPERTIES =
            "'format-version'='2', 'write.parquet.compression-codec'='zstd', 'write.distribution-mode'='none'";

    /**
     * The tables of {@code CATALOG.NAMESPACE}.
     *
     * @param key the setting that named it, for the error
     * @throws JobException if Spark has no such catalog
     */
    static IcebergTables of(SparkSession spark, String key, String namespace) {
        String catalog = "spark.sql.catalog." + namespace.split("\\.", 2)[0];
        if (!namespace.matches("\\w+(\\.\\w+)+") || !spark.conf().contains(catalog)) {
            throw new JobException(("%s = %s with table.format = iceberg: expected CATALOG.NAMESPACE, of a catalog that"
                            + " spark.sql.catalog.CATALOG = org.apache.iceberg.spark.SparkCatalog sets up")
                    .formatted(key, namespace));
        }
        String implementation = spark.conf().get(catalog);
        try {
            Class.forName(implementation, false, Thread.currentThread().getContextClassLoader());
        } catch (ClassNotFoundException e) {
            throw new JobException(
                    "%s = %s: there is no class %s; build with ./mvnw -Piceberg -DskipTests package, or give Iceberg's runtime to"
                                    .formatted(catalog, implementation, implementation)
                            + " spark-submit by --packages",
                    e);
        }
        return new IcebergTables(spark, namespace);
    }

    String name(String table) {
        return namespace + "." + table;
    }

    boolean exist() {
        return spark.catalog().tableExists(name(ScoreTables.RUNS));
    }

    /** Creates tables that are not there, and adds columns that a table of an older version lacks. */
    void create() {
        spark.sql("CREATE NAMESPACE IF NOT EXISTS " + namespace);
        for (String table : ScoreTables.NAMES) {
            List<String> partitions = ScoreTables.partitions(table);
            spark.sql("CREATE TABLE IF NOT EXISTS %s (%s) USING iceberg %s TBLPROPERTIES (%s)"
                    .formatted(
                            name(table),
                            ScoreTables.schema(table).toDDL(),
                            partitions.isEmpty() ? "" : "PARTITIONED BY (" + String.join(", ", partitions) + ")",
                            PROPERTIES));
            addColumns(table);
        }
    }

    private void addColumns(String table) {
        List<String> there = List.of(rows(table).columns());
        String missing = Arrays.stream(ScoreTables.schema(table).fields())
                .filter(column -> !there.contains(column.name()))
                .map(StructField::toDDL)
                .collect(Collectors.joining(", "));
        if (!missing.isEmpty()) {
            spark.sql("ALTER TABLE %s ADD COLUMNS (%s)".formatted(name(table), missing));
        }
    }

    /** The folder of the table of runs. */
    String folder() {
        return spark.sql("DESCRIBE TABLE EXTENDED " + name(ScoreTables.RUNS))
                .filter(col("col_name").equalTo("Location"))
                .select("data_type")
                .head()
                .getString(0);
    }

    /** All rows of a table, of runs that were committed and of others. */
    Dataset<Row> rows(String table) {
        return spark.table(name(table));
    }

    /** Adds rows, whose own schema may allow nulls where the table does not. */
    void append(String table, Dataset<Row> rows) {
        try {
            spark.createDataFrame(rows.javaRDD(), ScoreTables.schema(table))
                    .writeTo(name(table))
                    .append();
        } catch (NoSuchTableException e) {
            throw new JobException("the table " + name(table) + " was removed while a run added to it", e);
        }
    }

    void delete(String table, String runId) {
        spark.sql("DELETE FROM %s WHERE %s = '%s'".formatted(name(table), ScoreTables.RUN_ID, runId));
    }

    /** How many rows each run has, from Iceberg's metadata: one row a partition. */
    RunCounts counts() {
        RunCounts counts = new RunCounts();
        for (String table : ScoreStore.PARTS) {
            spark.table(name(table) + ".partitions")
                    .select(
                            col("partition." + ScoreTables.RUN_ID),
                            col("record_count").minus(col("position_delete_record_count")))
                    .collectAsList()
                    .forEach(row -> counts.add(row.getString(0), table, row.getLong(1)));
        }
        return counts;
    }
}
