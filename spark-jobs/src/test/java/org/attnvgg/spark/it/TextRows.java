package org.attnvgg.spark.it;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.collection.JavaConverters;

/** The columns of a table, and its rows in order, as lines that are the same whichever engine has read them. */
final class TextRows {

    private TextRows() {}

    /** As Spark reads them. */
    static List<String> of(Dataset<Row> table) {
        List<String> names = List.of(table.columns());
        List<String> lines = new ArrayList<>();
        for (Row row : table.collectAsList()) {
            Map<String, String> values = new TreeMap<>();
            names.forEach(name -> values.put(name, text(row.getAs(name))));
            lines.add(values.toString());
        }
        return inOrder(names, lines);
    }

    /** As a JDBC driver reads them. */
    static List<String> of(ResultSet table) throws SQLException {
        ResultSetMetaData columns = table.getMetaData();
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= columns.getColumnCount(); i++) {
            names.add(columns.getColumnName(i));
        }
        List<String> lines = new ArrayList<>();
        while (table.next()) {
            Map<String, String> values = new TreeMap<>();
            for (String name : names) {
                values.put(name, text(table.getObject(name)));
            }
            lines.add(values.toString());
        }
        return inOrder(names, lines);
    }

    private static List<String> inOrder(List<String> names, List<String> lines) {
        List<String> all = new ArrayList<>(lines.stream().sorted().toList());
        all.add(0, names.stream().sorted().toList().toString());
        return all;
    }

    private static String text(Object value) {
        if (value instanceof Timestamp time) {
            return time.toInstant().toString();
        }
        if (value instanceof OffsetDateTime time) {
            return time.toInstant().toString();
        }
        if (value instanceof scala.collection.Seq<?> values) {
            return JavaConverters.seqAsJavaList(values).toString();
        }
        if (value instanceof scala.collection.Map<?, ?> map) {
            return new TreeMap<Object, Object>(JavaConverters.mapAsJavaMap(map)).toString();
        }
        if (value instanceof Map<?, ?> map) {
            return new TreeMap<Object, Object>(map).toString();
        }
        if (value instanceof Array array) {
            return Arrays.toString(elements(array));
        }
        return String.valueOf(value);
    }

    private static Object[] elements(Array array) {
        try {
            return (Object[]) array.getArray();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
