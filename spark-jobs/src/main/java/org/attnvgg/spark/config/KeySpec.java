package org.attnvgg.spark.config;

import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code attnvgg-reference.conf} says of one key.
 *
 * @param key the whole path
 * @param documentation the comment above it
 * @param rule what its value must be: the comment's last line, without the {@code @}
 * @param defaultValue its default, {@code none} for null
 */
public record KeySpec(String key, String documentation, String rule, String defaultValue) {

    private static final Pattern RANGE = Pattern.compile("([\\[(])([^.\\])]*(?:\\.\\d+)?)\\.\\.([^\\])]*)([\\])])");

    static KeySpec of(String key, ConfigValue value) {
        List<String> comments = value.origin().comments();
        String last =
                comments.isEmpty() ? "" : comments.get(comments.size() - 1).strip();
        if (!last.startsWith("@")) {
            throw new IllegalStateException(
                    "attnvgg-reference.conf: " + key + " has no @rule as its last comment line");
        }
        String documentation = String.join(
                " ",
                comments.subList(0, comments.size() - 1).stream()
                        .map(String::strip)
                        .toList());
        String text = value.valueType() == ConfigValueType.NULL
                ? "none"
                : value.valueType() == ConfigValueType.LIST
                        ? String.join(
                                ",",
                                ((List<?>) value.unwrapped())
                                        .stream().map(Object::toString).toList())
                        : value.unwrapped().toString();
        return new KeySpec(key, documentation, last.substring(1), text);
    }

    /** The key up to its first dot. */
    public String section() {
        return key.replaceFirst("\\..*", "");
    }

    private String type() {
        return rule.split(" ", 2)[0];
    }

    boolean optional() {
        return rule.endsWith(" optional");
    }

    boolean list() {
        return type().equals("strings") || type().equals("paths");
    }

    /** Refuses a value that breaks the rule. */
    void check(ConfigValue value) {
        if (value.valueType() == ConfigValueType.NULL) {
            if (!optional()) {
                throw wrong("none");
            }
            return;
        }
        Object raw = value.unwrapped();
        boolean valid = list() ? raw instanceof List || raw instanceof String : allows(raw);
        if (!valid) {
            throw wrong(raw);
        }
    }

    private boolean allows(Object raw) {
        if (raw instanceof List || raw instanceof java.util.Map) {
            return false;
        }
        String text = raw.toString();
        return switch (type()) {
            case "int" -> rule.endsWith(" or " + text) || (text.matches("-?\\d{1,18}") && inRange(text));
            case "float" -> isNumber(text) && inRange(text);
            case "bool" -> text.equals("true") || text.equals("false");
            case "choice" -> Pattern.compile("[ |]").splitAsStream(rule).skip(1).anyMatch(text::equals);
            case "date" -> isDate(text);
            case "string", "path" -> !text.isBlank();
            default ->
                throw new IllegalStateException("attnvgg-reference.conf: " + key + " has an unknown rule: " + rule);
        };
    }

    private static boolean isDate(String text) {
        try {
            LocalDate.parse(text);
            return true;
        } catch (DateTimeException e) {
            return false;
        }
    }

    private static boolean isNumber(String text) {
        try {
            return Double.isFinite(Double.parseDouble(text));
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private boolean inRange(String text) {
        Matcher range = RANGE.matcher(rule);
        if (!range.find()) {
            return true;
        }
        double value = Double.parseDouble(text);
        boolean above = range.group(2).isEmpty()
                || value > Double.parseDouble(range.group(2))
                || (range.group(1).equals("[") && value == Double.parseDouble(range.group(2)));
        boolean below = range.group(3).isEmpty()
                || value < Double.parseDouble(range.group(3))
                || (range.group(4).equals("]") && value == Double.parseDouble(range.group(3)));
        return above && below;
    }

    private SettingsException wrong(Object value) {
        return new SettingsException(key + " = " + value + ": must be " + allowed());
    }

    /** The rule in words. */
    public String allowed() {
        String words = rule.replace(" optional", "").replace(" or ", ", or ");
        words = words.startsWith("choice ") ? "one of " + words.substring(7).replace("|", ", ") : words;
        words = words.equals("date") ? "a date, as 2026-03-31" : words;
        return words + (optional() ? " (or none)" : "");
    }
}
