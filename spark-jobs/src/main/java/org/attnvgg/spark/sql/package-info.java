/**
 * SQL over the score tables: views, functions on attention maps, and the {@code sql} job. Start with
 * {@link org.attnvgg.spark.sql.ScoreViews} and {@link org.attnvgg.spark.sql.AttentionFunction}.
 */
package org.attnvgg.spark.sql;
