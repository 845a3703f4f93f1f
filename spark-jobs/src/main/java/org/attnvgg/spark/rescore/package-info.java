/**
 * {@code rescore}: keeps the score tables up with an archive, night by night. Start with
 * {@link org.attnvgg.spark.rescore.RescoreJob}.
 */
package org.attnvgg.spark.rescore;
