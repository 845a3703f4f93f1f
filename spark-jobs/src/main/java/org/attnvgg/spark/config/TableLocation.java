package org.attnvgg.spark.config;

/**
 * Where tables of scores are.
 *
 * @param key of the setting that says it
 * @param value a folder, or a namespace of a catalog
 * @param format of the tables
 */
public record TableLocation(String key, String value, TableFormat format) {

    /** Key and value, for messages. */
    @Override
    public String toString() {
        return key + " = " + value;
    }
}
