/** Benchmarks of whole jobs: what the documents' figures are measured with. Never run as tests. */
package org.attnvgg.spark.bench;
