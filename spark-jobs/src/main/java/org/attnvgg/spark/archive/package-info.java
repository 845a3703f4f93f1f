/** Which pictures there are: files in folders, files that a manifest names, or pictures packed into large files. */
package org.attnvgg.spark.archive;
