package org.attnvgg.spark.sql;

import java.util.ArrayList;
import java.util.List;

/** A text of SQL as its statements: divided at semicolons, but for those in quotes and comments. */
final class Statements {

    private Statements() {}

    static List<String> of(String text) {
        List<String> statements = new ArrayList<>();
        StringBuilder current = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            int end = at + 1;
            if (text.startsWith("--", at)) {
                end = after(text, "\n", at + 2);
                current.append('\n');
            } else if (text.startsWith("/*", at)) {
                end = after(text, "*/", at + 2);
                current.append(' ');
            } else if (c == '\'' || c == '"' || c == '`') {
                end = quoted(text, at);
                current.append(text, at, end);
            } else if (c == ';') {
                add(statements, current);
            } else {
                current.append(c);
            }
            at = end;
        }
        add(statements, current);
        return statements;
    }

    private static int after(String text, String mark, int from) {
        int at = text.indexOf(mark, from);
        return at < 0 ? text.length() : at + mark.length();
    }

    /** One past the closing quote. */
    private static int quoted(String text, int from) {
        int at = from + 1;
        while (at < text.length() && text.charAt(at) != text.charAt(from)) {
            at += text.charAt(at) == '\\' ? 2 : 1;
        }
        return Math.min(at + 1, text.length());
    }

    private static void add(List<String> statements, StringBuilder current) {
        if (!current.toString().isBlank()) {
            statements.add(current.toString().strip());
        }
        current.setLength(0);
    }
}
