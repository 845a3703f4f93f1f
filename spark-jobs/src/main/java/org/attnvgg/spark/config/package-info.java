/**
 * Settings: {@code attnvgg-reference.conf} holds every key with its documentation, its type and its default;
 * {@link org.attnvgg.spark.config.Settings} merges it with a file and the command line and checks the result.
 */
package org.attnvgg.spark.config;
