package org.attnvgg.spark.config;

import java.util.regex.Pattern;

/**
 * Settings that only their user may see. The command line of a process can be read by every user of its machine, so that no
 * secret is taken from there; and none is shown in a message.
 */
final class Secrets {

    /** The setting that gives Spark's redaction pattern. */
    static final String PATTERN_KEY = "spark.redaction.regex";

    /** Spark's default of it. */
    private static final String DEFAULT_PATTERN = "(?i)secret|password|token|access[.]?key";

    /** An option inside a value, such as {@code -Djavax.net.ssl.keyStorePassword=...}. */
    private static final Pattern OPTION =
            Pattern.compile("(?i)[^\\s=]*(?:secret|password|token|access[.]?key)[^\\s=]*=\\S");

    private static final String HIDDEN = "(not shown)";

    private final Pattern pattern;

    /** By that pattern, or by Spark's default for null. */
    Secrets(String regex) {
        pattern = Pattern.compile(regex == null ? DEFAULT_PATTERN : regex + "|" + DEFAULT_PATTERN);
    }

    /** A value as a message may show it. */
    String shown(String key, Object value) {
        return isSecret(key, String.valueOf(value)) ? HIDDEN : String.valueOf(value);
    }

    /** Whether a text names a secret. */
    boolean isNamedIn(String text) {
        return pattern.matcher(text).find();
    }

    private boolean isSecret(String key, String value) {
        return isNamedIn(key) || OPTION.matcher(value).find();
    }

    /**
     * Refuses a secret that stands on the command line.
     *
     * @throws SettingsException naming the key and where to put it
     */
    void refuseArgument(String key, String value) {
        if (isNamedIn(key) || (key.startsWith("spark.") && OPTION.matcher(value).find())) {
            throw new SettingsException(
                    key + " is a secret, and every user of this machine can read the command line; put it"
                            + " into the file that ATTNVGG_SPARK_CONF names, or into --conf FILE, readable by you alone");
        }
    }
}
