/** The tables that jobs pass to each other and to analysts: one class a table, with its columns and what they mean. */
package org.attnvgg.spark.table;
