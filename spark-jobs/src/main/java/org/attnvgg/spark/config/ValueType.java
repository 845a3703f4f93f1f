package org.attnvgg.spark.config;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The type of a single value: reads its text, and says in words what is allowed.
 *
 * @param type of the record's component, or of the items of its list
 * @param rule its range
 */
record ValueType(Class<?> type, Key rule) {

    private static final Map<Class<?>, Function<String, Object>> PARSERS = Map.of(
            int.class, Integer::valueOf,
            Integer.class, Integer::valueOf,
            long.class, Long::valueOf,
            Long.class, Long::valueOf,
            double.class, Double::valueOf,
            Double.class, Double::valueOf);

    /**
     * The value of a text.
     *
     * @throws IllegalArgumentException if there is none, or none that is allowed
     */
    Object parse(String text) {
        if (PARSERS.containsKey(type)) {
            Object number = PARSERS.get(type).apply(text);
            checkRange(((Number) number).doubleValue());
            return number;
        }
        if (type == Duration.class) {
            long count = Long.parseLong(text);
            checkRange((double) count);
            return rule.unit().equals("days") ? Duration.ofDays(count) : Duration.ofSeconds(count);
        }
        if (type == boolean.class) {
            require(text.equals("true") || text.equals("false"));
            return Boolean.valueOf(text);
        }
        if (type == LocalDate.class) {
            return date(text);
        }
        if (type.isEnum()) {
            require(choices().contains(text));
            return constants()
                    .filter(constant -> name(constant).equals(text))
                    .findFirst()
                    .orElseThrow();
        }
        require(!text.isBlank());
        return text;
    }

    private static LocalDate date(String text) {
        try {
            return LocalDate.parse(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private void checkRange(double value) {
        require(Double.isFinite(value)
                && value >= rule.atLeast()
                && value > rule.greaterThan()
                && value <= rule.atMost()
                && value < rule.lessThan()
                && (rule.multipleOf() == 1 || value % rule.multipleOf() == 0));
    }

    private static void require(boolean allowed) {
        if (!allowed) {
            throw new IllegalArgumentException();
        }
    }

    private Stream<?> constants() {
        return Arrays.stream(type.getEnumConstants());
    }

    private static String name(Object constant) {
        return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private List<String> choices() {
        return rule.choices().length > 0
                ? List.of(rule.choices())
                : constants().map(ValueType::name).toList();
    }

    /** What is allowed. */
    String words() {
        if (type == boolean.class) {
            return "true or false";
        }
        if (type == LocalDate.class) {
            return "a date, as 2026-03-31";
        }
        if (type.isEnum()) {
            return "one of " + String.join(", ", choices());
        }
        if (type == String.class) {
            return rule.path() ? "a path or URI" : "a text";
        }
        String number = type == double.class || type == Double.class ? "a number" : "a whole number";
        return number + (rule.unit().isEmpty() ? "" : " of " + rule.unit()) + range();
    }

    /** What is allowed in a list. */
    String plural() {
        return type == String.class ? (rule.path() ? "paths or URIs" : "texts") : "numbers" + range();
    }

    private String range() {
        String multiple = rule.multipleOf() > 1 ? ", a multiple of " + rule.multipleOf() : "";
        List<String> bounds = Stream.of(
                        bound("at least ", rule.atLeast()),
                        bound("greater than ", rule.greaterThan()),
                        bound("at most ", rule.atMost()),
                        bound("less than ", rule.lessThan()))
                .filter(bound -> !bound.isEmpty())
                .toList();
        return bounds.isEmpty() ? multiple : ", " + String.join(" and ", bounds) + multiple;
    }

    private static String bound(String words, double bound) {
        return Double.isFinite(bound) ? words + number(bound) : "";
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15 ? Long.toString((long) value) : "" + value;
    }

    /** A value as a user writes it. */
    String shown(Object value) {
        if (value instanceof Duration duration) {
            return "" + (rule.unit().equals("days") ? duration.toDays() : duration.toSeconds());
        }
        return value instanceof Double number
                ? number(number)
                : value instanceof Enum<?> constant ? name(constant) : value.toString();
    }
}
