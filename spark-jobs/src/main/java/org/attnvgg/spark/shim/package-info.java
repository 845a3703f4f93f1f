/** All that touches classes of Spark that are not its public API, so that another version of Spark changes this package alone. */
package org.attnvgg.spark.shim;
