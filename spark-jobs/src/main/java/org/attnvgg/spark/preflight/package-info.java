/** {@code preflight}: looks at every executor before a long run does. */
package org.attnvgg.spark.preflight;
