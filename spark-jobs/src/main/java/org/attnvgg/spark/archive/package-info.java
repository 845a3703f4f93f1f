/** Which images there are: files in folders, files that a manifest names, or images packed into large files. */
package org.attnvgg.spark.archive;
