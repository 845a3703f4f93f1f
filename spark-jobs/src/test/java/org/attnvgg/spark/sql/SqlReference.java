package org.attnvgg.spark.sql;

import java.util.List;
import java.util.stream.Stream;

/** Views and functions, for the reference. */
public final class SqlReference {

    private SqlReference() {}

    /** Name and text of each view. */
    public static List<List<String>> views() {
        return ScoreViews.views().entrySet().stream()
                .map(view -> List.of(view.getKey(), view.getValue().text()))
                .toList();
    }

    /** Call and text of each function. */
    public static List<List<String>> functions() {
        return Stream.of(AttentionFunction.values())
                .map(function -> List.of(function.sqlName() + "(" + function.signature() + ")", function.text() + "."))
                .toList();
    }
}
