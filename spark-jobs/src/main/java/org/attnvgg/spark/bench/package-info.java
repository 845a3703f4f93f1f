/** {@code bench}: what the figures of ARCHITECTURE.md are measured with. Never run as a test. */
package org.attnvgg.spark.bench;
