/** {@code demo}: synthetic pictures through all jobs. Start with {@link org.attnvgg.spark.demo.DemoJob}. */
package org.attnvgg.spark.demo;
