package org.attnvgg.spark.it;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.SparkSession;

/** Spark in a JVM of its own, without this program's extension and settings. */
final class StockSpark {

    private static final String TABLE = "table ";

    private StockSpark() {}

    /** Writes the columns and rows of Parquet tables into the file that the first argument names. */
    public static void main(String[] arguments) throws IOException {
        List<String> lines = new ArrayList<>();
        try (SparkSession spark = SparkSession.builder()
                .master("local[1]")
                .config("spark.ui.enabled", false)
                .getOrCreate()) {
            for (String table : List.of(arguments).subList(1, arguments.length)) {
                lines.add(TABLE + table);
                lines.addAll(TextRows.of(spark.read().parquet(table)));
            }
        }
        Files.write(Path.of(arguments[0]), lines);
    }

    /** What it reads from these tables: their columns and rows by the tables' folders. */
    static Map<String, List<String>> read(Path folder, List<String> tables) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow()));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith("--add-opens") || option.startsWith("-Dlog4j"))
                .forEach(command::add);
        command.addAll(List.of("-Xmx1g", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
        command.addAll(
                List.of(StockSpark.class.getName(), folder.resolve("rows.txt").toString()));
        command.addAll(tables);
        Path log = folder.resolve("stock-spark.log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (!process.waitFor(5, TimeUnit.MINUTES) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new AssertionError("Spark could not read the tables:\n" + Files.readString(log));
        }
        return byTable(Files.readAllLines(folder.resolve("rows.txt")));
    }

    private static Map<String, List<String>> byTable(List<String> lines) {
        Map<String, List<String>> tables = new TreeMap<>();
        List<String> rows = null;
        for (String line : lines) {
            if (line.startsWith(TABLE)) {
                rows = tables.computeIfAbsent(line.substring(TABLE.length()), table -> new ArrayList<>());
            } else {
                rows.add(line);
            }
        }
        return tables;
    }
}
