/**
 * Settings: one record a job, whose components are the one home of each key, its meaning, range and default.
 * {@link org.attnvgg.spark.config.Settings} puts a file and the command line over the defaults and checks the result.
 */
package org.attnvgg.spark.config;
