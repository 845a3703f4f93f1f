package org.attnvgg.model;

/**
 * A forward pass that was recorded.
 *
 * @param output of the network
 * @param rest to be run when DJL's gradient collector has gone back from the output: brings the gradient the rest of the way
 */
public record RecordedPass(AttnVggOutput output, Runnable rest) {}
