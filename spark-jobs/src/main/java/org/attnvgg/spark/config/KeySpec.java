package org.attnvgg.spark.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A key of the settings: its name, and what the component of the record that reads it says of it. */
public final class KeySpec {

    private final String name;
    private final Key rule;
    private final ValueType type;
    private final boolean optional;
    private final boolean list;

    private KeySpec(String name, Key rule, ValueType type, boolean optional, boolean list) {
        this.name = name;
        this.rule = rule;
        this.type = type;
        this.optional = optional;
        this.list = list;
    }

    static KeySpec of(RecordComponent component) {
        String section =
                component.getDeclaringRecord().getAnnotation(Section.class).value();
        String own = component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
        Key rule = component.getAnnotation(Key.class);
        boolean optional = component.getType() == Optional.class;
        boolean list = component.getType() == List.class;
        Type element = component.getGenericType();
        if (element instanceof ParameterizedType parameterized) {
            element = parameterized.getActualTypeArguments()[0];
        }
        ValueType type = new ValueType((Class<?>) element, rule);
        return new KeySpec(section.isEmpty() ? own : section + "." + own, rule, type, optional, list);
    }

    /** The whole name, {@code train.epochs}. */
    public String name() {
        return name;
    }

    /** The name up to its first dot. */
    public String section() {
        return name.replaceFirst("\\..*", "");
    }

    /** What it means, in sentences. */
    public String text() {
        return rule.text();
    }

    /** Its default as a user writes it; empty for a required key. */
    public String defaultText() {
        return rule.value().isEmpty() && optional ? rule.absent() : rule.value();
    }

    /** The name in earlier versions; empty if it had the same. */
    String formerly() {
        return rule.formerly();
    }

    /** Whether training must have the same value when it goes on from a checkpoint. */
    public boolean changesResults() {
        return rule.changesResults();
    }

    /** What its value must be, in words. */
    public String allowed() {
        String words = list ? "a list of " + type.plural() + ", with commas between them" : type.words();
        return optional || (list && rule.value().equals(rule.absent())) ? words + ", or " + rule.absent() : words;
    }

    /**
     * The value of the record's component.
     *
     * @param given a text, a list of texts, or null for the default
     * @throws SettingsException if the value is not allowed, or missing
     */
    Object typed(Object given) {
        Object raw = given == null ? defaultText() : given;
        if (raw.equals("")) {
            if (given != null) {
                throw wrong("''");
            }
            throw new SettingsException(name + " is missing: " + text());
        }
        boolean required = rule.value().isEmpty() && !optional;
        if (required && (raw.equals(rule.absent()) || raw.equals(List.of()))) {
            throw new SettingsException(name + " is missing: " + text());
        }
        if (list) {
            return raw instanceof List<?> items ? typedItems(items) : typedItems(items(raw.toString()));
        }
        if (optional && raw.equals(rule.absent())) {
            return Optional.empty();
        }
        Object value = raw instanceof String text ? element(text) : null;
        if (value == null) {
            throw wrong(raw);
        }
        return optional ? Optional.of(value) : value;
    }

    private List<String> items(String text) {
        return text.equals(rule.absent()) ? List.of() : List.of(text.split(",", -1));
    }

    private List<Object> typedItems(List<?> items) {
        return items.stream()
                .map(item ->
                        Optional.ofNullable(element(item.toString().strip())).orElseThrow(() -> wrong(item)))
                .toList();
    }

    /** Null if the text is no value of the type, or none that is allowed. */
    private Object element(String text) {
        try {
            return type.parse(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private SettingsException wrong(Object value) {
        return new SettingsException(name + " = " + new Secrets(null).shown(name, value) + ": must be " + allowed());
    }

    /** A component's value as a user writes it. */
    String shown(Object value) {
        if (value instanceof Optional<?> perhaps) {
            return perhaps.map(type::shown).orElse(rule.absent());
        }
        if (value instanceof List<?> items) {
            return items.isEmpty()
                    ? rule.absent()
                    : String.join(",", items.stream().map(type::shown).toList());
        }
        return type.shown(value);
    }
}
