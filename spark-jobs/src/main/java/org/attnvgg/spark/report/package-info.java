/** {@code report}: predictions to one self-contained HTML page. Start with {@link org.attnvgg.spark.report.ReportJob}. */
package org.attnvgg.spark.report;
