/** {@code demo}: synthetic images through all jobs. Start with {@link org.attnvgg.spark.demo.DemoJob}. */
package org.attnvgg.spark.demo;
