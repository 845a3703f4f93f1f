/**
 * The network: its settings, the layout of its tensors, the TorchScript program that computes it, and the DJL block
 * that trains it. Start with {@link org.attnvgg.model.NetworkProgram}, which states the network; {@link
 * org.attnvgg.model.WrittenGradient} is how CPUs train it.
 */
package org.attnvgg.model;
