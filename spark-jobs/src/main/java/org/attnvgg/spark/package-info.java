/**
 * AttnVGG on Spark: {@link org.attnvgg.spark.cli.Main} starts the jobs, each in a package of its own, which read and write
 * the tables of {@link org.attnvgg.spark.table}.
 */
package org.attnvgg.spark;
