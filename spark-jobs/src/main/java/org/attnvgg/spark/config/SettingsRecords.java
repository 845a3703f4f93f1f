package org.attnvgg.spark.config;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Reads records of settings: their components are keys, or records of further ones. */
final class SettingsRecords {

    private SettingsRecords() {}

    /** The keys of a record, in the order of its components. */
    static List<KeySpec> keys(Class<?> type) {
        return components(List.of(type)).stream().map(KeySpec::of).toList();
    }

    /** The components that are keys. */
    static List<RecordComponent> components(List<? extends Class<?>> types) {
        List<RecordComponent> keys = new ArrayList<>();
        for (Class<?> type : types) {
            for (RecordComponent component : type.getRecordComponents()) {
                if (component.getType().isRecord()) {
                    keys.addAll(components(List.of(component.getType())));
                } else {
                    keys.add(component);
                }
            }
        }
        return keys;
    }

    /**
     * A record of these values and defaults.
     *
     * @param given what users gave, by name: texts and lists of texts
     * @throws SettingsException if a value is missing or not allowed
     */
    static <T> T read(Class<T> type, Map<String, Object> given) {
        return create(type, component -> {
            if (component.getType().isRecord()) {
                return read(component.getType(), given);
            }
            KeySpec key = KeySpec.of(component);
            return key.typed(given.get(key.name()));
        });
    }

    private static <T> T create(Class<T> type, Function<RecordComponent, Object> value) {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        Object[] values = Arrays.stream(components).map(value).toArray();
        try {
            Constructor<T> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof SettingsException settings) {
                throw settings; // two settings that do not go together
            }
            throw new IllegalStateException(type + " cannot be made", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " is no record of settings", e);
        }
    }

    /** The values of a record as users write them, by name. */
    static Map<String, String> shown(Record settings) {
        Map<String, String> shown = new LinkedHashMap<>();
        each(settings, (key, value) -> shown.put(key.name(), key.shown(value)));
        return shown;
    }

    private static void each(Record settings, BiConsumer<KeySpec, Object> visitor) {
        for (RecordComponent component : settings.getClass().getRecordComponents()) {
            Object value = value(settings, component);
            if (value instanceof Record nested) {
                each(nested, visitor);
            } else {
                visitor.accept(KeySpec.of(component), value);
            }
        }
    }

    private static Object value(Record settings, RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(settings);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
