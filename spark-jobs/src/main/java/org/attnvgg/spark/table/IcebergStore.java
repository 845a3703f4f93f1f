package org.attnvgg.spark.table;

import static org.apache.spark.sql.functions.col;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.types.StructType;
import org.attnvgg.spark.JobException;

/**
 * Apache Iceberg: four tables of one namespace in a catalog of Spark's. Every append is atomic on any storage; that a run is
 * visible whole or not at all is still due to its row of runs, which comes last. By SQL alone: Iceberg's jar is brought by who
 * wants it.
 */
final class IcebergStore implements ScoreStore {

    private final SparkSession spark;
    private final String namespace;

    /**
     * The tables of {@code CATALOG.NAMESPACE}.
     *
     * @param key the setting that named it, for the error
     * @throws JobException if Spark has no such catalog
     */
    IcebergStore(SparkSession spark, String key, String namespace) {
        this.spark = spark;
        this.namespace = namespace;
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
    }

    private String name(String table) {
        return namespace + "." + table;
    }

    @Override
    public boolean exists() {
        return spark.catalog().tableExists(name(ScoreTables.RUNS));
    }

    @Override
    public void create() {
        spark.sql("CREATE NAMESPACE IF NOT EXISTS " + namespace);
        for (String table : ScoreTables.NAMES) {
            List<String> partitions = ScoreTables.partitions(table);
            spark.sql("CREATE TABLE IF NOT EXISTS %s (%s) USING iceberg %s TBLPROPERTIES (%s)"
                    .formatted(
                            name(table),
                            ScoreTables.schema(table).toDDL(),
                            partitions.isEmpty() ? "" : "PARTITIONED BY (" + String.join(", ", partitions) + ")",
                            "'format-version'='2', 'write.parquet.compression-codec'='zstd',"
                                    + " 'write.distribution-mode'='none'"));
            addColumns(table);
        }
    }

    /** Columns that the table, being older than this program, lacks. */
    private void addColumns(String table) {
        List<String> there = List.of(spark.table(name(table)).columns());
        String missing = Arrays.stream(ScoreTables.schema(table).fields())
                .filter(field -> !there.contains(field.name()))
                .map(field -> field.toDDL())
                .collect(Collectors.joining(", "));
        if (!missing.isEmpty()) {
            spark.sql("ALTER TABLE %s ADD COLUMNS (%s)".formatted(name(table), missing));
        }
    }

    @Override
    public String folder() {
        return spark.sql("DESCRIBE TABLE EXTENDED " + name(ScoreTables.RUNS))
                .filter(col("col_name").equalTo("Location"))
                .select("data_type")
                .head()
                .getString(0);
    }

    @Override
    public Dataset<Row> read(String table) {
        if (!exists()) {
            return spark.createDataFrame(List.of(), ScoreTables.schema(table));
        }
        Dataset<Row> rows = spark.table(name(table));
        if (table.equals(ScoreTables.RUNS)) {
            return rows;
        }
        Dataset<Row> committed = spark.table(name(ScoreTables.RUNS))
                .select(col(ScoreTables.RUN_ID).as("committed"));
        return rows.join(committed, col(ScoreTables.RUN_ID).equalTo(col("committed")), "left_semi");
    }

    @Override
    public void append(String table, Dataset<Row> rows, int files) {
        StructType schema = ScoreTables.schema(table);
        // The rows' own schema allows nulls everywhere; the table does not.
        Dataset<Row> exact = spark.createDataFrame(rows.coalesce(files).javaRDD(), schema);
        try {
            exact.writeTo(name(table)).append();
        } catch (NoSuchTableException e) {
            throw new JobException("the table " + name(table) + " was removed while a run added to it", e);
        }
    }

    @Override
    public long count(String table, String runId) {
        return spark.table(name(table))
                .filter(col(ScoreTables.RUN_ID).equalTo(runId))
                .count();
    }

    @Override
    public void commit(Row run) {
        append(ScoreTables.RUNS, spark.createDataFrame(List.of(run), ScoreTables.schema(ScoreTables.RUNS)), 1);
    }

    @Override
    public Set<String> removeUncommitted() {
        Set<String> committed = runIds(spark.table(name(ScoreTables.RUNS)).select(ScoreTables.RUN_ID));
        Set<String> removed = new TreeSet<>();
        for (String table : PARTS) {
            // One row a partition, from Iceberg's metadata.
            Set<String> there =
                    runIds(spark.table(name(table) + ".partitions").select("partition." + ScoreTables.RUN_ID));
            there.removeAll(committed);
            there.forEach(runId ->
                    spark.sql("DELETE FROM %s WHERE %s = '%s'".formatted(name(table), ScoreTables.RUN_ID, runId)));
            removed.addAll(there);
        }
        return removed;
    }

    private static Set<String> runIds(Dataset<Row> rows) {
        return rows.collectAsList().stream()
                .map(row -> row.getString(0))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
